"""The journal: what was decided, each record carrying the hash of the one before it in its partition.

What tells of persons stands apart in `persons`, which the hash covers by a salted digest alone: a person can be
forgotten (`persons` removed) and the chain still verifies.
"""

from functools import cache
from hashlib import sha256
from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.structs import asdict

from tocsin.domain.events import Event
from tocsin.domain.events.clock import PendingStep
from tocsin.domain.instant import Instant, show
from tocsin.domain.trace import Trace

JOURNAL_VERSION = 1

_encoder = msgspec.json.Encoder()


class JournalHeader(msgspec.Struct, frozen=True, gc=False):
    """The facts of a record of the journal beside its event."""

    at: Instant
    tenant: str
    ticket: str | None
    number: str | None
    sequence: int  # of the ticket's events, or of the tenant's own; without gaps
    input_id: str | None  # of the input that caused it; None for a timer
    offsets: tuple[int, ...]
    salt: str
    dated_by_arrival: bool = False  # the input had no readable time of its own
    trace: Trace | None = None


class _Covered(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """The part of a record that its hash covers, in this order."""

    v: int
    type: str
    at: str
    tenant: str
    ticket: str | None
    number: str | None
    seq: int
    input: str | None
    offsets: tuple[int, ...]
    data: dict[str, Any]
    dated_by_arrival: bool = False
    traceparent: str = ""
    tracestate: str = ""
    persons_digest: str = ""
    prev: str


class Journal:
    """Writes the records of one partition; `head` is the hash of the last one."""

    def __init__(self, head: str = "") -> None:
        self.head = head

    def record(self, event: Event, header: JournalHeader) -> bytes:
        """The record of `event`, the next in the chain."""
        data, persons = _told(event)
        about = _encoder.encode({"salt": header.salt, **persons}) if persons else b""
        covered = _encoder.encode(
            _Covered(
                v=JOURNAL_VERSION,
                type=event.TYPE,
                at=show(header.at),
                tenant=header.tenant,
                ticket=header.ticket,
                number=header.number,
                seq=header.sequence,
                input=header.input_id,
                offsets=header.offsets,
                data=data,
                dated_by_arrival=header.dated_by_arrival,
                traceparent=header.trace.parent if header.trace else "",
                tracestate=header.trace.state if header.trace else "",
                persons_digest=sha256(about).hexdigest() if about else "",
                prev=self.head,
            )
        )
        self.head = sha256(covered).hexdigest()
        apart = b',"persons":' + about if about else b""
        return b'%s%s,"hash":"%s"}' % (covered[:-1], apart, self.head.encode())


def _told(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of `event` that are set: what may be kept, and what tells of persons."""
    times, personal = _times_and_persons(type(event))
    data = {name: value for name, value in asdict(event).items() if value is not None}
    for name in times:
        if name in data:
            data[name] = _readable(data[name])
    persons = {name: data.pop(name) for name in personal if name in data}
    return data, persons


def _readable(value: Any) -> Any:
    """Times as RFC 3339: an instant, several, or escalation steps with theirs."""
    if isinstance(value, int):
        return show(value)
    return [{"step": each.step, "at": show(each.at)} if isinstance(each, PendingStep) else show(each) for each in value]


@cache
def _times_and_persons(kind: type[Event]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the fields that are times, and of those that tell of persons, in the order of the fields."""
    hints = get_type_hints(kind, include_extras=True)
    names = kind.__struct_fields__
    times = tuple(name for name in names if is_time(hints[name]))
    return times, tuple(name for name in names if name in kind.PERSONAL)


def is_time(hint: Any) -> bool:
    """True if a field of that type is written as a time, or as several."""
    return hint in (Instant, PendingStep) or any(
        is_time(inner) for inner in get_args(hint) if inner not in (int, NoneType, ...) and not isinstance(inner, str)
    )
