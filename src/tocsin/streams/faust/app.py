"""The Faust application: who reads what. One consumer group, the input topics and the inbox."""

from collections.abc import Collection
from typing import Any

import structlog
from faust.types import StreamT

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import Batch, Source
from tocsin.streams.core.shell import Parts, Shell
from tocsin.streams.faust.compat import AppBase, NoProducer, NoTables
from tocsin.streams.faust.shutdown import Shutdown
from tocsin.streams.kafka.assignor import source_of
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.group import InstanceInUseError, instance_in_use

_POLL_RECORDS_MAX = 10_000  # one budget over all partitions: at 1,000 throughput halved
_BUFFERED_BATCHES_MAX = 4
_REBALANCE_SECONDS = 15.0
_NEVER_SECONDS = 30 * 86_400.0
"""Faust gives up a takeover after this, in silence. It takes as long as there is state to restore; see `Lane.take`."""

_log = structlog.get_logger()


class App(AppBase):
    """The host of a worker's shell. Faust's own web server, tables and commits are not used."""

    BootStrategy = NoProducer
    consumer: Any  # tocsin.streams.faust.transport.BatchConsumer

    def __init__(self, settings: Settings, parts: Parts, own_topics: Collection[str] = ()) -> None:
        """`own_topics` are those of tenants, by their names on the cluster; `read` changes them."""
        self.exit = Shutdown(settings)
        self.shell = Shell(parts, self.exit.die)
        self.exit.steps = (self.shell.release, self._leave_group)
        self.exit.explain = self.instance_in_use
        self.settings = settings
        self.client_options = client_options(settings)
        super().__init__(
            settings.app_id,
            broker=[f"tocsin://{address}" for address in settings.bootstrap.split(",")],
            store="memory://",
            TableManager=NoTables,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            stream_wait_empty=False,
            stream_recovery_delay=0,
            stream_buffer_maxsize=_BUFFERED_BATCHES_MAX,
            broker_max_poll_records=_POLL_RECORDS_MAX,
            broker_session_timeout=settings.session_timeout,
            broker_heartbeat_interval=settings.session_timeout / 6,
            broker_rebalance_timeout=_REBALANCE_SECONDS,
            broker_request_timeout=_NEVER_SECONDS,
            consumer_group_instance_id=settings.group_instance_id,
        )
        self._inputs = [settings.topic(topic) for topic in settings.input_topics]
        self._intake = self._agent("intake", [*self._inputs, *own_topics])
        self._agent("ticketing", [settings.topic(Topic.INBOX)])

    def _agent(self, name: str, topics: list[str]) -> Any:
        """The channel of an agent that reads `topics`."""
        # acks=False: Faust's own offset bookkeeping grows without bound where nothing is committed
        channel = self.topic(*topics, key_serializer="raw", value_serializer="raw", acks=False)
        self.agent(channel, name=name)(self._hand_over)
        return channel

    async def read(self, own_topics: Collection[str]) -> None:
        """Read these topics of tenants from now on. All partitions are let go, and the group assigns them anew."""
        if self.leaving:
            return
        _log.info("reading_topics_of_tenants", count=len(own_topics))
        try:
            # aiokafka drops the assignment first and tells of it afterwards, when Faust no longer stops the reading
            await self.consumer.on_partitions_revoked(self.consumer.assignment())
            await self.subscribe(self._intake, [*self._inputs, *own_topics])
        except Exception as error:
            self.exit.die(error)
            raise

    async def _hand_over(self, batches: StreamT[Batch]) -> None:
        """Body of each agent. Faust would log an agent's exception, ack the message and continue with the next."""
        async for batch in batches:
            try:
                self.shell.offer(batch)
            except Exception as error:
                self.exit.die(error)
                raise

    def source(self, tp: Any) -> Source:
        """The source that the partition `tp` of the cluster is."""
        return source_of(self.settings, tp)

    @property
    def leaving(self) -> bool:
        """See `tocsin.streams.core.stats.Host`."""
        return self.exit.leaving or bool(self.should_stop)

    def unread(self, topic: str, partition: int) -> int | None:
        """See `tocsin.streams.core.stats.Host`."""
        unread: int | None = self.consumer.unread(topic, partition)
        return unread

    def silence(self) -> float:
        """See `tocsin.streams.core.stats.Host`."""
        return float(self.consumer.silence())

    async def instance_in_use(self) -> InstanceInUseError | None:
        """The error that another process has joined under our `group_instance_id`; None where none has."""
        return await instance_in_use(self.settings, self.consumer.member)

    async def _leave_group(self) -> None:
        if self.settings.group_instance_id is None:  # a static member stays in the group until its session ends
            await self.consumer.leave()

    def failed_for_good(self, reason: BaseException) -> None:
        """Called by the base class when a service under it has failed for good."""
        self.exit.die(reason)
