"""Tickets that another contract opens, does not open, or numbers otherwise."""

from typing import NamedTuple

from tocsin.audit.journal import JournalEvent
from tocsin.whatif.pairs import AFTER, BEFORE


class TicketChanges(NamedTuple):
    """The number of tickets that are not the same on both sides."""

    only_before: int
    only_after: int
    renumbered: int


class Tickets:
    """Takes the journals of both sides; the id of a ticket does not depend on the contract, its number may."""

    def __init__(self) -> None:
        self._waiting: tuple[dict[str, str | None], dict[str, str | None]] = ({}, {})
        self._renumbered = 0

    def take(self, side: int, event: JournalEvent) -> None:
        """Take the next event of a side."""
        if event.type != "TicketOpened" or event.ticket is None:
            return
        other = self._waiting[1 - side]
        if event.ticket in other:
            self._renumbered += other.pop(event.ticket) != event.number
        else:
            self._waiting[side][event.ticket] = event.number

    def changes(self) -> TicketChanges:
        """The counts of all that was taken."""
        return TicketChanges(len(self._waiting[BEFORE]), len(self._waiting[AFTER]), self._renumbered)
