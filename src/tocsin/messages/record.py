"""Kafka records in and out of the pure steps of the pipeline, free of any client library."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

import msgspec

from tocsin.domain.instant import Instant

Headers = tuple[tuple[str, bytes | None], ...]
"""Names and values in their order; a name may occur several times, and a value may be null."""

VALUE_BYTES = 524_288
"""The largest value of an input that is taken, unless the settings say otherwise."""

HEADER_PREFIX = "tocsin-"
"""Our own headers begin so. A dead letter keeps none of a sender's that do."""


class Topic(StrEnum):
    """The topics by their default names; the settings may put another prefix in place of `soc.`."""

    holds: str
    """The content, in one line."""

    key: str
    """The key of its records."""

    by_worker: bool
    """The worker writes it. The others are input: strangers write to them, intake reads them."""

    def __new__(cls, name: str, holds: str = "", key: str = "") -> Self:
        """The member for the topic `name`; without a `key`, which only what the worker writes has, it is input."""
        topic = str.__new__(cls, name)
        topic._value_ = name
        topic.holds = holds
        topic.key = key or "any"
        topic.by_worker = bool(key)
        return topic

    SECURITY_EVENTS = (
        "soc.security-events",
        "Detections: our own schema, or a sensor's own format (docs/formats.md)",
    )
    CALLS = "soc.calls", "Calls received and placed"
    EMAILS = "soc.emails", "Mail received and sent: our own schema, or raw RFC 5322"
    SENT = "soc.sent", "Calls and mail of ours alone, as on soc.calls and soc.emails; where `sent_topic` is set"
    DESK = "soc.desk", "What analysts, the portal and the command line say"
    DELIVERIES = "soc.deliveries", "What became of alerts on their way to people, as tocsin notify alone says"
    INBOX = "soc.inbox", "The log: every accepted input, ticks, adoptions", "tenant"
    TICKET_EVENTS = "soc.ticket-events", "The journal: what was decided, hash-chained", "ticket"
    ALERTS = "soc.alerts", "Alerts, for paging systems and people", "ticket"
    TICKETS = "soc.tickets", "State of each ticket; a restart restores from it", "ticket"
    TENANTS = (
        "soc.tenants",
        "State of tenants, callers and partitions",
        "tenant/NAME, caller/NAME/NUMBER, redriven/NAME/DIGEST, contract/HASH or partition/N",
    )
    DEAD_LETTERS = "soc.dead-letters", "Input that could not be accepted, as it came", "original"


INPUT_TOPICS = tuple(topic for topic in Topic if not topic.by_worker)
"""The topics that strangers write to and intake reads."""

OURS_ALONE = (Topic.SENT, Topic.DELIVERIES)
"""Those of them that no client has one of, and no gateway takes messages for from whoever it lets in."""

RAW_MAIL = (Topic.EMAILS, Topic.SENT)
"""Those of them that take raw mail."""


def name_of(topic: Topic, own: str) -> str:
    """The default name of a topic. `own` is the rest of the name of a tenant's own topic; empty for a common one."""
    return f"{topic}.{own}" if own else str(topic)


def split_name(name: str) -> tuple[Topic, str]:
    """The topic and `own` of a default name: `soc.calls.acme` is the calls of `acme`. Raises `ValueError`."""
    for topic in INPUT_TOPICS:
        if (own := name.removeprefix(f"{topic}.")) not in ("", name):
            return topic, own
    return Topic(name), ""


class Record(NamedTuple):
    """A record as it was read. `timestamp` is the broker's stamp where the topic is `LogAppendTime`.

    `own` is the rest of the topic's name where the topic belongs to a tenant; see `name_of`.
    """

    topic: Topic
    partition: int
    offset: int
    timestamp: Instant
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    own: str = ""

    @property
    def name(self) -> str:
        """The default name of its topic."""
        return name_of(self.topic, self.own)


class Output(msgspec.Struct, frozen=True, gc=False):  # a named tuple takes four times as long to make
    """A record to be written. `partition` None means: chosen by the key, as every Kafka client does."""

    topic: Topic
    partition: int | None
    key: bytes | None
    value: bytes | None
    timestamp: Instant
    headers: Headers = ()


class Chunk(NamedTuple):
    """Outputs that belong into one transaction, with the input offset that is committed with them."""

    outputs: list[Output]
    position: int


class PipelineStep(Protocol):
    """A pure step of the pipeline: intake of an input partition, or the fold over an inbox partition."""

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """Apply `records` in order. Each chunk must be committed before the next one is asked for.

        A chunk may end within a record (a tick that fires many timers): then `position` is that record's own
        offset, and after a restart the record is applied again to the state that the chunk has saved. Or several end
        with one record: what follows from it is in the later ones, and comes first after a restart in between.
        """
        ...
