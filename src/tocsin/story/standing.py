"""How a promise stands, in a word."""

from tocsin.domain.instant import MINUTE, Instant
from tocsin.domain.state.ticket import Clock, Ticket

NEAR = 5 * MINUTE
"""A deadline so near is at risk, whatever warning the contract names."""


def state_of(clock: Clock, ticket: Ticket, now: Instant) -> str:
    """The state of a promise in a word, also of one that is over."""
    if clock.void:
        return "no longer owed"
    if clock.fulfilled_at is not None:
        return "kept late" if clock.breached else "kept in time"
    if clock.breached or (clock.deadline is not None and now > clock.deadline):
        return "late"
    if clock.deadline is None:
        return "held" if ticket.held else "no date"
    return "at risk" if clock.warned or clock.deadline - now <= NEAR else "on track"
