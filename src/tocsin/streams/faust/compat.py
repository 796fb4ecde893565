"""Everything that is reached in Faust and mode by a private name. Nothing else in Tocsin does that.

Their private hooks become public methods of the base classes here. The names were looked up in the versions of `SEEN`.
What is private in aiokafka is in `tocsin.streams.kafka.compat`, which the command line imports; Faust would triple its
start.
"""

import logging
from collections.abc import Mapping
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

SEEN = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1"}

FAUST_LOG = logging.getLogger("faust.tocsin")
"""Logger for what Faust says of these classes: it is not our log."""


class ConsumerThreadBase(driver.AIOKafkaConsumerThread):
    """The thread of the group's consumer: `make_consumer` and `fetch` are what a subclass says."""

    logger = FAUST_LOG
    app: Any  # tocsin.streams.faust.app.App
    consumer: Any

    def __post_init__(self) -> None:
        """Called by the base class, whose `__init__` has more arguments than we care for."""
        super().__post_init__()
        self.prepare()

    def prepare(self) -> None:
        """Make what the thread needs."""

    def make_consumer(self) -> AIOKafkaConsumer:
        """The consumer. Faust's own reads `read_uncommitted`."""
        raise NotImplementedError

    async def fetch(self, consumer: AIOKafkaConsumer, active: Any, timeout: float | None) -> Any:  # noqa: ASYNC109 - Faust's
        """Messages for the partitions `active`, as Faust gets them."""
        raise NotImplementedError

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        return self.make_consumer()

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's signature
        max_records: int | None = None,
    ) -> Any:
        self._records_max = max_records
        return await self.fetch(consumer, active_partitions, timeout)

    async def fetch_records(self, consumer: AIOKafkaConsumer, active: Any, timeout: float | None) -> Mapping[Any, Any]:  # noqa: ASYNC109 - as above
        """The records as Faust would fetch them: its interruptible wait has no public name."""
        return await super()._fetch_records(consumer, active, timeout, self._records_max)

    @property
    def aiokafka(self) -> AIOKafkaConsumer:
        """The consumer, for this thread alone. Raises where it was not started."""
        return self._ensure_consumer()

    @property
    def aiokafka_or_none(self) -> AIOKafkaConsumer | None:
        """The consumer; None where it was not started."""
        return self._consumer

    def forget_read_offset(self, topic: str, partition: int) -> None:
        """Let records before the last one that was handed over come again: Faust would drop them."""
        self.consumer._read_offset[TP(topic, partition)] = None


class ConsumerBase(driver.Consumer):
    """The consumer in Faust's main loop."""

    logger = FAUST_LOG
    app: Any  # tocsin.streams.faust.app.App

    def make_thread(self) -> ConsumerThreadBase:
        """The thread that reads. Faust's own is not ours."""
        raise NotImplementedError

    def _new_consumer_thread(self) -> ConsumerThreadBase:
        return self.make_thread()

    async def next_records(self, timeout: float) -> Mapping[Any, Any]:  # noqa: ASYNC109 - Faust's signature
        """Messages that the thread has fetched. It waits as Faust does, which has no public name."""
        fetched, _ = await self._wait_next_records(timeout)
        return fetched or {}

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: FBT001, FBT002 - Faust's signature
        """Nothing: offsets are committed by the lanes."""
        return False

    async def _commit(self, offsets: Any) -> bool:
        return False


class AppBase(faust.App):
    """The application: `failed_for_good` is told when a service of Faust has failed for good."""

    logger = FAUST_LOG

    def failed_for_good(self, reason: BaseException) -> None:
        """Faust would go on to stop, and may hang in that."""

    async def subscribe(self, channel: Any, topics: list[str]) -> None:
        """Let the agent of `channel` read `topics` from now on. Faust itself would wait 45 s."""
        conductor: Any = self.topics
        for each in [each for each in conductor._topics if each.topics == channel.topics]:  # the agent's copies of it
            each.topics = tuple(topics)
        channel.topics = tuple(topics)
        await self.consumer.subscribe(await conductor._update_indices())

    def _crash(self, reason: BaseException) -> None:
        super()._crash(reason)
        self.failed_for_good(reason)

    def _create_directories(self) -> None:
        """Nothing: without tables there is nothing to be kept on disk."""


class NoTables(TableManager):
    """Faust waits a second for tables at every start; there are none."""

    logger = FAUST_LOG

    async def on_start(self) -> None:
        """Called by the base class."""
        await self._update_channels()
        await self.recovery.start()


class NoProducer(BootStrategy):
    """Lanes have producers of their own; Faust's would speak to brokers in a way of its own."""

    enable_kafka_producer = False
