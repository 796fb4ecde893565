"""Statistics of a worker. They are computed when somebody asks, so that records cost nothing more."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import structlog

from tocsin.domain.contract.attainment import Measure
from tocsin.domain.instant import SECOND
from tocsin.domain.vocabulary import Priority, Stage
from tocsin.engine.shard import Shard
from tocsin.messages.intake import Intake
from tocsin.messages.record import PipelineStep, Topic
from tocsin.settings import Settings
from tocsin.streams.core.adoptions import Adoptions, hint
from tocsin.streams.core.lane import Lane
from tocsin.streams.core.port import Source
from tocsin.streams.core.promise_stats import PromiseStats
from tocsin.streams.core.shell import Shell
from tocsin.streams.core.timings import Timings

OUTCOMES = ("taken_in", "opened", "joined", "noted", "repeated")
"""Outcomes of a record: intake takes it in; in the inbox it opens a ticket, joins one, or neither."""


_log = structlog.get_logger()


class Host(Protocol):
    """The running worker, of which `Stats` tell."""

    @property
    def shell(self) -> Shell:
        """The lanes that the worker owns."""

    @property
    def leaving(self) -> bool:
        """Returns whether it is stopping."""

    def unread(self, topic: str, partition: int) -> int | None:
        """Number of offsets that the broker has beyond the last read one; None while unknown."""

    def silence(self) -> float:
        """Seconds since a broker has last answered a fetch."""


class Stats:
    """Tell of the lanes of a worker. Counts go on over the steps that were let go, so that they never fall.

    A step that is discarded because its transaction is in doubt may have counted what is then counted again.
    """

    def __init__(
        self,
        settings: Settings,
        adoptions: Adoptions | None = None,
        further_problems: Callable[[], Sequence[str]] = lambda: (),
        certificates: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        """`further_problems` are told beside those of the lanes, and when each of the `certificates` expires."""
        self._settings = settings
        self._adoptions = adoptions
        self._further_problems = further_problems
        self.certificates = certificates
        """When each certificate expires, in seconds since 1970."""
        self._outdated_said: Counter[str] | None = None
        self._host: Host | None = None
        self._inbox_partitions = 0
        self._alerts: Counter[str] = Counter()
        self._records: Counter[str] = Counter()
        self._dead_letters: Counter[str] = Counter()
        self._ignored: Counter[str] = Counter()
        self._clock_jumps = 0
        self.timings = Timings()
        """How long folds, transactions and takeovers take, and how late alerts are."""
        self.promises = PromiseStats(lambda: self._shell, settings.metrics_urgent)
        """The promises that are owed."""

    def watch(self, host: Host, inbox_partitions: int) -> None:
        """Tell of this worker from now on. The inbox has so many partitions."""
        self._host = host
        self._inbox_partitions = inbox_partitions

    def retire(self, step: PipelineStep) -> None:
        """Keep what `step` has counted: it is let go."""
        self._alerts += _alerts(step)
        self._records += _records(step)
        self._dead_letters += _dead_letters(step)
        self._ignored += _ignored(step)

    @property
    def alerts(self) -> Counter[str]:
        """Alerts published, by kind."""
        return sum(map(_alerts, self._steps()), self._alerts.copy())

    @property
    def records(self) -> Counter[str]:
        """Records by what became of them: taken in by intake; in the inbox opened, joined, noted or repeated."""
        return sum(map(_records, self._steps()), self._records.copy())

    @property
    def dead_letters(self) -> Counter[str]:
        """Inputs that could not be accepted, by reason."""
        return sum(map(_dead_letters, self._steps()), self._dead_letters.copy())

    @property
    def ignored(self) -> Counter[str]:
        """Inputs that need no answer, by kind."""
        return sum(map(_ignored, self._steps()), self._ignored.copy())

    def open_tickets(self) -> Counter[tuple[str, Priority, Stage]]:
        """Open tickets by tenant, priority and stage."""
        counts: Counter[tuple[str, Priority, Stage]] = Counter()
        for step in self._steps():
            if isinstance(step, Shard):
                counts.update(step.open_tickets())
        return counts

    def attainment(self) -> Counter[tuple[str, ...]]:
        """Judged promises that stand, of this month and the last one.

        By tenant, plan, objective, priority, month, rule, measure and outcome.
        """
        counts: Counter[tuple[str, ...]] = Counter()
        for tenant, _, month in self.promises.months():
            measure = "" if month.measure is Measure.SHARE else month.measure
            name = (tenant.name, month.plan, month.objective, month.priority, month.month, month.rule, measure)
            counts[(*name, "met")], counts[(*name, "missed")] = month.met, month.missed
        return counts

    def outdated_contracts(self) -> Counter[str]:
        """Tenants of this worker's partitions that have adopted something else than the files say; see `Adoptions`."""
        if self._adoptions is None:
            return Counter()
        shards = (step for step in self._steps() if isinstance(step, Shard))
        return self._adoptions.outdated(tenant for shard in shards for tenant in shard.tenants())

    def note_joined(self) -> None:
        """Log which tenants have adopted something else than the files say, where it is news."""
        outdated = +self.outdated_contracts()
        if outdated != self._outdated_said and (said := hint(outdated)) is not None:
            _log.warning("contracts_not_adopted", hint=said)
        self._outdated_said = outdated

    def hints(self) -> list[str]:
        """Sentences about what an operator may have overlooked; the worker does its work all the same."""
        said = hint(self.outdated_contracts())
        return [] if said is None else [said]

    def seconds_to_next_deadline(self) -> Mapping[str, float]:
        """By objective, by the inbox's own time; below 0 when it has come and the log has not got there yet."""
        seconds: dict[str, float] = {}
        for source, keeper in self._shell.timekeepers.items():
            lane = self._shell.lanes[source]
            if keeper.now is None or not lane.ready or not isinstance(lane.step, Shard):
                continue
            for objective, deadline in lane.step.deadlines.next_deadlines().items():
                left = (deadline - keeper.now) / SECOND
                seconds[objective] = min(left, seconds.get(objective, left))
        return seconds

    def oldest_overdue_seconds(self) -> float:
        """Since when the oldest deadline has come that has not been fired."""
        return max((keeper.overdue for keeper in self._shell.timekeepers.values()), default=0.0)

    def lag(self) -> Iterator[tuple[str, int, int]]:
        """Topic, partition, and how many offsets of it have not been applied."""
        for source, lane in self._shell.lanes.items():
            topic = self._settings.topic(source.topic, source.own)
            unread = self._worker.unread(topic, source.partition)
            if unread is not None:
                yield topic, source.partition, unread + lane.waiting

    def owned(self) -> Mapping[str, int]:
        """Partitions that this worker has taken over, by topic.

        Not those that it is taking over again, nor those of the inbox whose clock stands still.
        """
        name = self._settings.topic
        still = self._standing_still()
        held = (source for source, lane in self._shell.lanes.items() if lane.ready and source not in still)
        ready = Counter(name(source.topic, source.own) for source in held)
        return dict.fromkeys(map(name, (*self._settings.input_topics, Topic.INBOX)), 0) | ready

    def inbox_partitions(self) -> Mapping[str, int]:
        """Number of partitions of the inbox, by its name. All workers together must own as many."""
        return {self._settings.topic(Topic.INBOX): self._inbox_partitions}

    def halted(self) -> Iterator[tuple[str, int]]:
        """Topic and partition of the lanes that stand still until somebody has looked."""
        for source, lane in self._shell.lanes.items():
            if lane.halted is not None:
                yield self._settings.topic(source.topic, source.own), source.partition

    def count_clock_jump(self) -> None:
        """A broker's stamps have jumped against the monotonic clock."""
        self._clock_jumps += 1

    def clock_jumps(self) -> int:
        """Number of jumps of a broker's stamps against the monotonic clock."""
        return self._clock_jumps

    def late_alerts(self) -> int:
        """Number of alerts that were published more than a second after their time."""
        return self.timings.late_alerts

    def problems(self) -> list[str]:
        """Reasons why the worker is not ready; empty when it is."""
        if self._host is None or self._host.leaving:
            return ["the worker is starting or leaving"]
        if not self._shell.joined:
            return ["the worker has not joined the group, or is taking its partitions over"]
        problems = [problem for lane in self._shell.lanes.values() for problem in _lane_problems(lane)]
        problems += [
            f"the clock of {it} stands still: no broker has taken its last tick" for it in self._standing_still()
        ]
        silence = self._host.silence() if self._shell.lanes else 0.0
        if silence > self._settings.session_timeout:
            problems.append(f"no broker has answered for {silence:.0f} s")
        return [*problems, *self._further_problems()]

    @property
    def _worker(self) -> Host:
        if self._host is None:
            raise RuntimeError("there is no worker to tell of")
        return self._host

    @property
    def _shell(self) -> Shell:
        return self._worker.shell

    def _standing_still(self) -> list[Source]:
        return [source for source, keeper in self._shell.timekeepers.items() if keeper.stands_still]

    def _steps(self) -> Iterator[PipelineStep]:
        return (lane.step for lane in self._shell.lanes.values() if lane.ready)


def _lane_problems(lane: Lane) -> Iterator[str]:
    if lane.halted is not None:
        yield f"{lane.source} is halted: {lane.halted}"
    elif not lane.ready:
        yield f"{lane.source} is being taken over again"


def _alerts(step: PipelineStep) -> Counter[str]:
    return Counter(step.counters.alerts) if isinstance(step, Shard) else Counter()


def _records(step: PipelineStep) -> Counter[str]:
    if isinstance(step, Intake):
        return Counter(taken_in=step.accepted)
    if not isinstance(step, Shard):
        return Counter()
    counted = step.counters
    return Counter(
        opened=counted.tickets_opened, joined=counted.joined, noted=counted.noted, repeated=counted.duplicates
    )


def _dead_letters(step: PipelineStep) -> Counter[str]:
    return Counter(step.dead_letters) if isinstance(step, Intake) else Counter()


def _ignored(step: PipelineStep) -> Counter[str]:
    return Counter(step.ignored) if isinstance(step, Intake) else Counter()
