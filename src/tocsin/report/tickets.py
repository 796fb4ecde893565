"""The tickets of a client as the log tells them, with each promise explained."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tocsin.domain.contract.zone import Zone
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMerged, TicketMoved
from tocsin.domain.events.ticket import TicketForgotten, TicketOpened
from tocsin.domain.instant import Instant, show, to_datetime
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.time.zones import to_wall
from tocsin.report.gathering import ClientLog, Decided
from tocsin.report.model_of_work import Ticketed
from tocsin.report.part import Place
from tocsin.report.period import Period
from tocsin.story.explain import Explained, explained
from tocsin.story.lines import hold_offsets
from tocsin.story.rebuilt import Rebuilt
from tocsin.story.timeline import Timeline, zone_of
from tocsin.story.words import UTC


class Told(NamedTuple):
    """A ticket, what the journal says of it in order, and its promises."""

    ticket: Ticket
    journal: tuple[Decided, ...]
    promises: tuple[Explained, ...]
    timeline: Timeline
    """For the words about its promises; it has no entries."""

    def clock(self, promise: Explained) -> Clock:
        """The clock of one of its promises."""
        return self.ticket.clock(promise.rule, promise.cycle)

    def id_of(self, rule: str, cycle: int) -> str:
        """The name of a promise in a report."""
        return f"{self.ticket.number}/{rule}/{cycle}"


class Case(NamedTuple):
    """All that a report is made from. [`start`, `end`) is its period, by clocks in `zone`."""

    log: ClientLog
    period: Period
    zone: Zone | str
    start: Instant
    end: Instant
    tickets: Mapping[str, Told]
    unread: int

    def within(self, at: Instant) -> bool:
        """True for an instant of the period."""
        return self.start <= at < self.end

    def day(self, at: Instant) -> int:
        """The day of `at` where the client is, counted from 1970-01-01."""
        return (to_datetime(to_wall(at, self.zone)) - to_datetime(0)).days

    def events(self, *types: str) -> Iterator[tuple[Told, Decided]]:
        """The events of these types about its tickets, in the order of the log."""
        for each in self.log.journal:
            told = self.tickets.get(each.event.ticket or "")
            if told and each.event.type in types:
                yield told, each


def case_of(log: ClientLog, period: Period) -> Case:
    """The case of a report."""
    rebuilt = Rebuilt(log.contracts)
    journal: defaultdict[str, list[Decided]] = defaultdict(list)
    for each in log.journal:
        if each.event.ticket:
            rebuilt.take(each.event.ticket, each.document)
            journal[each.event.ticket].append(each)
    holds = dict(hold_offsets(each.document for each in log.journal))
    told = {}
    for name, ticket in rebuilt.tickets.items():
        promises = tuple(explained(ticket, log.contracts, log.now, holds, rebuilt.bases.get(name)))
        told[name] = Told(ticket, tuple(journal[name]), promises, _timeline(ticket, log, promises))
    zone = zone_of(next(reversed(rebuilt.tickets.values()), None), log.contracts) if rebuilt.tickets else _adopted(log)
    return Case(log, period, zone, *period.bounds(zone), tickets=told, unread=rebuilt.unread)


def _adopted(log: ClientLog) -> Zone | str:
    """The zone of a client who has no ticket."""
    zones = [each.client_zone for each in log.contracts.values() if each.client_zone is not None]
    return zones[-1] if zones else UTC


def _timeline(ticket: Ticket, log: ClientLog, promises: tuple[Explained, ...]) -> Timeline:
    return Timeline(
        id=ticket.id,
        number=ticket.number,
        tenant=ticket.tenant,
        ticket=ticket,
        zone=zone_of(ticket, log.contracts),
        now=log.now,
        entries=(),
        promises=promises,
        stages=(),
        relations=(),
        unread=0,
    )


def place_of(decided: Decided) -> Place:
    """The place of a record."""
    record = decided.record
    return Place(topic=str(record.topic), partition=record.partition, offset=record.offset)


def ticketed(told: Told) -> Ticketed:
    """The ticket for the report."""
    ticket, journal = told.ticket, told.journal
    return Ticketed(
        number=ticket.number,
        id=ticket.id,
        title=ticket.title,
        tlp=ticket.tlp or None,
        priority=ticket.priority,
        stage=ticket.stage,
        channel=ticket.channel,
        opened_at=show(ticket.opened_at),
        resolved_at=None if ticket.resolved_at is None else show(ticket.resolved_at),
        elsewhere=[text for each in journal if (text := _elsewhere(each))],
        inbox_offsets=sorted({offset for each in journal for offset in each.event.offsets}),
        places=[place_of(each) for each in (journal[0], *journal[1:][-1:])],
    )


def _elsewhere(each: Decided) -> str:
    """Where the matter goes on, or comes from. Another client is not named."""
    data = each.event.data
    match each.event.type:
        case TicketMerged.TYPE:
            return f"merged into {data['into']}"
        case TicketAbsorbed.TYPE:
            return f"took in {data['other']}"
        case ContactSplit.TYPE:
            return f"a contact goes on as {data['into']}"
        case TicketMoved.TYPE:
            return "was another client's matter, and goes on there"
        case TicketForgotten.TYPE:
            return "closed for so long that its state was dropped"
        case TicketOpened.TYPE if data.get("linked_to"):
            return f"goes on with the matter of {data['linked_to']}"
        case TicketOpened.TYPE if data.get("split_from"):
            return f"its contact was before on {data['split_from']}"
    return ""
