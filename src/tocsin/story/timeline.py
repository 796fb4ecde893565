"""The timeline of a ticket: its story line by line, its promises with their arithmetic, and where it goes on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.zone import Zone
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed, TicketMerged, TicketMoved
from tocsin.domain.events.ticket import TicketForgotten, TicketOpened
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Stage
from tocsin.messages.record import Record, Topic
from tocsin.story.explain import Explained, explained
from tocsin.story.lines import Document, data_of, document_of, hold_offsets, line_of
from tocsin.story.rebuilt import Rebuilt
from tocsin.story.words import UTC

FORGOTTEN = "(forgotten)"
"""Stands for a person who was taken out of the journal."""

_WHO = ("analyst", "by", "agreed_by", "person", "name", "contact", "caller", "claimed", "whose")
"""The members of an event that name who did something, or to whom; the first ones come first."""


class Gathered(NamedTuple):
    """What the log has of a ticket, and of those that it was merged with or split from.

    `journal` in its order. `contracts` by their hash. `now` is how far the log goes.
    """

    ticket: str
    journal: tuple[Record, ...]
    alerts: tuple[Record, ...]
    contracts: Mapping[str, Contract]
    now: Instant


class Entry(NamedTuple):
    """A line of a timeline. `who` did it or is told; `number` is that of the ticket that it is about."""

    at: Instant
    kind: str  # the event's type, or that of the alert
    alert: bool
    tone: str
    what: str
    who: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    inbox: tuple[int, ...]
    number: str
    place: tuple[str, int, int]


class Relation(NamedTuple):
    """Where else the matter of a ticket is told: in words, and the number there. Empty: nowhere."""

    how: str
    number: str


class Timeline(NamedTuple):
    """The whole of it. `ticket` is None where the log no longer has its opening: then only the lines are known."""

    id: str
    number: str
    tenant: str
    ticket: Ticket | None
    zone: Zone | str
    now: Instant
    entries: tuple[Entry, ...]
    promises: tuple[Explained, ...]
    stages: tuple[tuple[Instant, Stage], ...]
    relations: tuple[Relation, ...]
    unread: int  # events that this release cannot read

    @property
    def zone_name(self) -> str:
        """The name of the zone in which its times are shown."""
        return self.zone if isinstance(self.zone, str) else self.zone.name


def timeline(found: Gathered) -> Timeline:
    """The timeline of the ticket that was gathered."""
    events = [(_key(record), record, document_of(record.value)) for record in found.journal]
    rebuilt = Rebuilt(found.contracts)
    for ticket_id, _, event in events:
        rebuilt.take(ticket_id, event)
    own = own_ids(found.ticket, ((ticket_id, event) for ticket_id, _, event in events))
    ticket = rebuilt.tickets.get(found.ticket)
    zone = zone_of(ticket, found.contracts)
    told = [(record, document_of(record.value)) for record in found.alerts if _key(record) in own]
    decided = [(record, event) for ticket_id, record, event in events if ticket_id in own]
    entries = sorted(
        (_entry(record, event, zone) for record, event in (*decided, *told)),
        key=lambda it: (it.at, it.alert, it.place),
    )
    holds = dict(hold_offsets(event for _, _, event in events))
    promises = explained(ticket, found.contracts, found.now, holds, rebuilt.bases.get(found.ticket)) if ticket else ()
    number, tenant = next(
        ((str(it.get("number")), str(it.get("tenant"))) for key, _, it in events if key == found.ticket), ("", "")
    )
    return Timeline(
        id=found.ticket,
        number=number,
        tenant=tenant,
        ticket=ticket,
        zone=zone,
        now=found.now,
        entries=tuple(entries),
        promises=tuple(promises),
        stages=tuple(rebuilt.stages.get(found.ticket, ())),
        relations=tuple(_relations(found.ticket, events)),
        unread=rebuilt.unread,
    )


def own_ids(ticket_id: str, events: Iterable[tuple[str, Document]]) -> set[str]:
    """The ids of that ticket and of those that were merged into it, by the events of all of them."""
    absorbed = [(key, str(data_of(it).get("other_id"))) for key, it in events if it.get("type") == TicketAbsorbed.TYPE]
    own, before = {ticket_id}, 0
    while len(own) > before:
        before = len(own)
        own |= {other for key, other in absorbed if key in own}
    return own


def _key(record: Record) -> str:
    return (record.key or b"").decode("utf-8", "replace")


def zone_of(ticket: Ticket | None, contracts: Mapping[str, Contract]) -> Zone | str:
    """That of the client; where the contract names none, that of the hours of its first promise."""
    contract = contracts.get(ticket.contract) if ticket else None
    if ticket is None or contract is None:
        return UTC
    if contract.client_zone is not None:
        return contract.client_zone
    targets = (target for rule in contract.plans[ticket.plan].objectives for target in rule.targets.values())
    return next((contract.calendars[target.calendar].where for target in targets), UTC)


def _entry(record: Record, event: Document, zone: Zone | str) -> Entry:
    line = line_of(record, event, zone)
    data = data_of(event)
    alert = record.topic is Topic.ALERTS
    return Entry(
        at=line.at,
        kind=str(data.get("kind") if alert else event.get("type")),
        alert=alert,
        tone=line.tone,
        what=line.what,
        who=tuple(_who(event, data, alert=alert)),
        facts=tuple((name, value) for name, value in line.facts if name.replace(" ", "_") not in _WHO),
        inbox=line.inbox,
        number=str(data.get("number") if alert else event.get("number")),
        place=line.place,
    )


def _who(event: Document, data: Document, *, alert: bool) -> Iterator[str]:
    """Those whom an event or an alert names, each once."""
    if alert:
        yield from (str(data["role"]),) if data.get("role") else ()
        return
    persons = event.get("persons")
    if event.get("persons_digest") and not isinstance(persons, dict):
        yield FORGOTTEN
        return
    named = persons if isinstance(persons, dict) else {}
    yield from dict.fromkeys(text for name in _WHO if (text := _listed(named.get(name))))


def _listed(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


_Say = Callable[[Document, Document], Relation]

_RELATIONS: dict[str, _Say] = {
    TicketMerged.TYPE: lambda _, data: Relation("merged into, and goes on as", str(data.get("into"))),
    TicketAbsorbed.TYPE: lambda _, data: Relation("took in, with its story", str(data.get("other"))),
    ContactSplit.TYPE: lambda _, data: Relation(
        f"a contact, inbox offset {data.get('offset')}, goes on as", str(data.get("into"))
    ),
    TicketForgotten.TYPE: lambda event, _: Relation(f"its state was forgotten at {event.get('at')}", ""),
}


def _relations(ticket_id: str, events: list[tuple[str, Record, Document]]) -> Iterator[Relation]:
    """What is told of the matter elsewhere, in the order in which it came about."""
    opened = {key: it for key, _, it in events if it.get("type") == TicketOpened.TYPE}
    for key, _, event in events:
        data, kind = data_of(event), str(event.get("type"))
        if key != ticket_id:
            continue
        if kind == TicketOpened.TYPE:
            yield from _origins(event, data, opened)
        elif kind == TicketMoved.TYPE:
            there = next((str(it["number"]) for it in opened.values() if it.get("input") == ticket_id), "")
            yield Relation(f"moved to the tenant {data.get('to')}, and goes on {'as' if there else 'there'}", there)
        elif say := _RELATIONS.get(kind):
            yield say(event, data)


def _origins(event: Document, data: Document, opened: Mapping[str, Document]) -> Iterator[Relation]:
    """Where a ticket comes from that was split off, moved here, or goes on with the matter of a closed one."""
    if data.get("split_from"):
        yield Relation("its contact was before on", str(data["split_from"]))
    if data.get("linked_to"):
        yield Relation("goes on with the matter of", str(data["linked_to"]))
    if before := opened.get(str(event.get("input"))):
        yield Relation(f"moved here from the tenant {before.get('tenant')}, where it was", str(before.get("number")))
