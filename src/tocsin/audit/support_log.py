"""The support log: every call, mail and request that we received, with what became of it.

A projection of the journal. A field that a contract requires and the journal does not have is shown as missing; no
value is made up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tocsin.audit.journal import JournalEvent
from tocsin.domain.instant import SECOND, Instant, show
from tocsin.domain.vocabulary import Channel, Evidence

_BY_PERSONS = {channel for channel in Channel if channel.by_persons}

_OF_A_TICKET = ("opened_at", "priority", "time_to_resolve")
"""Fields that are not required for a refused request."""

FieldsOf = Callable[[str, str, str], tuple[str, ...]]
"""The fields to log for each contact, by tenant, contract and plan."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """A call, mail or request that was received. A field is None if it is not known.

    Its fields have the names that contracts use: `contact` is a name, `address` the telephone number or mail address.
    """

    tenant: str
    number: str | None  # of our ticket; None: refused
    channel: str
    what: str  # call_answered, call_missed, email_received, ...
    address: str | None
    contact: str | None
    location: str | None
    details: str | None
    contacted_at: Instant
    analyst: str | None
    client_ticket: str | None = None
    opened_at: Instant | None = None
    priority: str | None = None
    resolved_at: Instant | None = None
    offset: int | None = None  # in the inbox
    wanted: tuple[str, ...] = ()

    @property
    def time_to_resolve(self) -> int | None:
        """Milliseconds from the contact to the next resolution of its ticket."""
        return None if self.resolved_at is None else self.resolved_at - self.contacted_at

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that the contract wants logged and that are not known."""
        return tuple(name for name in self.wanted if getattr(self, name) is None)

    def document(self) -> dict[str, Any]:
        """For machines: times in RFC 3339, spans in seconds."""
        span = self.time_to_resolve
        return {
            **{name: getattr(self, name) for name in ("tenant", "number", "client_ticket", "channel", "what")},
            **{name: getattr(self, name) for name in ("contact", "address", "location", "analyst")},
            "contacted_at": show(self.contacted_at),
            "opened_at": None if self.opened_at is None else show(self.opened_at),
            "time_to_resolve": None if span is None else span / SECOND,
            "priority": self.priority,
            "details": self.details,
            "missing": list(self.missing),
        }


@dataclass(slots=True)
class _AdoptedPlan:
    contract: str = ""
    plan: str = ""
    contacts: list[dict[str, Any]] = field(default_factory=list)


class SupportLog:
    """Takes the events of the journal, each partition in its order; `entries` has the contacts so far."""

    def __init__(self, fields_of: FieldsOf) -> None:
        self.entries: list[Entry] = []
        self._fields_of = fields_of
        self._tenants: dict[str, _AdoptedPlan] = {}
        self._openings: dict[str, JournalEvent] = {}  # by ticket
        self._of_ticket: dict[str, list[Entry]] = {}

    def take(self, event: JournalEvent) -> None:
        """Add the next event."""
        if event.type == "ContractAdopted":
            contacts = event.persons.get("contacts", [])
            self._tenants[event.tenant] = _AdoptedPlan(event.data["name"], event.data["plan"], contacts)
        elif event.type == "ContactRefused":
            self.entries.append(self._entry(event, "refused"))
        elif event.ticket is not None:
            self._take_of_ticket(event, event.ticket)

    def _take_of_ticket(self, event: JournalEvent, ticket: str) -> None:
        entries = self._of_ticket.setdefault(ticket, [])
        if event.type == "TicketOpened":
            self._openings[ticket] = event
        elif event.type == "TicketAbsorbed":
            _take_over(entries, self._of_ticket.pop(event.data["other_id"], []), event.number)
        elif event.type == "ContactSplit":
            self._split(event, ticket)
        is_new = event.type in ("TicketOpened", "ContactJoined") and "split_from" not in event.data
        if is_new and event.data["channel"] in _BY_PERSONS:
            entries.append(self._entry(event, event.data.get("evidence") or "automatic"))
            self.entries.append(entries[-1])
        for entry in entries:
            _go_on(entry, event)

    def _split(self, event: JournalEvent, ticket: str) -> None:
        """Let the contact that was split off go on in the log of its new ticket."""
        entries = self._of_ticket[ticket]
        moved = [entry for entry in entries if entry.offset == event.data["offset"]]
        for entry in moved:
            entry.resolved_at = None
        self._of_ticket[ticket] = [entry for entry in entries if entry not in moved]
        _take_over(self._of_ticket.setdefault(event.data["into_id"], []), moved, event.data["into"])

    def _entry(self, event: JournalEvent, what: str) -> Entry:
        tenant, opening = self._tenants.get(event.tenant, _AdoptedPlan()), self._openings.get(event.ticket or "")
        address = event.person("contact")
        known = next((it for it in tenant.contacts if address in (*it["phones"], *it["emails"])), None)
        plan = opening.data["plan"] if opening else tenant.plan
        wanted = self._fields_of(event.tenant, tenant.contract, plan)
        before = self._of_ticket.get(event.ticket or "")
        return Entry(
            tenant=event.tenant,
            number=event.number,
            channel=event.data["channel"],
            what=what,
            address=address,
            contact=known["name"] if known else event.person("name"),
            location=known["location"] or None if known else None,
            details=event.person("subject"),
            contacted_at=event.happened_at,
            analyst=event.person("analyst"),
            client_ticket=before[-1].client_ticket if before else None,
            opened_at=opening.recorded_at if opening else None,
            priority=before[-1].priority if before else None,
            offset=event.offsets[0] if event.offsets else None,
            wanted=tuple(name for name in wanted if event.ticket or name not in _OF_A_TICKET),
        )


def _take_over(entries: list[Entry], others: list[Entry], number: str | None) -> None:
    """Let `others` go on among `entries`, which are of the ticket of that number."""
    for entry in others:
        entry.number = number
    entries += others


def _go_on(entry: Entry, event: JournalEvent) -> None:
    """Add to `entry` what an event of its ticket tells: the first analyst named, and the next resolution."""
    entry.analyst = entry.analyst or event.person("analyst")
    entry.client_ticket = entry.client_ticket or event.data.get("client_ticket")
    entry.priority = event.data["priority"] if event.type in ("TicketOpened", "PriorityChanged") else entry.priority
    if event.type == "TicketClosed" or event.data.get("evidence") == Evidence.RESOLUTION:
        at = event.happened_at
        if at >= entry.contacted_at and (entry.resolved_at is None or at < entry.resolved_at):
            entry.resolved_at = at
