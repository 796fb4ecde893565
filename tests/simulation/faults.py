"""What goes wrong in a run, and when: drawn from the seed before it begins."""

from enum import StrEnum
from random import Random
from typing import NamedTuple

from tests.simulation.loop import DAY, HOUR, MILLISECOND, MINUTE, SECOND
from tests.simulation.network import Weather

_STEPS_MAX = 60


class FaultKind(StrEnum):
    """The closed list of what can go wrong."""

    KILL = "kill"  # SIGKILL, restarted by the supervisor
    STOP = "stop"  # SIGTERM, restarted by the supervisor
    FREEZE = "freeze"  # SIGSTOP, SIGCONT
    SUSPEND = "suspend"  # the machine sleeps: its monotonic clock stands still as well
    CUT = "cut"  # the worker reaches nobody
    SCALE = "scale"  # a worker more, for a while
    OUTAGE = "outage"  # no broker answers
    STORM = "storm"  # requests and answers get lost, or land late
    SLOW_MARKERS = "slow_markers"  # a decided transaction takes seconds to be visible
    BROKER_CLOCK = "broker_clock"  # somebody sets a broker's clock
    WALL_CLOCK = "wall_clock"  # somebody sets a worker's clock
    FROZEN_CLOCK = "frozen_clock"  # a worker's wall clock stands still
    COMPACTION = "compaction"


class Fault(NamedTuple):
    """One thing that goes wrong, in true time (microseconds)."""

    at: int
    kind: FaultKind
    slot: int  # which worker, or which partition
    duration: int
    steps: int  # after how many steps of the worker's tasks it strikes
    amount: int  # milliseconds, or how bad

    def told(self) -> str:
        """For a person."""
        return (
            f"{self.kind} of {self.slot} for {self.duration / SECOND:.1f} s, after {self.steps} steps, by {self.amount}"
        )

    @property
    def weather(self) -> Weather:
        """What a storm is like."""
        share = 0.02 + self.amount % 7 / 30
        return Weather(**{("lost", "unanswered", "late", "slow")[self.amount % 4]: share})


_DURATIONS = (SECOND, 4 * SECOND, 7 * SECOND, 12 * SECOND, 40 * SECOND, 3 * MINUTE)
_JUMPS = (-HOUR, HOUR, -MINUTE, MINUTE, 3 * SECOND)


def faults(random: Random, days: int, slots: int, a_day: float) -> list[Fault]:
    """Those of one run: some kinds of them, about so many a day, now and then some at once."""
    kinds = [kind for kind in FaultKind if random.random() < 0.5]
    times = round(a_day * days) if kinds else 0
    return sorted(fault for _ in range(times) for fault in _burst(random, kinds, random.randrange(days * DAY), slots))


def _burst(random: Random, kinds: list[FaultKind], at: int, slots: int) -> list[Fault]:
    number = random.choice((1, 1, 1, 1, 4))
    return [_fault(random, random.choice(kinds), at + random.randrange(30 * SECOND), slots) for _ in range(number)]


def _fault(random: Random, kind: FaultKind, at: int, slots: int) -> Fault:
    return Fault(
        at=at,
        kind=kind,
        slot=random.randrange(slots),
        duration=random.choice(_DURATIONS),
        steps=random.randrange(_STEPS_MAX),
        amount=random.choice(_JUMPS) // MILLISECOND if kind.endswith("clock") else random.randrange(1_000),
    )
