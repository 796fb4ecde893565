"""What a fall of the priority ends: a promise that the new priority does not have, until a rise begins it anew."""

from typing import NamedTuple

from tocsin.domain.contract.model import ObjectiveRule
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Ticket


class Turn(NamedTuple):
    """A change of the priority after which something is promised, or is not any more."""

    at: Instant
    offset: int
    promised: bool


def turns(ticket: Ticket, rule: ObjectiveRule) -> list[Turn]:
    """The changes that ended the promise of `rule` on `ticket` and began it anew, from the first end on."""
    found: list[Turn] = []
    if not rule.ends_with_priority or len(ticket.priority_changes) == 0:
        return found  # nearly always
    at = 0
    for change in ticket.priority_changes:
        at = max(at, change.at)
        before, after = change.previous in rule.targets, change.priority in rule.targets
        if before != after and (found or not after):
            found.append(Turn(at, change.offset, after))
    return found
