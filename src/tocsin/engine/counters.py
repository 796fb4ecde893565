"""The counts of a shard, for metrics and for the summary of a replay."""

from collections import Counter
from dataclasses import dataclass, field

from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import AlertKind, Priority, Stage
from tocsin.engine.effect import Effect


@dataclass(slots=True)
class Counters:
    """The counts of records by result. Every accepted one opened a ticket, joined one, or was noted."""

    accepted: int = 0
    duplicates: int = 0
    tickets_opened: int = 0
    joined: int = 0
    noted: int = 0
    alerts: Counter[AlertKind] = field(default_factory=Counter)

    def take_in(self, effect: Effect) -> None:
        """Count an input by what it brought about."""
        if effect.opened:
            self.open()
        elif effect.joins:
            self.join()
        else:
            self.note()

    def open(self) -> None:
        """An input opened a ticket."""
        self.accepted += 1
        self.tickets_opened += 1

    def join(self) -> None:
        """An input joined a ticket."""
        self.accepted += 1
        self.joined += 1

    def note(self) -> None:
        """A record was accepted and counted, but neither."""
        self.accepted += 1
        self.noted += 1


class OpenTickets:
    """The number of tickets that are not closed, by tenant, priority and stage."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, Priority, Stage]] = Counter()
        self._counted: dict[str, tuple[str, Priority, Stage]] = {}
        self._known: dict[tuple[str, Priority, Stage], tuple[str, Priority, Stage]] = {}  # one object for all of a kind

    def count(self, ticket: Ticket) -> None:
        """Count `ticket` as it is now."""
        before = self._counted.get(ticket.id)
        after = (ticket.tenant, ticket.priority, ticket.stage)
        if before == after:
            return
        self.uncount(ticket)
        if ticket.stage is not Stage.CLOSED:
            self._counted[ticket.id] = self._known.setdefault(after, after)
            self.counts[after] += 1

    def uncount(self, ticket: Ticket) -> None:
        """Count `ticket` no longer."""
        before = self._counted.pop(ticket.id, None)
        if before is not None:
            self.counts[before] -= 1
            if not self.counts[before]:
                del self.counts[before]
