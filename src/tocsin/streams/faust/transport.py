"""Faust's transport, by batches: an agent gets ONE message for each partition and fetch, carrying all its records.

Installed under the entry point group `faust.transports`, so that `tocsin://HOST:PORT` is a broker URL. It builds its
own consumer (`read_committed`) and commits nothing: offsets go into the lanes' transactions. A batch is handed over
only under a cursor that a takeover has set, and says which stretch of the log it covers; so a lane can prove that
nothing was lost or repeated on the way.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from faust.tables.recovery import RebalanceAgain
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from tocsin.streams.core.port import Batch
from tocsin.streams.core.shell import RevokedError
from tocsin.streams.faust.compat import ConsumerBase
from tocsin.streams.faust.consumer_thread import ConsumerThread


class BatchConsumer(ConsumerBase):
    """Hands batches to the conductor and partitions to the shell (`self.app.shell`)."""

    reader: ConsumerThread | None = None

    def make_thread(self) -> ConsumerThread:
        """The thread, which is also what the log asks."""
        self.app.shell.log.reader = self.reader = thread = ConsumerThread(self, loop=self.loop, beacon=self.beacon)
        return thread

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:  # noqa: ASYNC109 - Faust's signature
        """Called by Faust's fetcher: one message for each batch."""
        try:
            batches = await self.next_records(timeout)
        except Exception as error:
            if not (self.should_stop or self.app.should_stop):
                self.app.exit.die(error)
            raise
        for tp, batch in batches.items():
            if self.should_stop or not self.flow_active:
                return  # a revocation is under way: these batches are void
            yield tp, self._message(TP(*tp), batch)

    def _message(self, tp: TP, batch: Batch) -> ConsumerMessage:
        value: Any = batch  # Faust's own messages are bytes; "raw" lets anything pass
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            offset=batch.end - 1,
            timestamp=batch.records[-1].timestamp / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=value,
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """Called by Faust in its main loop after every assignment, before the flow resumes: the takeover.

        A `CancelledError` out of here would end Faust's recovery task in silence.
        """
        sources = {self.app.source(tp): tp for tp in self.assignment()}
        try:
            positions = await self.app.shell.take_over(sources)
        except RevokedError:
            raise RebalanceAgain from None
        return {sources[source]: position for source, position in positions.items()}

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Called in the main loop; aiokafka would log what is raised here, and go on."""
        try:
            await super().on_partitions_revoked(revoked)  # stops the flow and empties the agents' queues
            await self.app.shell.release()
        except Exception as error:  # noqa: BLE001 - see above
            self.app.exit.die(error)

    @property
    def member(self) -> str:
        """The id that the group gave this worker; empty before it has joined."""
        return "" if self.reader is None else self.reader.member

    async def leave(self) -> None:
        """Leave the group at once, which Faust has no way to do."""
        if self.reader is not None:
            await self.reader.leave()

    def unread(self, topic: str, partition: int) -> int | None:
        """Number of offsets that the broker has beyond the last read one; None while unknown."""
        return None if self.reader is None else self.reader.unread(topic, partition)

    def silence(self) -> float:
        """Seconds since a broker has last answered a fetch."""
        return 0.0 if self.reader is None else self.reader.silence()

    async def on_stop(self) -> None:
        """Called while the worker stops."""
        await self.app.shell.release()
        await super().on_stop()

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Nothing: that Faust has committed no offsets is no fault here."""


class Transport(driver.Transport):
    """`tocsin://HOST:PORT`."""

    Consumer = BatchConsumer
