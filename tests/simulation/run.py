"""One run: a plan is carried out, and judged all the way."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from tests.simulation import ending
from tests.simulation.bench import Bench
from tests.simulation.loop import DAY, HOUR, MINUTE, SECOND, machine_clocks
from tests.simulation.plan import Plan
from tests.simulation.verdict import Violation
from tests.simulation.worker import Build

from tocsin.engine import shard as engine

_SETTLING = 15 * MINUTE  # after it, whatever was begun has ended
_QUIET_WITHIN = 2 * MINUTE


@dataclass
class Outcome:
    """What has come of a run."""

    plan: Plan
    violation: Violation | None = None
    transactions: int = 0
    takeovers: int = 0
    alerts: int = 0
    inputs: int = 0
    judged_late: int = 0
    seconds: float = 0.0
    history: list[tuple[int, str]] = field(default_factory=list)


def run(plan: Plan, change: Callable[[Build], Build] = lambda build: build, *, history: bool = False) -> Outcome:
    """Carry `plan` out. `change` may put something else in place of a part of the workers (a planted bug)."""
    with _surroundings(plan.setting.chunk, outcome := Outcome(plan), history=history):
        bench = Bench(plan.seed, plan.setting, change)
        try:
            _carry_out(plan, bench)
            ending.judge(bench)
        except Violation as violation:
            outcome.violation = violation
        finally:
            _end(bench)
    _count(bench, outcome)
    return outcome


def _carry_out(plan: Plan, bench: Bench) -> None:
    scheduler, days = bench.scheduler, plan.setting.days * DAY
    for publication in plan.publications:
        scheduler.at(publication.at, bench.publish, publication)
    for fault in plan.faults:
        scheduler.at(fault.at, bench.strike, fault)
    for hour in range(plan.setting.compaction, plan.setting.days * 24, plan.setting.compaction):
        scheduler.at(hour * HOUR, bench.broker.compact)
    for slot in range(plan.setting.workers):
        bench.cluster.start(slot)
    scheduler.run_until(days)
    bench.cluster.spare()
    scheduler.run_until(days + _SETTLING)
    limit = scheduler.now + _QUIET_WITHIN
    while not bench.quiet() and scheduler.now < limit:
        scheduler.run_until(scheduler.now + SECOND // 4)


def _end(bench: Bench) -> None:
    for worker in bench.cluster.workers.values():
        worker.process.bury()


def _count(bench: Bench, outcome: Outcome) -> None:
    outcome.transactions = bench.watch.transactions
    outcome.takeovers = bench.watch.openings
    outcome.inputs = sum(judge.inputs for judge in bench.taking_in.values())
    outcome.alerts = sum(judge.alerts for judge in bench.ticketing.values())
    outcome.judged_late = sum(judge.judged_late for judge in bench.ticketing.values())


@contextmanager
def _surroundings(chunk: int, outcome: Outcome, *, history: bool) -> Iterator[None]:
    """Clocks that mislead, chunks that end early, and no log but for a history."""
    usual_chunk, usual_log = engine._CHUNK_OUTPUTS, structlog.get_config()  # noqa: SLF001 - no setting: nobody else wants it
    engine._CHUNK_OUTPUTS = chunk  # noqa: SLF001 - as above
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        with machine_clocks():
            yield
    finally:
        engine._CHUNK_OUTPUTS = usual_chunk  # noqa: SLF001 - as above
        structlog.configure(**usual_log)
