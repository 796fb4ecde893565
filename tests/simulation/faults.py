"""What goes wrong in a run, and when: drawn from the seed before it begins."""

from collections.abc import Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple

from tests.simulation.loop import DAY, HOUR, MILLISECOND, MINUTE, SECOND
from tests.simulation.network import Weather

_STEPS_MAX = 60
_BY_CHANCE = 0.3
_DUE = (0, 0, 0, 10, 15, 20, 30, 60, 120)  # minutes after which something is due
_EARLY_MAX = 5 * SECOND


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
    FORGETTING = "forgetting"  # the group's offsets have expired


_TOLD = {
    FaultKind.KILL: "worker {slot} is killed, {steps} steps of its tasks later",
    FaultKind.STOP: "worker {slot} is told to stop",
    FaultKind.FREEZE: "worker {slot} is frozen for {seconds}, {steps} steps of its tasks later",
    FaultKind.SUSPEND: "worker {slot}'s machine sleeps for {seconds}, {steps} steps of its tasks later",
    FaultKind.CUT: "worker {slot} reaches nobody for {seconds}",
    FaultKind.SCALE: "a worker more for {seconds}",
    FaultKind.OUTAGE: "no broker answers for {seconds}",
    FaultKind.STORM: "for {seconds} {weather}",
    FaultKind.SLOW_MARKERS: "for {seconds} it takes up to 3 s until a decided transaction is visible",
    FaultKind.BROKER_CLOCK: "somebody sets the clocks of the brokers by {amount} (group {slot})",
    FaultKind.WALL_CLOCK: "somebody sets the wall clock of worker {slot} by {amount}",
    FaultKind.FROZEN_CLOCK: "the wall clock of worker {slot} stands still for {seconds}",
    FaultKind.COMPACTION: "the topics of the state are compacted",
    FaultKind.FORGETTING: "the group's offsets expire",
}


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
        seconds, amount = f"{self.duration / SECOND:g} s", f"{self.amount / 1_000:+g} s"
        return "FAULT  " + _TOLD[self.kind].format(
            slot=self.slot, steps=self.steps, seconds=seconds, amount=amount, weather=self.weather
        )

    @property
    def weather(self) -> Weather:
        """What a storm is like."""
        share = 0.02 + self.amount % 7 / 30
        return Weather(**{("lost", "unanswered", "late", "slow")[self.amount % 4]: share})


_DURATIONS = (SECOND, 4 * SECOND, 7 * SECOND, 12 * SECOND, 40 * SECOND, 3 * MINUTE)
_JUMPS = (-HOUR, HOUR, -MINUTE, MINUTE, 3 * SECOND)


def faults(random: Random, days: int, slots: int, a_day: float, busy: Sequence[int]) -> list[Fault]:
    """Those of one run: some kinds of them, about so many a day, now and then some at once.

    Most strike when something is about to happen: when a message of those at `busy` comes, or is due to be answered.
    """
    kinds = [kind for kind in FaultKind if random.random() < 0.5]
    times = [_moment(random, days * DAY, busy) for _ in range(round(a_day * days) if kinds else 0)]
    return sorted(fault for at in times for fault in _burst(random, kinds, at, slots))


def _moment(random: Random, end: int, busy: Sequence[int]) -> int:
    if not busy or random.random() < _BY_CHANCE:
        return random.randrange(end)
    at = random.choice(busy) + random.choice(_DUE) * MINUTE - random.randrange(_EARLY_MAX)
    return min(max(at, 0), end - 1)


def _burst(random: Random, kinds: list[FaultKind], at: int, slots: int) -> list[Fault]:
    number = random.choice((1, 1, 1, 1, 4))
    spread = random.choice((1, 30)) * SECOND
    return [_fault(random, random.choice(kinds), at + random.randrange(spread), slots) for _ in range(number)]


def _fault(random: Random, kind: FaultKind, at: int, slots: int) -> Fault:
    return Fault(
        at=at,
        kind=kind,
        slot=random.randrange(slots),
        duration=random.choice(_DURATIONS),
        steps=random.randrange(_STEPS_MAX),
        amount=random.choice(_JUMPS) // MILLISECOND if kind.endswith("clock") else random.randrange(1_000),
    )
