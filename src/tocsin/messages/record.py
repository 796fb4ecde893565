"""What travels: Kafka records in and out of the pure stages, free of any client library."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from tocsin.domain.instant import Instant

Headers = tuple[tuple[str, bytes], ...]


class Topic(StrEnum):
    """The topics by their default names; the settings may put another prefix in place of `soc.`."""

    SECURITY_EVENTS = "soc.security-events"
    CALLS = "soc.calls"
    EMAILS = "soc.emails"
    DESK = "soc.desk"
    INBOX = "soc.inbox"
    TICKET_EVENTS = "soc.ticket-events"
    ALERTS = "soc.alerts"
    TICKETS = "soc.tickets"
    TENANTS = "soc.tenants"
    DEAD_LETTERS = "soc.dead-letters"


INPUT_TOPICS = (Topic.SECURITY_EVENTS, Topic.CALLS, Topic.EMAILS, Topic.DESK)
"""What strangers write to; intake reads these."""


class Record(NamedTuple):
    """A record as it was read. `timestamp` is the broker's stamp where the topic is `LogAppendTime`."""

    topic: Topic
    partition: int
    offset: int
    timestamp: Instant
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


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
        offset, and after a restart the record is applied again to the state that the chunk has saved.
        """
        ...
