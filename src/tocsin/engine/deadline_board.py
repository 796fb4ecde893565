"""The promises that are due first, by the events that date them: nobody has to look through all tickets for a metric.

There may be a million: entries are plain tuples of plain values, which the garbage collector does not look at.
"""

import sys
from heapq import heapify, heappop, heappush, merge
from itertools import islice
from typing import NamedTuple

from tocsin.domain.events import ClockEvent
from tocsin.domain.events.clock import BreachWithdrawn, ClockStarted, ObjectiveBreached
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Objective
from tocsin.engine.owed import CHANGE_WHAT_IS_OWED, what_is_left

_DATE_PROMISES = CHANGE_WHAT_IS_OWED | {ObjectiveBreached, BreachWithdrawn}  # what is late can no longer be kept
_ROOM = 1_000

Entry = tuple[Instant, str, str, str, int]
"""A promise on a board: when, and the tenant, the id of the ticket, the rule and the cycle of the clock."""


class Dated(NamedTuple):
    """The deadline of a clock that can still be kept; and for a callback that is owed, since when somebody waits."""

    due_at: Instant | None
    waits_since: Instant | None


_UNDATED = Dated(None, None)


class DeadlineBoard:
    """The next deadlines of each objective, over all tickets, and the callback for which somebody waits longest."""

    def __init__(self) -> None:
        self._boards: dict[str, _Board] = {}
        self._callbacks = _Board()

    def before(self, event: ClockEvent, ticket: Ticket) -> Dated:
        """The times of the clock that `event` is about, as they stand before it is applied."""
        if type(event) not in _DATE_PROMISES or isinstance(event, ClockStarted):
            return _UNDATED
        return _dated(ticket.clock(event.rule, event.cycle))

    def after(self, event: ClockEvent, ticket: Ticket, clock: Clock, before: Dated) -> None:
        """Take in the times of `clock`, of which `event` is applied now, in place of those `before`."""
        if type(event) in _DATE_PROMISES:
            self._change(ticket, clock, before, _dated(clock))

    def restore(self, ticket: Ticket) -> None:
        """Take in the promises of a ticket that was there before."""
        for clock in ticket.clocks:
            self._change(ticket, clock, _UNDATED, _dated(clock))

    def drop(self, ticket: Ticket) -> None:
        """Let go of the promises of `ticket`."""
        for clock in ticket.clocks:
            self._change(ticket, clock, _dated(clock), _UNDATED)

    def next_deadlines(self) -> dict[str, Instant]:
        """Objective by objective the first deadline that can still be kept."""
        firsts = {objective: board.first(1) for objective, board in self._boards.items()}
        return {objective: found[0][0] for objective, found in firsts.items() if found}

    def most_urgent(self, count: int) -> list[Entry]:
        """The promises that can still be kept and are due first, at most `count`."""
        return list(islice(merge(*(board.first(count) for board in self._boards.values())), count))

    def oldest_callback(self) -> Instant | None:
        """The time since which the caller waits who has waited longest; None where nobody waits."""
        found = self._callbacks.first(1)
        return found[0][0] if found else None

    def _change(self, ticket: Ticket, clock: Clock, before: Dated, after: Dated) -> None:
        if before == after:
            return
        board = self._boards.get(clock.objective)
        if board is None:
            board = self._boards[clock.objective] = _Board()
        name = (ticket.tenant, ticket.id, sys.intern(clock.rule), clock.cycle)
        board.replace(before.due_at, after.due_at, name)
        self._callbacks.replace(before.waits_since, after.waits_since, name)


class _Board:
    """Entries in order. One that has gone is kept beside those that have come, until both come up."""

    __slots__ = ("_come", "_gone")

    def __init__(self) -> None:
        self._come: list[Entry] = []
        self._gone: list[Entry] = []

    def replace(self, before: Instant | None, after: Instant | None, name: tuple[str, str, str, int]) -> None:
        if before == after:
            return
        if before is not None:
            heappush(self._gone, (before, *name))
            if 2 * len(self._gone) > len(self._come) + _ROOM:
                self._drop_what_has_gone()
        if after is not None:
            heappush(self._come, (after, *name))

    def first(self, count: int) -> list[Entry]:
        found: list[Entry] = []
        while self._come and len(found) < count:
            entry = heappop(self._come)
            if self._gone and self._gone[0] == entry:
                heappop(self._gone)
            else:
                found.append(entry)
        for entry in found:
            heappush(self._come, entry)
        return found

    def _drop_what_has_gone(self) -> None:
        """Runs so rarely that it costs an entry little: next time when half of what is left has gone."""
        self._come, self._gone = what_is_left(self._come, self._gone), []
        heapify(self._come)


def _dated(clock: Clock) -> Dated:
    if not clock.running:
        return _UNDATED
    waits = clock.started_at if clock.objective == Objective.CALLBACK else None
    return Dated(None if clock.breached else clock.deadline, waits)
