"""The simulated world of one run, put together."""

from collections import Counter
from functools import cache
from pathlib import Path

from tests.simulation.chance import chance
from tests.simulation.cluster import Cluster
from tests.simulation.faults import Fault
from tests.simulation.group import Group
from tests.simulation.history import History
from tests.simulation.lead import ShiftLead
from tests.simulation.log import Broker
from tests.simulation.loop import DAY, MILLISECOND, SECOND, Scheduler
from tests.simulation.network import Network
from tests.simulation.pager import Paged, Pager
from tests.simulation.plan import Setting
from tests.simulation.taking_in import TakingIn
from tests.simulation.ticketing import Ticketing
from tests.simulation.watch import Judge, Watch
from tests.simulation.worker import Build
from tests.simulation.workload import INPUTS, Publication

from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import AlertKind
from tocsin.engine.shard import Shard
from tocsin.messages.intake import Intake
from tocsin.messages.record import Output, PipelineStep, Record, Topic
from tocsin.streams.core.port import Source
from tocsin.tenants.directory import TenantDirectory

_PER_INBOX = (Topic.INBOX, Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS, Topic.TENANTS)


@cache
def tenants() -> TenantDirectory:
    """The tenants of the simulated SOC."""
    return TenantDirectory.from_file(Path(__file__).with_name("tenants.toml"), ContractLibrary.load(None), "esentire")


class Bench:
    """Brokers, network, group, workers and judges, as `setting` wants them and `seed` moves them."""

    def __init__(self, seed: int, setting: Setting, history: History) -> None:
        self.setting = setting
        self.history = history
        self.judged: Counter[str] = Counter()  # by the second oracle
        self.scheduler = Scheduler()
        history.watch(self.scheduler)
        self.broker = Broker(self.scheduler, chance("broker", seed), setting.begins)
        self.network = Network(self.scheduler, chance("network", seed))
        self.inboxes = [Source(Topic.INBOX, number) for number in range(setting.inbox_partitions)]
        self.inputs = [Source(topic, number) for topic in INPUTS for number in range(setting.input_partitions)]
        for topic in _PER_INBOX:
            self.broker.create(topic, setting.inbox_partitions)
        for topic in (*INPUTS, Topic.DEAD_LETTERS):
            self.broker.create(topic, setting.input_partitions)
        random = chance("workers", seed)
        group = Group(self.scheduler, random, self.network, [*self.inboxes, *self.inputs])
        build = Build(
            self.make_step, setting.heartbeat, static=setting.static, epoch=setting.begins / 1000, note=history.note
        )
        self.cluster = Cluster(self.broker, self.network, group, random, build)
        self.lead = ShiftLead(chance("lead", seed), self._now, self._publish_later)
        self.pager = Pager(chance("pager", seed), self._now, self._publish_later)
        self.scheduler.at(0, self._beat)
        self._sound: dict[tuple[Source, int], bool] = {}
        self.ticketing = {
            source: Ticketing(Shard(source.partition, setting.window), _Around(self, source)) for source in self.inboxes
        }
        homes: dict[str, int | None] = {}
        self.taking_in = {source: TakingIn(self._is_sound, homes) for source in self.inputs}
        judges: dict[Source, Judge] = {**self.ticketing, **self.taking_in}
        self.watch = self.broker.witness = Watch(self.broker, judges)

    def make_step(self, source: Source) -> PipelineStep:
        """The step of a partition, as `tocsin.streams.core.pipeline.pipeline` makes it."""
        if source.topic is Topic.INBOX:
            return Shard(source.partition, self.setting.window)
        return Intake(tenants(), self.setting.inbox_partitions)

    def _now(self) -> Instant:
        return self.setting.begins + self.scheduler.now // MILLISECOND

    def _publish_later(self, publication: Publication, delay: int) -> None:
        self.scheduler.after(delay, self.publish, publication)

    def _beat(self) -> None:
        """The notify beats, as long as there is something to be judged."""
        wait = self.pager.beats()
        if self.scheduler.now + wait < self.setting.days * DAY:
            self.scheduler.after(wait, self._beat)

    def publish(self, publication: Publication) -> None:
        """A gateway publishes it, as soon as there is a broker."""
        if not self.network.up:
            self.scheduler.after(SECOND, self.publish, publication)
            return
        source = Source(publication.topic, int(publication.lot * self.setting.input_partitions))
        output = Output(publication.topic, source.partition, None, publication.value, self.broker.clock(source))
        offset = self.broker.append(source, output).offset
        self._sound[source, offset] = publication.accepted
        self.history.note(publication.told)

    def _is_sound(self, record: Record) -> bool:
        return self._sound[Source(record.topic, record.partition), record.offset]

    def strike(self, fault: Fault) -> None:
        """Let `fault` happen."""
        for judge in self.ticketing.values():
            judge.look_at_clock()
        self.history.note(fault.told)
        self.cluster.strike(fault)

    def quiet(self) -> bool:
        """Whether everything that was written has been applied."""
        positions = self.watch.positions
        return all(self.broker.partitions[source].is_done(position) for source, position in positions.items())

    def counts(self) -> Counter[str]:
        """How much was looked at, and how much went wrong."""
        return (
            Counter(
                inputs=sum(judge.inputs for judge in self.taking_in.values()),
                alerts=sum(len(judge.alerts) for judge in self.ticketing.values()),
                transactions=self.watch.transactions,
                takeovers=self.watch.openings,
                punctual=sum(judge.punctual for judge in self.ticketing.values()),
            )
            + self.judged
            + self.cluster.tally
            + self.broker.tally
        )

    def end(self) -> None:
        """Unwind what is left of the workers."""
        for worker in self.cluster.workers.values():
            worker.process.bury()


class _Around:
    """See `tests.simulation.ticketing.Surroundings`."""

    def __init__(self, bench: Bench, source: Source) -> None:
        self._bench = bench
        self._source = source

    def clock(self) -> Instant:
        return self._bench.broker.clock(self._source)

    def now(self) -> int:
        return self._bench.scheduler.now

    def calm_since(self) -> Instant | None:
        calm_since = self._bench.cluster.calm_since()
        if calm_since is None:
            return None
        heartbeat = round(self._bench.setting.heartbeat * SECOND)  # until each partition has been ticked once more
        return self.clock() + (calm_since + heartbeat + SECOND - self._bench.scheduler.now) // MILLISECOND

    def hears(self, kind: str, alert: str, tenant: str, ticket: str | None, incident: str) -> None:
        self._bench.lead.hears(kind, tenant, ticket, incident)
        if kind == AlertKind.ESCALATED and ticket is not None:
            self._bench.pager.hears(Paged(alert, tenant, ticket, incident))

    def record_at(self, position: int) -> Record:
        records, _ = self._bench.broker.partitions[self._source].read(position, 1)
        return records[0]
