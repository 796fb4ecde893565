"""How urgent a ticket was, and since when: its rises, and what fell back since."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Mark, PriorityChange, Ticket
from tocsin.domain.vocabulary import Priority

_EVER = 0
"""The priority that a ticket opens with holds for whatever happened before, too."""


class Urgency(NamedTuple):
    """The ticket has been at least as urgent as `priority` since then."""

    since: Instant
    priority: Priority


class Rise(NamedTuple):
    """A rise of the priority; `over_at` is when a fall took it back."""

    at: Instant
    offset: int
    priority: Priority
    over_at: Instant | None


class _Step(NamedTuple):
    urgency: Urgency
    offset: int | None  # of the rise that made it


def changed(changes: tuple[PriorityChange, ...], new: PriorityChange) -> tuple[PriorityChange, ...]:
    """`changes` with the `new` one, unless they end with that priority already."""
    return changes if changes and changes[-1].priority == new.priority else (*changes, new)


def urgencies(
    ticket: Ticket, contract: Contract, promised: Callable[[Priority], bool], answer: Mark | None = None
) -> list[Urgency]:
    """Since when the ticket is as urgent as each of the priorities that it rose through, the least urgent first.

    With an `answer`, as it stood then, by what had been told before it. A fall to a priority that is not `promised`
    leaves what was promised.
    """
    if not ticket.priority_changes:
        return [Urgency(_EVER, ticket.priority)]  # nearly always
    known = [each for each in ticket.priority_changes if answer is None or _came_before(each, answer)]
    steps = [_first(ticket)]
    for change in known:
        if _is_less_urgent(contract, change.priority, steps[-1].urgency.priority) and not promised(change.priority):
            continue
        _take(steps, change, contract)
    return [step.urgency for step in steps]


def rises(ticket: Ticket, contract: Contract) -> Iterator[Rise]:
    """The rises of the priority, in the order in which they were told."""
    if not ticket.priority_changes:
        return iter(())  # nearly always
    steps = [_first(ticket)]
    found: dict[int, Rise] = {}
    for change in ticket.priority_changes:
        before = [step.offset for step in steps]
        _take(steps, change, contract)
        left = {step.offset for step in steps}
        for offset in before:
            if offset is not None and offset not in left:
                found[offset] = found[offset]._replace(over_at=change.at)
        if change.offset in left:
            found[change.offset] = Rise(change.at, change.offset, change.priority, None)
    return iter(found.values())


def of_both(ticket: Ticket, other: Ticket, contract: Contract) -> tuple[PriorityChange, ...]:
    """The changes of the priority of two tickets that are one matter: the more urgent of the two held at each time."""
    told = sorted((change, each.id) for each in (ticket, other) for change in _told(each))
    current: dict[str, Priority] = {}
    changes: list[PriorityChange] = []
    held: Priority | None = None
    for change, whose in told:
        current[whose] = change.priority
        urgent = min(current.values(), key=lambda priority: _rank(contract, priority))
        if held is not None and urgent != held:
            changes.append(PriorityChange(change.at, change.offset, held, urgent))
        held = urgent
    return tuple(changes)


def _told(ticket: Ticket) -> Iterator[PriorityChange]:
    """The priority that the ticket opened with, and its changes."""
    opening, first = ticket.opening, _first(ticket).urgency.priority
    yield PriorityChange(opening.at, opening.offset, first, first)
    yield from ticket.priority_changes


def _came_before(change: PriorityChange, answer: Mark) -> bool:
    return change.at <= answer.at and change.offset < answer.offset


def _first(ticket: Ticket) -> _Step:
    first = ticket.priority_changes[0].previous if ticket.priority_changes else ticket.priority
    return _Step(Urgency(_EVER, first), None)


def _take(steps: list[_Step], change: PriorityChange, contract: Contract) -> None:
    """A rise is one step more. A fall takes back the steps above it; what it falls from was at least as urgent."""
    new = _Step(Urgency(change.at, change.priority), change.offset)
    while steps and _is_less_urgent(contract, change.priority, steps[-1].urgency.priority):
        fallen = steps.pop()
        new = fallen._replace(urgency=Urgency(fallen.urgency.since, change.priority))
    if not steps or steps[-1].urgency.priority != change.priority:
        steps.append(new)


def _is_less_urgent(contract: Contract, priority: Priority, than: Priority) -> bool:
    """True if `priority` is less urgent; a priority that the contract does not know is the least urgent."""
    return _rank(contract, priority) > _rank(contract, than)


def _rank(contract: Contract, priority: Priority) -> int:
    return contract.rank(priority) if priority in contract.priorities else len(contract.priorities)
