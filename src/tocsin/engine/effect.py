"""What one input brings about, read off its decisions."""

from tocsin.domain.decide.decision import Decision
from tocsin.domain.events import Event
from tocsin.domain.events.paging import BasePageEvent
from tocsin.domain.events.ticket import CommandRejected, DetectionRepeated, TicketOpened


class Effect:
    """The effects of one input, from one pass over its decisions."""

    __slots__ = ("decisions", "joins", "opened", "pages", "touched")

    def __init__(self, decisions: list[Decision]) -> None:
        self.decisions = decisions
        self.opened: list[str] = []
        """The tickets that it opens."""
        self.joins = False
        """True if it changes a ticket in more than a refusal."""
        self.touched: dict[str, bool] = {}
        """The tickets that it is about, and whether anything moves that clocks depend on."""
        self.pages = False
        """True if it tells what became of a page."""
        for decision in decisions:
            if decision.ticket is not None:
                self._take_in(decision.ticket, decision.event)

    def _take_in(self, ticket: str, event: Event) -> None:
        if isinstance(event, TicketOpened):
            self.opened.append(event.id)
        is_of_page = isinstance(event, BasePageEvent)
        self.pages = self.pages or is_of_page
        self.joins = self.joins or not (is_of_page or isinstance(event, CommandRejected))
        moves_nothing = is_of_page or (isinstance(event, DetectionRepeated) and event.starts_at is None)
        self.touched[ticket] = self.touched.get(ticket, False) or not moves_nothing
