"""One run: a plan is carried out, and judged all the way."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time
from traceback import format_exc
from unittest.mock import patch

from tests.simulation import ending
from tests.simulation.bench import Bench
from tests.simulation.history import History, NoHistory
from tests.simulation.loop import DAY, HOUR, MINUTE, SECOND, machine_clocks
from tests.simulation.plan import Plan
from tests.simulation.verdict import Violation

from tocsin.engine import shard as engine
from tocsin.streams.core import takeover

GOES_THROUGH = "a run goes through"

_KEYS_AT_ONCE = 20
_SETTLING = 15 * MINUTE  # after it, whatever was begun has ended
_QUIET_WITHIN = 2 * MINUTE


@dataclass
class Outcome:
    """What has come of a run."""

    seed: int
    days: int
    violation: Violation | None = None
    ended_at: int = 0  # true time
    seconds: float = 0.0  # of processor time
    counts: Counter[str] = field(default_factory=Counter)  # how much was looked at, and how much went wrong
    fingerprint: int = 0  # of what was written, and when

    @property
    def days_until_end(self) -> float:
        """Simulated days until it was over, or was found to be wrong."""
        return min(self.ended_at / DAY, self.days)


def run(plan: Plan, history: History | None = None) -> Outcome:
    """Carry `plan` out, and judge it."""
    began, history = process_time(), history or NoHistory()
    outcome = Outcome(plan.seed, plan.setting.days)
    with _surroundings(plan.setting.chunk), history.listening():
        bench = Bench(plan.seed, plan.setting, history)
        try:
            _judged(plan, bench)
        except Violation as violation:
            outcome.violation = violation
            history.note(f"VIOLATED  {violation}".__str__)
        finally:
            outcome.ended_at, outcome.fingerprint = bench.scheduler.now, bench.watch.fingerprint
            outcome.counts = bench.counts()
            bench.end()
    outcome.seconds = process_time() - began
    return outcome


def _judged(plan: Plan, bench: Bench) -> None:
    try:
        _carry_out(plan, bench)
        ending.judge(bench)
    except Violation:
        raise
    except Exception as error:
        raise Violation(GOES_THROUGH, format_exc(limit=-3)) from error


def _carry_out(plan: Plan, bench: Bench) -> None:
    scheduler, days = bench.scheduler, plan.setting.days * DAY
    for publication in plan.publications:
        scheduler.at(publication.at, bench.publish, publication)
    for fault in plan.faults:
        scheduler.at(fault.at, bench.strike, fault)
    for at in plan.looks:
        scheduler.at(at, ending.look, bench)
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


@contextmanager
def _surroundings(chunk: int) -> Iterator[None]:
    """Clocks that mislead, chunks that end early, and takeovers that load the state in small stretches."""
    with (
        patch.object(engine, "_CHUNK_OUTPUTS", chunk),  # no settings: nobody else wants these
        patch.object(takeover, "_KEYS_AT_ONCE", _KEYS_AT_ONCE),
        machine_clocks(),
    ):
        yield
