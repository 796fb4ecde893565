"""Dead letters as they are read back: what was refused, and what it is when it is published again."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec

from tocsin.domain.instant import Instant
from tocsin.messages.record import HEADER_PREFIX, Headers, Record, Topic
from tocsin.messages.redriven import FIRST_REFUSED, REDRIVEN_FROM, Redriven, named, without_marks

_OF_THE_ARRAY = ("ce_", "content-type")
"""Beginnings of headers that describe a whole array, and none of its elements."""

_CUT = ("value", "key", "headers")
_TENANT = re.compile(r"[\x21-\x7e]{1,100}")

Place = tuple[int, int]
"""A partition and an offset of the topic of dead letters."""


class DeadLetter(NamedTuple):
    """A dead letter.

    `at` is when it was refused, `topic`, `origin_partition` and `origin_offset` where it stood then, `element` its
    place in an array there. `headers` are its sender's. `cut` are the parts of which only a beginning was kept, with
    what they had: bytes, or headers. `redriven_from` is where it first stood, and `first_refused` when that was
    refused, if this is another attempt.
    """

    partition: int
    offset: int
    at: Instant
    reason: str
    detail: str
    topic: str
    origin_partition: int
    origin_offset: int
    origin_at: Instant
    element: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    cut: Mapping[str, int]
    redriven_from: str
    first_refused: Instant

    @property
    def place(self) -> str:
        """Its place on the topic of dead letters, as people write it: `0/17`."""
        return f"{self.partition}/{self.offset}"

    @property
    def origin(self) -> str:
        """The place at which it stood: `soc.calls/0/17`, and that in an array behind it."""
        place = f"{self.topic}/{self.origin_partition}/{self.origin_offset}"
        return f"{place}/{self.element}" if self.element else place

    @property
    def root(self) -> str:
        """The place at which it first stood, before anybody published it again."""
        if not self.redriven_from:
            return self.origin
        if not self.element:
            return self.redriven_from
        within = self.redriven_from.count("/") > _SLASHES_OF_A_PLACE
        return f"{self.redriven_from}{'.' if within else '/'}{self.element}"

    @property
    def tenant(self) -> str | None:
        """The tenant that the message or its header names, if it can be read. Nobody has checked that."""
        told = dict(self.headers).get("tenant")
        claimed = told.decode(errors="replace") if told is not None else _tenant_in(self.value)
        return claimed if claimed and _TENANT.fullmatch(claimed) else None

    @property
    def obstacle(self) -> str | None:
        """A sentence why these bytes cannot be published again; None where they can."""
        if self.topic == Topic.DELIVERIES:
            return "What became of alerts is said by notify alone."
        if not self.value:
            return "It has no value: there is nothing to publish again."
        for part, size in self.cut.items():
            unit = "headers" if part == "headers" else "bytes"
            return f"Not all of its {part} was kept (it had {size} {unit}): publish it again from its source."
        return None


_SLASHES_OF_A_PLACE = 2


class _TenantMember(msgspec.Struct):
    tenant: str = ""


_decode_tenant = msgspec.json.Decoder(_TenantMember).decode


def read(record: Record) -> DeadLetter | None:
    """The dead letter in `record`; None for what intake has not written."""
    told = {name: (content or b"").decode("utf-8", "replace") for name, content in record.headers}
    told = {name.removeprefix(HEADER_PREFIX): text for name, text in told.items() if name.startswith(HEADER_PREFIX)}
    try:
        return DeadLetter(
            *(record.partition, record.offset, record.timestamp, told["reason"], told["detail"]),
            *(told["origin-topic"], int(told["origin-partition"]), int(told["origin-offset"])),
            int(told["origin-timestamp"]),
            told.get("origin-element", ""),
            *(record.key, record.value),
            _sent(record.headers, "origin-element" in told),
            {part: int(told[name]) for part in _CUT if (name := _cut_header(part)) in told},
            told.get(REDRIVEN_FROM.removeprefix(HEADER_PREFIX), ""),
            int(told.get(FIRST_REFUSED.removeprefix(HEADER_PREFIX), record.timestamp)),
        )
    except (KeyError, ValueError):
        return None


def once_more(letter: DeadLetter, value: bytes | None = None) -> Redriven:
    """The input that `letter` is when it is published again; with `value` in place of its own, an edited one."""
    return named(letter.root, letter.first_refused, letter.value or b"" if value is None else value, letter.headers)


class Wanted(NamedTuple):
    """The dead letters that are asked for; an empty collection asks for all.

    `topics` are default names. Refused from `start` on, and not after `until`.
    """

    reasons: Collection[str] = ()
    topics: Collection[str] = ()
    start: Instant = 0
    until: Instant = 2**62
    tenant: str | None = None
    places: Collection[Place] = ()

    def has(self, letter: DeadLetter) -> bool:
        """True if `letter` is one of them."""
        return (
            self.start <= letter.at <= self.until
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.topics or letter.topic in self.topics)
            and (not self.places or (letter.partition, letter.offset) in self.places)
            and self.tenant in (None, letter.tenant)
        )


def letters(records: Iterable[Record]) -> Iterable[DeadLetter]:
    """The dead letters among `records`."""
    return (letter for record in records if (letter := read(record)) is not None)


def _cut_header(part: str) -> str:
    return "truncated-from" if part == "value" else f"{part}-truncated-from"


def _sent(headers: Headers, of_element: bool) -> Headers:  # noqa: FBT001 - private, and called once
    sent = without_marks(headers)
    if not of_element:
        return sent
    return tuple(header for header in sent if not header[0].lower().startswith(_OF_THE_ARRAY))


def _tenant_in(value: bytes | None) -> str:
    try:
        return _decode_tenant(value or b"").tenant
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return ""
