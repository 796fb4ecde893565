"""What stands at one instant, gathered from records of the state and the journal: for the handover of a shift."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from tocsin.domain.commands.inbound import Contact
from tocsin.domain.events.ticket import WorkDone
from tocsin.domain.instant import Instant, parse
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Evidence
from tocsin.engine.snapshot import decode_partition, decode_tenant, decode_ticket
from tocsin.messages.record import Record, Topic

READ = (Topic.TENANTS, Topic.TICKETS, Topic.TICKET_EVENTS)
"""The topics that are looked at; records of others are passed over."""

_TIMEFRAME = re.compile(r"\[([^\[\]]+)\]\s*$")
_WORK = b'"%s"' % WorkDone.TYPE.encode()
_PLAN = b'"%s"' % Evidence.ACTION_PLAN.encode()


class Plan(NamedTuple):
    """An action plan that was told to the client: when, and the timeframe that was given; empty for none."""

    at: Instant
    timeframe: str


class _Persons(msgspec.Struct, frozen=True):
    note: str = ""


class _Work(msgspec.Struct):
    type: str
    ticket: str | None
    at: str
    data: dict[str, object]
    persons: _Persons = _Persons()


class Standing(NamedTuple):
    """Tickets by id, contacts by tenant, and the last plan for each ticket; `clock` is how far the log goes."""

    clock: Instant
    tickets: dict[str, Ticket]
    contacts: dict[str, list[Contact]]
    plans: dict[str, Plan]


_work_of = msgspec.json.Decoder(_Work).decode


def standing(records: Iterable[Record]) -> Standing:
    """What stands after `records`, each partition of which comes in its order."""
    tickets: dict[str, bytes] = {}
    found = Standing(0, {}, {}, {})
    clock = 0
    for record in records:
        key = (record.key or b"").decode("utf-8", "replace")
        match record.topic:
            case Topic.TICKETS if record.value is None:
                tickets.pop(key, None)
            case Topic.TICKETS:
                tickets[key] = record.value or b""
            case Topic.TENANTS if record.value is not None:
                clock = max(clock, _take(key, record.value, found))
            case Topic.TICKET_EVENTS if record.value and _WORK in record.value and _PLAN in record.value:
                _take_plan(record.value, found)
    kept = {key: decode_ticket(value) for key, value in tickets.items()}
    return found._replace(clock=clock, tickets=kept)


def _take(key: str, value: bytes, found: Standing) -> Instant:
    """Keep a tenant's contacts; returns the clock of a partition, or 0."""
    kind, _, name = key.partition("/")
    if kind == "tenant":
        found.contacts[name] = decode_tenant(value).contacts
    elif kind == "partition":
        return decode_partition(value).clock
    return 0


def _take_plan(value: bytes, found: Standing) -> None:
    work = _work_of(value)
    if work.type == WorkDone.TYPE and work.ticket and work.data.get("evidence") == Evidence.ACTION_PLAN:
        timeframe = _TIMEFRAME.search(work.persons.note)
        found.plans[work.ticket] = Plan(parse(work.at), timeframe[1] if timeframe else "")
