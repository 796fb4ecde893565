"""The work of a sink's lane: what goes there, in pairs of trigger and resolve, and what is written down of it."""

import asyncio
from collections.abc import Iterable

import msgspec
import structlog

from tocsin.notify.alert import Place, Received
from tocsin.notify.counts import Counts
from tocsin.notify.delivery import Delivered, Delivery, GaveUp
from tocsin.notify.memory import Memory
from tocsin.notify.model import SinkSpec
from tocsin.notify.receipts import ACCEPTED, ATTEMPTED, FAILED, Publisher, Receipt, ReceiptData, feed_receipt
from tocsin.notify.rereading import Rereader
from tocsin.notify.routes import FOLLOWING, Routes, follows
from tocsin.notify.sinks.base import KeepingSink, Sink
from tocsin.notify.withholding import withheld

_STRANGE_SECONDS = 5.0

_log = structlog.get_logger()


class Feed:
    """See `tocsin.notify.work.Work`."""

    def __init__(  # noqa: PLR0913 - what it works with, by name
        self,
        name: str,
        spec: SinkSpec,
        sink: Sink,
        *,
        routes: Routes,
        memory: Memory,
        publisher: Publisher,
        rereader: Rereader,
        counts: Counts,
    ) -> None:
        self.name = name
        self.limit = spec.waiting
        self._page = spec.pages
        self._tlp_max = spec.tlp_max
        self._routes = routes
        self._memory = memory
        self._publisher = publisher
        self._rereader = rereader
        self._counts = counts
        self._actions = sink.actions
        self._keeping: KeepingSink | None = sink if isinstance(sink, KeepingSink) else None
        self._partitions: set[int] = set()
        if self._keeping is not None:
            memory.keep_ended(name)
        self._delivery = Delivery(sink, spec, self._write_attempt if spec.pages else None)

    async def attend(self) -> None:
        """See to digests, and to what is open at a sink that forgets, without an end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._delivery.send_digests())
            if self._keeping is not None:
                group.create_task(self._keeping.tend())
                group.create_task(self._learn_of_strangers(self._keeping))

    async def begin(self, partitions: Iterable[int]) -> None:
        """See `Work`. A sink that forgets is told again what is open."""
        self._partitions.update(partitions)
        if self._keeping is not None:
            places = [place for each in partitions for place in self._memory.open_triggers(self.name, each)]
            await self._restore(self._keeping, places)

    def end(self, partition: int) -> None:
        """See `Work`."""
        self._partitions.discard(partition)
        if self._keeping is not None:
            self._keeping.release(partition)

    async def _learn_of_strangers(self, keeping: KeepingSink) -> None:
        """What `tocsin notify redrive` has sent of our partitions, or who had them before, is open or over."""
        while True:
            await asyncio.sleep(_STRANGE_SECONDS)
            if places := self._memory.take_strange(self.name):
                await self._restore(keeping, places)
            await keeping.end(self._memory.take_ended(self.name))

    async def _restore(self, keeping: KeepingSink, places: Iterable[Place]) -> None:
        """Those of our partitions are open there; of the others we would not hear that they are over."""
        found = await self._rereader.read([each for each in places if each.partition in self._partitions])
        keeping.restore(
            withheld(each, self._tlp_max)
            for each in found  # it may have ended, or become another's, while it was read
            if each.place.partition in self._partitions and self._memory.is_open(self.name, each.alert.data.dedup_key)
        )

    def wants(self, received: Received) -> bool:
        """Returns whether the alert goes to this sink: by the routes, or because its incident is open there."""
        content = received.alert.data
        if content.action not in self._actions:
            return False
        if follows(content) and self._memory.is_open(self.name, content.dedup_key):
            return True
        return content.action not in FOLLOWING and self.name in self._routes.destination(content).sinks

    def sequence(self, received: Received) -> str:
        """See `Work`: the order of an incident is kept."""
        return received.alert.data.dedup_key

    def hear(self, received: Received) -> None:
        """See `Work`: nothing is to be known before its turn."""

    def owed(self, received: Received) -> bool:
        """See `Work`."""
        return True

    async def handle(self, received: Received) -> None:
        """See `Work`."""
        if not self.wants(received):
            return
        try:
            delivered = await self._delivery.deliver(received)
        except GaveUp as error:
            await self._write_failure(received, error)
        else:
            await self._write_success(received, delivered)

    async def _write_attempt(self, received: Received, attempt: int) -> None:
        """Only the first: while a service is down for hours its attempts would fill the log."""
        if attempt > 1:
            return
        await self._write(ATTEMPTED, received, feed_receipt(received, self.name, attempt, page=self._page))

    async def _write_success(self, received: Received, delivered: Delivered) -> None:
        attempt, digest = delivered
        receipt = feed_receipt(received, self.name, attempt, page=self._page, digest=digest)
        await self._write(ACCEPTED, received, receipt)
        self._counts.delivered(self.name, received, digest=digest)

    async def _write_failure(self, received: Received, gave_up: GaveUp) -> None:
        error = gave_up.error
        receipt = feed_receipt(received, self.name, gave_up.attempt, page=self._page, digest=gave_up.digest)
        lost = msgspec.structs.replace(receipt, reason=str(error.reason), detail=error.detail, ways_left=0)
        await self._write(FAILED, received, lost)
        self._counts.failed(self.name, error.reason)
        _log.error("given_up", sink=self.name, alert=received.alert.id, reason=str(error.reason), detail=error.detail)

    async def _write(self, kind: str, received: Received, data: ReceiptData) -> None:
        tenant = received.alert.data.tenant
        await self._publisher.put(kind, tenant, data)
        self._memory.note(Receipt(kind, self._publisher.source, tenant, data))
