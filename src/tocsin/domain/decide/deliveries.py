"""Decides on receipts: what became of alerts on their way to people."""

from typing import assert_never

from tocsin.domain.commands.deliveries import (
    DeliveryAccepted,
    DeliveryAnswered,
    DeliveryAttempted,
    DeliveryFailed,
    NotifyAlive,
)
from tocsin.domain.decide.decision import Decision
from tocsin.domain.events import PageEvent
from tocsin.domain.events.paging import PageAccepted, PageAnswered, PageAttempted, PageFailed
from tocsin.domain.state.tenant import TenantState

_COMMON = ("alert", "dedup_key", "sink", "way", "attempt", "person", "role", "roster")
"""What every event about a page has from its receipt as it is."""

ReceiptBody = DeliveryAttempted | DeliveryAccepted | DeliveryFailed | DeliveryAnswered
"""Every receipt."""


def receipt(body: ReceiptBody, state: TenantState) -> list[Decision]:
    """What became of a page; nothing of a copy, unless somebody has answered it."""
    if not body.page and not isinstance(body, DeliveryAnswered):
        return []
    ticket = state.named(body.ticket)
    return [Decision(ticket.id if ticket else None, _told(body))]


def alive(body: NotifyAlive) -> list[Decision]:
    """What follows from a heartbeat: nothing."""
    return []


def _told(body: ReceiptBody) -> PageEvent:
    about = {name: getattr(body, name) for name in _COMMON} | {"digest": body.digest or None}
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
