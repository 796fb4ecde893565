"""Decides on receipts: what became of alerts on their way to people."""

from collections.abc import Iterator
from typing import assert_never

from tocsin.domain.commands.deliveries import (
    DeliveryAccepted,
    DeliveryAnswered,
    DeliveryAttempted,
    DeliveryFailed,
    NotifyAlive,
)
from tocsin.domain.contract.model import Plan
from tocsin.domain.decide.decision import Decision, alert_id
from tocsin.domain.events import PageEvent
from tocsin.domain.events.heartbeat import NotifyBeat, NotifyHeard, NotifyRetired
from tocsin.domain.events.paging import PageAccepted, PageAnswered, PageAttempted, PageFailed
from tocsin.domain.events.ticket import TicketAcknowledged
from tocsin.domain.instant import SECOND, Instant
from tocsin.domain.state.acknowledgements import covered, open_incidents
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import AlertKind

_COMMON = ("alert", "dedup_key", "sink", "way", "attempt", "person", "role", "roster")
"""What every event about a page has from its receipt as it is."""

ReceiptBody = DeliveryAttempted | DeliveryAccepted | DeliveryFailed | DeliveryAnswered
"""Every receipt."""


def receipt(body: ReceiptBody, state: TenantState, now: Instant) -> list[Decision]:
    """What became of a page; nothing of a copy, unless somebody has answered it.

    It is believed as of when we learned it. One about a ticket that is not known belongs to the tenant.
    """
    if not body.page and not isinstance(body, DeliveryAnswered):
        return []
    ticket = state.named(body.ticket)
    if ticket is None:
        return [Decision(None, _told(body, None))]
    told = [Decision(ticket.id, _told(body, _last_paged(body, ticket)))]
    if isinstance(body, DeliveryAnswered):
        told += (Decision(ticket.id, event) for event in _taken(body, ticket, state.plan_of(ticket), now))
    return told


def _last_paged(body: ReceiptBody, ticket: Ticket) -> Clock | None:
    """The running clock whose last page the receipt is about."""
    for clock in ticket.clocks:
        page = clock.page
        if page is None or not clock.running or not body.dedup_key.endswith(f"/{clock.rule}/{page.cycle}"):
            continue
        parts = (clock.rule, page.cycle, page.step, page.repetition)
        if alert_id(page.ticket, AlertKind.ESCALATED, parts, page.reopenings) == body.alert:
            return clock
    return None


def _taken(body: DeliveryAnswered, ticket: Ticket, plan: Plan, now: Instant) -> Iterator[TicketAcknowledged]:
    """The acknowledgement of the incident that the page was about, if it is open and nobody has taken it.

    Where the ticket has absorbed the one that was paged, those of the same promise or topic.
    """
    _, _, paged = body.dedup_key.partition(f"/{ticket.id}/")
    topic = body.dedup_key.rpartition("/")[0]
    taken = covered(ticket)
    names = tuple(
        name
        for name in open_incidents(ticket, now)
        if name not in taken and (name == paged if paged else topic.endswith(f"/{name.rpartition('/')[0]}"))
    )
    if names:
        lasts = plan.acknowledgement_expires_by_priority.get(ticket.priority, plan.acknowledgement_expires)
        yield TicketAcknowledged(happened_at=now, expires_at=now + lasts, analyst=body.by, covers=names)


def alive(body: NotifyAlive, state: TenantState, now: Instant) -> list[Decision]:
    """What follows from the heartbeat of a notify, by the time of the log."""
    known = state.tenant.heartbeats.get(body.name)
    if body.next_within_seconds is None:
        retired = NotifyRetired(name=body.name, closes_incident=known.silent) if known else None
        return [Decision(None, retired)] if retired else []
    by = now + body.next_within_seconds * SECOND
    if known is None or known.silent:
        return [Decision(None, NotifyHeard(name=body.name, expected_by=by, closes_incident=known is not None))]
    return [Decision(None, NotifyBeat(name=body.name, expected_by=by))]


def _told(body: ReceiptBody, clock: Clock | None) -> PageEvent:
    about = {name: getattr(body, name) for name in _COMMON} | {"digest": body.digest or None}
    if clock:
        about |= {"rule": clock.rule, "cycle": clock.cycle}
    match body:
        case DeliveryAttempted():
            return PageAttempted(**about)
        case DeliveryAccepted():
            return PageAccepted(**about)
        case DeliveryFailed():
            return PageFailed(**about, reason=body.reason, ways_left=body.ways_left, detail=body.detail)
        case DeliveryAnswered():
            return PageAnswered(**about, by=body.by)
        case forgotten:
            assert_never(forgotten)
