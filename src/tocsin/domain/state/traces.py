"""Traces that a ticket keeps: a timer is caused by an input of long ago, and its alert carries the trace of that."""

from collections.abc import Iterable

from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.trace import Trace, Traced

_TRACES_KEPT = 20


def keep_trace(ticket: Ticket, offset: int, trace: Trace) -> None:
    """Let `ticket` know the trace of the input with that offset, if that is a fact which may start a clock."""
    if any(mark.offset == offset for mark in ticket.marks):
        take_traces(ticket, (Traced(offset, trace),))


def take_traces(ticket: Ticket, more: Iterable[Traced]) -> None:
    """Let `ticket` know `more` traces. In the order of their inputs the first one stays and the oldest others go."""
    first, *others = sorted({*ticket.traces, *more})
    ticket.traces = (first, *others[-(_TRACES_KEPT - 1) :])


def trace_of_timer(ticket: Ticket, clock: Clock | None) -> Trace | None:
    """The trace of the input that started `clock`; where that has none or is no longer known, the ticket's first."""
    first = ticket.traces[0].trace if ticket.traces else None
    return next((each.trace for each in ticket.traces if clock and each.offset == clock.anchor), first)
