"""The workers' machines: a supervisor that keeps workers running, and what befalls them."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tests.simulation.client import Client
from tests.simulation.faults import Fault, FaultKind
from tests.simulation.group import Group
from tests.simulation.log import MARKER_DELAY, Broker
from tests.simulation.loop import SECOND, Process, Scheduler
from tests.simulation.network import Network, Weather
from tests.simulation.verdict import require
from tests.simulation.worker import Build, Worker

from tocsin.streams.core.port import FencedError

EXPECTED = "nothing unexpected ends a worker"

_RESTART_MAX = 5 * SECOND
_SLOW_MARKERS = 3 * SECOND


class Machine:
    """Where a worker runs; its wall clock may be set or stand still."""

    def __init__(self, scheduler: Scheduler, epoch: float) -> None:
        self._scheduler = scheduler
        self._epoch = epoch
        self._ahead = 0.0
        self._stopped: float | None = None

    def wall(self) -> float:
        """Its wall clock, in seconds."""
        if self._stopped is not None:
            return self._stopped
        return self._epoch + self._scheduler.now / SECOND + self._ahead

    def set_clock(self, milliseconds: int) -> None:
        """Somebody sets it."""
        self._ahead += milliseconds / 1000

    def stop_clock(self) -> None:
        """It stands still."""
        self._stopped = self.wall()

    def start_clock(self) -> None:
        """It goes on from the right time."""
        self._stopped = None


class Cluster:
    """As many workers as there are slots, started again whenever one has ended."""

    def __init__(self, broker: Broker, network: Network, group: Group, random: Random, build: Build) -> None:
        self.workers: dict[int, Worker] = {}
        self.disturbed_until = 0
        self.tally: Counter[str] = Counter()  # how often what has struck
        self._broker = broker
        self._network = network
        self._scheduler = network.scheduler
        self._group = group
        self._random = random
        self._build = build
        self._machines: dict[int, Machine] = {}
        self._wanted: set[int] = set()
        self._incarnations = 0

    def machine(self, slot: int) -> Machine:
        """The machine of that worker."""
        return self._machines.setdefault(slot, Machine(self._scheduler, self._build.epoch))

    # ---- the supervisor

    def start(self, slot: int) -> None:
        """Keep a worker running there from now on."""
        self._wanted.add(slot)
        self._launch(slot)

    def stop(self, slot: int) -> None:
        """End the worker there in good order, and start no other."""
        self._wanted.discard(slot)
        if slot in self.workers:
            self.workers[slot].stop()

    def _launch(self, slot: int) -> None:
        if slot not in self._wanted or slot in self.workers:
            return
        self._incarnations += 1
        name = f"worker-{slot}.{self._incarnations}"
        process = Process(self._scheduler, name, self.machine(slot).wall)
        client = Client(process, self._network, self._broker)
        worker = Worker(
            f"worker-{slot}" if self._build.static else name, client, self._group, self._random, self._build
        )
        self._build.note(lambda: f"{name} starts")
        process.ended = lambda: self._has_ended(slot, worker)
        self.workers[slot] = worker

    def _has_ended(self, slot: int, worker: Worker) -> None:
        del self.workers[slot]
        self._build.note(lambda: f"{worker.process.name} has ended{f': {worker.error!r}' if worker.error else ''}")
        _judge_end(worker)
        self._disturbed()
        self._network.cut.discard(worker.process.name)
        self._group.lose(worker)
        self._scheduler.after(self._random.randrange(SECOND, _RESTART_MAX), self._launch, slot)

    def spare(self) -> None:
        """Nothing more strikes a worker later than now."""
        for worker in self.workers.values():
            worker.process.defuse()

    def calm_since(self) -> int | None:
        """Since when nothing has been wrong and every worker has had what is its own; None: something is wrong."""
        workers = self.workers.values()
        settled = [worker.settled_at for worker in workers if worker.settled_at is not None]
        well = self._network.up and self._network.weather.calm and not self._network.cut
        if not well or len(settled) < max(1, len(workers)) or any(worker.process.frozen for worker in workers):
            return None
        return max(self.disturbed_until, *settled)

    # ---- what befalls them

    def strike(self, fault: Fault) -> None:
        """Let `fault` happen."""
        self._disturbed(fault.duration)
        self._strikes[fault.kind](self, fault)

    def _disturbed(self, duration: int = 0) -> None:
        self.disturbed_until = max(self.disturbed_until, self._scheduler.now + duration)

    def _later(self, fault: Fault, action: Callable[..., object], *arguments: object) -> None:
        self._scheduler.after(fault.duration, action, *arguments)

    def _kill(self, fault: Fault) -> None:
        worker = self.workers.get(fault.slot)
        if worker:
            worker.process.light_fuse(fault.steps, lambda: self._killed(worker))

    def _killed(self, worker: Worker) -> None:
        self.tally["kills"] += 1
        worker.process.kill()

    def _stop(self, fault: Fault) -> None:
        worker = self.workers.get(fault.slot)
        if worker:
            worker.stop()

    def _freeze(self, fault: Fault) -> None:
        worker = self.workers.get(fault.slot)
        if worker:
            worker.process.light_fuse(fault.steps, lambda: self._frozen(worker, fault))

    def _frozen(self, worker: Worker, fault: Fault) -> None:
        self._disturbed(fault.duration)
        self.tally["freezes"] += 1
        worker.process.freeze()
        self._group.lose(worker)
        self._later(fault, self._thawed, worker, fault.kind is FaultKind.SUSPEND)

    def _thawed(self, worker: Worker, suspended: bool) -> None:
        worker.process.thaw(suspended=suspended)
        self._group.hear(worker)

    def _cut(self, fault: Fault) -> None:
        worker = self.workers.get(fault.slot)
        if worker:
            self._network.cut.add(worker.process.name)
            self._group.lose(worker)
            self._later(fault, self._mended, worker)

    def _mended(self, worker: Worker) -> None:
        self._network.cut.discard(worker.process.name)
        self._group.hear(worker)

    def _scale(self, fault: Fault) -> None:
        slot = 100 + fault.slot
        self.start(slot)
        self._later(fault, self.stop, slot)

    def _outage(self, fault: Fault) -> None:
        self._network.up = False
        self._later(fault, self._back)

    def _back(self) -> None:
        self._network.up = True
        for worker in self.workers.values():
            self._group.hear(worker)

    def _storm(self, fault: Fault) -> None:
        self._network.weather = fault.weather
        self._later(fault, self._calm)

    def _calm(self) -> None:
        self._network.weather = Weather()

    def _slow_markers(self, fault: Fault) -> None:
        self._broker.marker_delay_max = _SLOW_MARKERS
        self._later(fault, setattr, self._broker, "marker_delay_max", MARKER_DELAY)

    def _broker_clock(self, fault: Fault) -> None:
        self.tally["clock jumps"] += 1
        sources = sorted(self._broker.partitions)
        for source in sources if fault.slot == 0 else sources[fault.slot :: 2]:
            self._broker.jump(source, fault.amount)

    def _wall_clock(self, fault: Fault) -> None:
        self.machine(fault.slot).set_clock(fault.amount)

    def _frozen_clock(self, fault: Fault) -> None:
        self.machine(fault.slot).stop_clock()
        self._later(fault, self.machine(fault.slot).start_clock)

    def _compaction(self, fault: Fault) -> None:
        self._broker.compact()

    def _forgetting(self, fault: Fault) -> None:
        self._broker.committed.clear()

    _strikes = {  # noqa: RUF012 - a table, never changed
        FaultKind.KILL: _kill,
        FaultKind.STOP: _stop,
        FaultKind.FREEZE: _freeze,
        FaultKind.SUSPEND: _freeze,
        FaultKind.CUT: _cut,
        FaultKind.SCALE: _scale,
        FaultKind.OUTAGE: _outage,
        FaultKind.STORM: _storm,
        FaultKind.SLOW_MARKERS: _slow_markers,
        FaultKind.BROKER_CLOCK: _broker_clock,
        FaultKind.WALL_CLOCK: _wall_clock,
        FaultKind.FROZEN_CLOCK: _frozen_clock,
        FaultKind.COMPACTION: _compaction,
        FaultKind.FORGETTING: _forgetting,
    }


def _judge_end(worker: Worker) -> None:
    """Being fenced ends a worker; anything else would be a defect."""
    name, error = worker.process.name, worker.error
    require(not worker.process.unhandled, EXPECTED, name, worker.process.unhandled)
    require(error is None or _is_fenced(error), EXPECTED, name, repr(error))


def _is_fenced(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_fenced, error.exceptions))
    return isinstance(error, FencedError)
