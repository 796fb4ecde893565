"""The journal: what was decided, each record carrying the hash of the one before it in its partition.

What tells of persons stands apart in `persons`, which the hash covers by a salted digest alone: a person can be
forgotten (`persons` removed) and the chain still verifies.
"""

from dataclasses import fields
from hashlib import sha256
from types import NoneType
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec

from tocsin.domain.events.ticket import Event
from tocsin.domain.instant import Instant, show
from tocsin.domain.state.ticket import PendingStep

JOURNAL_VERSION = 1

_encoder = msgspec.json.Encoder()


class Heading(msgspec.Struct, frozen=True, gc=False):
    """What stands above an event in the journal."""

    at: Instant
    tenant: str
    ticket: str | None
    number: str | None
    sequence: int  # of the ticket's events, or of the tenant's own; without gaps
    input_id: str | None  # of the input that caused it; None for a timer
    offsets: tuple[int, ...]
    salt: str
    dated_by_arrival: bool = False  # the input had no readable time of its own


class _Covered(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """What the hash of a record covers, in this order."""

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
    persons_digest: str = ""
    prev: str


class Journal:
    """Writes the records of one partition; `head` is the hash of the last one."""

    def __init__(self, head: str = "") -> None:
        self.head = head

    def record(self, event: Event, heading: Heading) -> bytes:
        """The record of `event`, the next in the chain."""
        data, persons = _told(event)
        about = _encoder.encode({"salt": heading.salt, **persons}) if persons else b""
        covered = _encoder.encode(
            _Covered(
                v=JOURNAL_VERSION,
                type=type(event).__name__,
                at=show(heading.at),
                tenant=heading.tenant,
                ticket=heading.ticket,
                number=heading.number,
                seq=heading.sequence,
                input=heading.input_id,
                offsets=heading.offsets,
                data=data,
                dated_by_arrival=heading.dated_by_arrival,
                persons_digest=sha256(about).hexdigest() if about else "",
                prev=self.head,
            )
        )
        self.head = sha256(covered).hexdigest()
        apart = b',"persons":' + about if about else b""
        return b'%s%s,"hash":"%s"}' % (covered[:-1], apart, self.head.encode())


def _told(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of `event` that are set: what may be kept, and what tells of persons."""
    data: dict[str, Any] = {}
    persons: dict[str, Any] = {}
    for name, is_time, is_personal in _fields(type(event)):
        value = getattr(event, name)
        if value is not None:
            told = persons if is_personal else data
            told[name] = _readable(value) if is_time else value
    return data, persons


def _readable(value: Any) -> Any:
    """Times as RFC 3339: an instant, several, or escalation steps with theirs."""
    if isinstance(value, int):
        return show(value)
    return [{"step": each.step, "at": show(each.at)} if isinstance(each, PendingStep) else show(each) for each in value]


class _Field(NamedTuple):
    name: str
    is_time: bool
    is_personal: bool


_known: dict[type[Event], list[_Field]] = {}


def _fields(kind: type[Event]) -> list[_Field]:
    known = _known.get(kind)
    if known is None:
        hints = get_type_hints(kind, include_extras=True)
        names = [field.name for field in fields(kind)]
        known = _known[kind] = [_Field(name, _is_time(hints[name]), name in kind.PERSONAL) for name in names]
    return known


def _is_time(hint: Any) -> bool:
    return hint in (Instant, PendingStep) or any(
        _is_time(inner) for inner in get_args(hint) if inner not in (int, NoneType, ...) and not isinstance(inner, str)
    )
