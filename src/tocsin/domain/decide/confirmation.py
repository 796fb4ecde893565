"""Decides on requests that a designated contact of the client must confirm."""

from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.contract.rules import ContactRule
from tocsin.domain.events import Event
from tocsin.domain.events.contact import ConfirmationAwaited, RequestConfirmed
from tocsin.domain.instant import Instant
from tocsin.domain.state.evidence import episodes
from tocsin.domain.state.ticket import UNCONFIRMED, Mark, Ticket


def confirmation(stranger: ContactRule | None, ticket: Ticket | None, at: Instant) -> list[Event]:
    """The events that follow from a contact at `at`: one is to be confirmed, or has been.

    `stranger` is the rule by which who asked is no designated contact; `ticket` the one that they joined, None for a
    new one.
    """
    awaited = ticket is not None and "contact" in ticket.notices
    if stranger is None:
        return [RequestConfirmed()] if awaited else []
    if awaited or (ticket is not None and _is_confirmed(ticket, at)):
        return []
    return [ConfirmationAwaited(clause=stranger.cites.clause)]


def confirmation_of_merged(merged: Ticket, into: Ticket, rule: ContactRule | None) -> list[Event]:
    """The events on `into` that follow from what designated contacts and others have said on `merged`."""
    if "contact" in into.notices:
        return [RequestConfirmed()] if _by_designated(merged) else []
    if rule is None or "contact" not in merged.notices or _by_designated(into):
        return []
    return [ConfirmationAwaited(clause=rule.cites.clause)]


def confirmation_of_split(opening: Mark, ticket: Ticket, rule: ContactRule | None) -> tuple[list[Event], list[Event]]:
    """The events on the new ticket and on `ticket` when the contact that `opening` marks is split off."""
    if opening.what != UNCONFIRMED or rule is None:
        return [], []
    left = any(mark.what == UNCONFIRMED and mark.offset != opening.offset for mark in ticket.marks)
    over = "contact" in ticket.notices and not left
    return [ConfirmationAwaited(clause=rule.cites.clause)], [RequestConfirmed()] if over else []


def _by_designated(ticket: Ticket) -> bool:
    return any(mark.kind in CHANNEL_OF for mark in ticket.confirmed_marks)


def _is_confirmed(ticket: Ticket, at: Instant) -> bool:
    """True if a designated contact has turned to us since the ticket was opened last."""
    if ticket.resolved_at is not None and at > ticket.resolved_at:
        return False
    *_, episode = episodes(ticket.marks)
    return any(mark.kind in CHANNEL_OF for mark in ticket.confirmed_marks if mark in episode)
