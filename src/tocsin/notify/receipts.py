"""Receipts: what became of each alert, written to `soc.deliveries`. Whoever starts later remembers by them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tocsin.client.connection import connected, partitions_of
from tocsin.domain.commands.deliveries import (
    DeliveryAccepted,
    DeliveryAnswered,
    DeliveryAttempted,
    DeliveryFailed,
    NotifyAlive,
)
from tocsin.domain.decide.decision import derived_id
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.harmless import harmless
from tocsin.messages.record import Topic
from tocsin.notify.alert import Place, Received
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.refusals import lacking_rights

ATTEMPTED = DeliveryAttempted.TYPE
ACCEPTED = DeliveryAccepted.TYPE
FAILED = DeliveryFailed.TYPE
ANSWERED = DeliveryAnswered.TYPE
ALIVE = NotifyAlive.TYPE

HOME = "unassigned"
"""The tenant of the heartbeats: it is always there."""

_AGAIN_SECONDS = 1.0
_BEAT_SECONDS_MAX = 86_400
_DETAIL_LENGTH_MAX = 300

_log = structlog.get_logger()


class ReceiptData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of a receipt. `lane`, `action`, `partition` and `offset` are for notify's own memory.

    `way` names sink and address without telling the address; `attempt` counts from 1; `page`: a person is reached this
    way; `ways_left` 0: nobody received the page, and nothing is left to try.
    """

    alert: str
    dedup_key: str
    ticket: str | None
    sink: str
    way: str
    lane: str
    action: str
    partition: int
    offset: int
    attempt: int
    page: bool
    person: str | None = None
    role: str | None = None
    roster: str | None = None
    digest: bool = False
    reason: str | None = None
    detail: str | None = None
    ways_left: int | None = None
    by: str | None = None

    @property
    def place(self) -> Place:
        """Where the alert stands on `soc.alerts`."""
        return Place(self.partition, self.offset)


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    specversion: str = "1.0"
    id: str
    source: str
    type: str
    tenant: str
    datacontenttype: str = "application/json"
    data: ReceiptData


class _Beat(msgspec.Struct, frozen=True):
    name: str
    next_within_seconds: int | None


class _BeatEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    specversion: str = "1.0"
    id: str
    source: str
    type: str = ALIVE
    tenant: str = HOME
    datacontenttype: str = "application/json"
    data: _Beat


class Receipt(NamedTuple):
    """A receipt as it was read: its type, who wrote it, and its content."""

    type: str
    source: str
    tenant: str
    data: ReceiptData


def may_have_been_taken(receipt: Receipt) -> bool:
    """Returns whether a delivery was given up of which nobody knows if it arrived."""
    return receipt.type == FAILED and receipt.data.reason == DeliveryFailure.TIMED_OUT


_receipts = msgspec.json.Decoder(_Envelope)
_beats = msgspec.json.Decoder(_BeatEnvelope)
_KINDS = (ATTEMPTED, ACCEPTED, FAILED, ANSWERED)


def read_receipt(value: bytes | None) -> Receipt | None:
    """The receipt in `value`; None for a heartbeat, and for what notify has not written."""
    try:
        found = _receipts.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return None
    return Receipt(found.type, found.source, found.tenant, found.data) if found.type in _KINDS else None


def read_beat(value: bytes | None) -> tuple[str, int | None] | None:
    """Name and promised seconds of a heartbeat (None: it stops for good); None for anything else."""
    try:
        found = _beats.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return None
    return (found.data.name, found.data.next_within_seconds) if found.type == ALIVE else None


def feed_receipt(received: Received, sink: str, attempt: int, *, page: bool, digest: bool = False) -> ReceiptData:
    """What is common to the receipts about `received` at the feed `sink`."""
    content = received.alert.data
    return ReceiptData(
        alert=received.alert.id,
        dedup_key=content.dedup_key,
        ticket=content.ticket,
        sink=sink,
        way=sink,
        lane=sink,
        action=content.action,
        partition=received.place.partition,
        offset=received.place.offset,
        attempt=attempt,
        page=page,
        digest=digest,
    )


class Publisher:
    """Writes receipts and heartbeats. Each call returns when Kafka has confirmed, however long that takes.

    `speed`: how fast the inbox's time goes, by which heartbeats are missed; 1 but for a simulated shift.
    """

    def __init__(self, settings: Settings, producer: AIOKafkaProducer, source: str, speed: float = 1.0) -> None:
        self._topic = settings.topic(Topic.DELIVERIES)
        self._producer = producer
        self._beats = 0
        self._speed = speed
        self.source = source

    @classmethod
    @asynccontextmanager
    async def connected(cls, settings: Settings, source: str, speed: float = 1.0) -> AsyncIterator[Self]:
        """One that is connected; `source` names this process. Raises `ClientError`."""
        await partitions_of(settings, Topic.DELIVERIES)
        producer = AIOKafkaProducer(**client_options(settings), acks="all", linger_ms=5)
        async with connected(producer, settings):
            yield cls(settings, producer, source, speed)

    async def put(self, kind: str, tenant: str, data: ReceiptData) -> None:
        """Write down that `kind` (such as `ACCEPTED`) has become of an alert of `tenant`. A repeat changes nothing."""
        cut = msgspec.structs.replace(data, detail=data.detail and harmless(data.detail)[:_DETAIL_LENGTH_MAX])
        name = derived_id("|".join((cut.alert, cut.lane, cut.way, str(cut.attempt), kind)))
        await self._send(
            tenant, msgspec.json.encode(_Envelope(id=name, source=self.source, type=kind, tenant=tenant, data=cut))
        )

    async def beat(self, name: str, next_within_seconds: int | None) -> None:
        """Say that the lane of the group `name` makes progress, and will say so again; None: it stops for good."""
        self._beats += 1
        event = _BeatEnvelope(
            id=derived_id(f"{self.source}|{name}|{self._beats}"),
            source=self.source,
            data=_Beat(name, None if next_within_seconds is None else self._by_the_inbox(next_within_seconds)),
        )
        await self._send(HOME, msgspec.json.encode(event))

    def _by_the_inbox(self, seconds: int) -> int:
        return min(int(seconds * self._speed), _BEAT_SECONDS_MAX)

    async def _send(self, tenant: str, value: bytes) -> None:
        while True:
            try:
                await self._producer.send_and_wait(self._topic, value, tenant.encode())
            except KafkaError as error:
                if lacking_rights(error) is not None:
                    raise
                _log.warning("receipt_not_confirmed", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return
