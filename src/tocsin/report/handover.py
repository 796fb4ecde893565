"""What the next shift inherits: what falls due within it, waits, what nobody has taken, and what was promised."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.domain.state.acknowledgements import covered, open_incidents
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.tlp import Tlp, is_stricter
from tocsin.domain.vocabulary import Objective, Stage
from tocsin.report.standing import Standing
from tocsin.story.callers import caller_of

LATE, DUE, LATER, UNDATED = "late", "due", "later", "no date"
"""How a promise stands to the shift: broken already, due within it, due after it, without a date."""


class Shift(NamedTuple):
    """The shift that takes over: the role, who carries it, and from when to when. `who` is empty without a roster."""

    role: str
    who: tuple[str, ...]
    begins: Instant
    ends: Instant
    zone: str


class Row(NamedTuple):
    """One thing that is handed over. `at` is when it is due or ends; None: no date. Its content may be withheld."""

    number: str
    tenant: str
    priority: str
    tlp: str | None
    title: str
    what: str
    at: Instant | None
    state: str
    who: str  # has it: who has acknowledged, else the assignee; empty for nobody


class Handover(NamedTuple):
    """All of it. `due` has the late ones first, then by deadline. `withheld` tickets are stricter than may be seen."""

    shift: Shift
    clock: Instant
    due: tuple[Row, ...]
    holds: tuple[Row, ...]
    untaken: tuple[Row, ...]
    promised: tuple[Row, ...]
    later: int
    undated: int
    tickets: int
    withheld: int


def handover(stands: Standing, shift: Shift, tenant: str | None = None, highest: Tlp | None = None) -> Handover:
    """What `shift` inherits of all clients, or of one; of what is stricter than `highest` no more than that it is."""
    open_ones = sorted(
        (it for it in stands.tickets.values() if tenant in (None, it.tenant) and _is_open(it)),
        key=lambda it: (it.tenant, it.number),
    )
    hidden = {it.id for it in open_ones if highest is not None and is_stricter(it.tlp, highest)}
    promises = [row for it in open_ones for row in _promises(it, stands, shift, it.id in hidden)]
    counts = {state: sum(row.state == state for row in promises) for state in (LATER, UNDATED)}
    return Handover(
        shift=shift,
        clock=stands.clock,
        due=_in_order(row for row in promises if row.state in (LATE, DUE)),
        holds=_in_order(row for it in open_ones for row in _holds(it, it.id in hidden)),
        untaken=_in_order(row for it in open_ones for row in _untaken(it, stands, it.id in hidden)),
        promised=_in_order(row for it in open_ones for row in _promised(it, stands, it.id in hidden)),
        later=counts[LATER],
        undated=counts[UNDATED],
        tickets=len(open_ones),
        withheld=len(hidden),
    )


def _is_open(ticket: Ticket) -> bool:
    """True for one that is not closed, and for a closed one that owes something with a date."""
    return ticket.stage is not Stage.CLOSED or any(map(ticket.owes, ticket.clocks))


def _in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The late ones first, then by their time; what has none comes last."""
    found = enumerate(rows)
    ordered = sorted(found, key=lambda it: (it[1].state != LATE, it[1].at is None, it[1].at or 0, it[0]))
    return tuple(row for _, row in ordered)


def _row(  # noqa: PLR0913 - the parts of a row, by name
    ticket: Ticket, what: str, at: Instant | None, state: str, *, hidden: bool, clock: Clock | None = None
) -> Row:
    return Row(
        number=ticket.number,
        tenant=ticket.tenant,
        priority=clock.priority if clock else ticket.priority,
        tlp=ticket.tlp or None,
        title="content withheld" if hidden else ticket.title,
        what=what,
        at=at,
        state=state,
        who=", ".join(dict.fromkeys(each.by for each in ticket.taken_by)) or ticket.assignee or "",
    )


def _promises(ticket: Ticket, stands: Standing, shift: Shift, hidden: bool) -> Iterator[Row]:  # noqa: FBT001 - as `_row`
    for clock in ticket.clocks:
        if ticket.owes(clock):
            at = clock.deadline
            due = UNDATED if at is None else DUE if at <= shift.ends else LATER
            state = LATE if _is_late(clock, stands) else due
            yield _row(ticket, clock.objective.replace("_", " "), at, state, hidden=hidden, clock=clock)


def _is_late(clock: Clock, stands: Standing) -> bool:
    return clock.breached or (clock.deadline is not None and clock.deadline < stands.clock)


def _holds(ticket: Ticket, hidden: bool) -> Iterator[Row]:  # noqa: FBT001 - as `_row`
    if (held := ticket.held) is not None:
        yield _row(ticket, held.reason.replace("_", " "), held.until, "waits", hidden=hidden)


def _untaken(ticket: Ticket, stands: Standing, hidden: bool) -> Iterator[Row]:  # noqa: FBT001 - as `_row`
    """The incidents that people were told of and that nobody has taken."""
    taken = covered(ticket)
    names = [name for name in open_incidents(ticket, stands.clock) if name not in taken]
    if names:
        topics = ", ".join(dict.fromkeys(name.rpartition("/")[0].replace("_", " ") for name in names))
        yield _row(ticket, topics, None, "nobody has it", hidden=hidden)


def _promised(ticket: Ticket, stands: Standing, hidden: bool) -> Iterator[Row]:  # noqa: FBT001 - as `_row`
    """Callbacks that are owed, action plans with the timeframe that was told, waits until a date."""
    contacts = stands.contacts.get(ticket.tenant, [])
    for clock in ticket.clocks:
        if ticket.owes(clock) and clock.objective == Objective.CALLBACK:
            who = None if hidden else caller_of(ticket, clock, contacts)
            what = " ".join(filter(None, ("call back", *(who or ()))))
            state = LATE if _is_late(clock, stands) else "owed"
            yield _row(ticket, what, clock.deadline, state, hidden=hidden, clock=clock)
    if ticket.open and (plan := stands.plans.get(ticket.id)):
        told = "" if hidden else f": {plan.timeframe}" if plan.timeframe else ""
        yield _row(ticket, f"action plan{told}", plan.at, "told", hidden=hidden)
    if (held := ticket.held) is not None and held.until is not None:
        yield _row(ticket, f"goes on: {held.reason.replace('_', ' ')}", held.until, "waits", hidden=hidden)
