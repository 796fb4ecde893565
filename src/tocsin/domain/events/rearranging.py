"""Decisions by which tickets become one, or another one."""

from tocsin.domain.events.ticket import BaseTicketEvent


class TicketAbsorbed(BaseTicketEvent):
    """Another ticket turned out to be about the same matter: what happened on it happened on this one.

    `offsets` are the inbox offsets of the facts that this ticket did not have.
    """

    TYPE = "TicketAbsorbed"
    PERSONAL = ("analyst",)
    other: str
    other_id: str
    analyst: str
    offsets: tuple[int, ...]


class TicketMerged(BaseTicketEvent):
    """The ticket is about the matter of another one, and goes on there; its own state is dropped."""

    TYPE = "TicketMerged"
    PERSONAL = ("analyst",)
    into: str
    analyst: str


class TicketMoved(BaseTicketEvent):
    """The ticket is another tenant's, and goes on there; here its state is dropped."""

    TYPE = "TicketMoved"
    PERSONAL = ("analyst",)
    to: str
    analyst: str


class ContactSplit(BaseTicketEvent):
    """A contact turned out to be another matter: what it said is on the ticket `into` now."""

    TYPE = "ContactSplit"
    PERSONAL = ("analyst",)
    offset: int  # of the contact, in the inbox
    into: str
    into_id: str
    analyst: str
