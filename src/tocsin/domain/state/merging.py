"""The change that merging and splitting make to two tickets at once. Marks move with the offsets that they have."""

from collections.abc import Iterable, Iterator

from msgspec import UNSET

from tocsin.domain.state.acknowledgements import covered
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.marks import go_on_without, set_marks
from tocsin.domain.state.parts import Absorbed
from tocsin.domain.state.priorities import of_both
from tocsin.domain.state.seen import seen_on, with_seen
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import HoldSpan, Mark, Ticket, Told
from tocsin.domain.state.told import told_of
from tocsin.domain.state.traces import take_traces
from tocsin.domain.tlp import strictest
from tocsin.domain.vocabulary import SEVERITIES, Evidence, Severity, worse_grade


def absorb(ticket: Ticket, other: Ticket, state: TenantState) -> list[Caller]:
    """Give `ticket` all that belongs to `other`; returns the callers whose callbacks it keeps from now on."""
    _take_names(ticket, other)
    if other.traces:
        take_traces(ticket, other.traces)
    ticket.told = (*ticket.told, *_not_waiting_here(ticket, other, told_of(other)))
    ticket.holds = tuple(sorted((*ticket.holds, *_waited_before(ticket, other)), key=lambda hold: hold.start))
    ticket.repeats += other.repeats
    ticket.sources_over = (*ticket.sources_over, *other.sources_over)
    ticket.severity = _worse(ticket.severity, other.severity)
    ticket.priority_changes = of_both(ticket, other, state.contracts[ticket.contract])
    ticket.risk = worse_grade(ticket.risk, other.risk)
    ticket.sophistication = worse_grade(ticket.sophistication, other.sophistication)
    ticket.response = ticket.response or other.response
    ticket.tlp = strictest(ticket.tlp, other.tlp) or UNSET
    ticket.tlp_overruled = strictest(ticket.tlp_overruled, other.tlp_overruled) or UNSET
    ticket.unknown = _union(ticket.unknown, other.unknown)
    ticket.assignee = ticket.assignee or other.assignee
    ticket.client_ticket = ticket.client_ticket or other.client_ticket
    ticket.claimed = ticket.claimed or other.claimed
    ticket.determined = ticket.determined or other.determined
    ticket.management_knows = ticket.management_knows or other.management_knows
    if seen := seen_on(other):
        ticket.seen = with_seen(seen_on(ticket), seen)
    set_marks(ticket, [*ticket.marks, *other.marks])
    return _rehome(state, other.marks, other.id, ticket.id)


def _not_waiting_here(ticket: Ticket, other: Ticket, told: Iterable[Told]) -> Iterator[Told]:
    """`told`, taken by nobody where `ticket` itself has told people of the same promise whom nobody has answered."""
    waiting = {
        (clock.rule, _caller(ticket, clock.anchor))
        for clock in ticket.clocks
        if clock.paged and (clock.breached or clock.steps_taken) and clock.incident not in covered(ticket)
    }
    for each in told:
        yield each._replace(taken=()) if (each.rule, _caller(other, each.anchor)) in waiting else each


def _caller(ticket: Ticket, anchor: int) -> str:
    """Who is owed the promise that this mark started; empty where it is owed once on a ticket."""
    marks = (mark for mark in ticket.marks if mark.offset == anchor and mark.kind == Evidence.CALLBACK_OWED)
    return next((mark.what for mark in marks), "")


def split(ticket: Ticket, contact: int, new: Ticket, state: TenantState) -> list[Caller]:
    """Move the contact with that offset from `ticket` to the ticket that was opened for it; returns as `absorb`."""
    moved = [mark for mark in ticket.marks if mark.offset == contact]
    new.told = told_of(ticket, {contact})
    new.traces = tuple(sorted({*new.traces, *(each for each in ticket.traces if each.offset == contact)}))
    new.priority_changes = ticket.priority_changes
    new.received = tuple(each for each in ticket.received if each.offset == contact)
    ticket.received = tuple(each for each in ticket.received if each.offset != contact)
    gone = {each.id for each in new.received}
    ticket.messages = tuple(message for message in ticket.messages if message not in gone)
    kept_contacts = {each.contact for each in ticket.received}
    ticket.contacts = tuple(each for each in ticket.contacts if each not in new.contacts or each in kept_contacts)
    owed = {mark.what for mark in moved if mark.kind == Evidence.CALLBACK_OWED}
    returns = [mark for mark in ticket.marks if mark.kind == Evidence.CALL_RETURNED and mark.what in owed]
    set_marks(new, [*moved, *returns])
    go_on_without(ticket, contact)
    set_marks(ticket, [mark for mark in ticket.marks if mark.offset != contact])
    still_owed = {mark.what for mark in ticket.marks if mark.kind == Evidence.CALLBACK_OWED}
    callers = [state.caller(number) for number in sorted(owed)]
    for caller in callers:
        caller.homes = (*caller.homes, new.id)
        if caller.number not in still_owed:
            caller.drop_home(ticket.id)
        state.put_caller(caller)
    return callers


def _take_names(ticket: Ticket, other: Ticket) -> None:
    """By all that leads to `other` now it leads to `ticket`."""
    named = Absorbed(other.id, other.number, other.correlation_key, other.client_ticket, other.follows)
    ticket.absorbed = (*ticket.absorbed, named, *other.absorbed)
    ticket.contacts = _union(ticket.contacts, other.contacts)
    ticket.messages = _union(ticket.messages, other.messages)
    ticket.received = tuple(sorted({*ticket.received, *other.received}))
    ticket.undelivered = tuple(dict.fromkeys((*ticket.undelivered, *other.undelivered)))
    ticket.answers = tuple(sorted({*ticket.answers, *other.answers}, key=lambda answer: answer.offset))
    links = _union(ticket.links, other.links)
    ticket.links = tuple(link for link in links if link not in (ticket.number, other.number))
    related = _union(ticket.related, other.related)
    ticket.related = tuple(each for each in related if each not in (ticket.number, other.number))
    ticket.proposed = _union(ticket.proposed, other.proposed)
    ticket.agreed = _union(ticket.agreed, other.agreed)


def _waited_before(ticket: Ticket, other: Ticket) -> list[HoldSpan]:
    """The waits of `other` from before `ticket` began: later ones would put off what was promised on `ticket`."""
    began = ticket.opening.at
    return [
        HoldSpan(hold.reason, hold.start, began if hold.end is None else min(hold.end, began))
        for hold in other.holds
        if hold.start < began
    ]


def _rehome(state: TenantState, marks: list[Mark], old: str, new: str) -> list[Caller]:
    """Let callers whose callbacks the ticket `old` keeps have the ticket `new` in its place."""
    numbers = dict.fromkeys(mark.what for mark in marks if mark.kind == Evidence.CALLBACK_OWED)
    callers = [caller for number in numbers if old in (caller := state.caller(number)).homes]
    for caller in callers:
        caller.homes = tuple(dict.fromkeys(new if home == old else home for home in caller.homes))
        state.put_caller(caller)
    return callers


def _union(names: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, *others)))


def _worse(one: Severity | None, other: Severity | None) -> Severity | None:
    return max((each for each in (one, other) if each is not None), key=SEVERITIES.index, default=None)
