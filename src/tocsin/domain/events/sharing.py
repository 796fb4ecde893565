"""Decisions about with whom a ticket may be shared."""

from tocsin.domain.events.ticket import BaseTicketEvent
from tocsin.domain.tlp import Tlp


class TlpChanged(BaseTicketEvent):
    """The ticket has this marking: a stricter one that came with an input, or an analyst's.

    `overrules` is the strictest marking that counts no longer, also where it comes again.
    """

    TYPE = "TlpChanged"
    PERSONAL = ("analyst", "reason")
    tlp: Tlp
    previous: Tlp | None = None
    analyst: str | None = None
    reason: str | None = None
    overrules: Tlp | None = None
