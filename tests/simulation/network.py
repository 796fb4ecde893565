"""Requests from processes to the brokers: they take time, get lost, or land after their sender has given up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.simulation.loop import MILLISECOND, SECOND, Process, Scheduler

from tocsin.streams.core.port import IndefiniteError, LogError

PATIENCE = 8 * SECOND
"""After this a client gives up, and does not know what has become of its request."""

_HOP_MAX = 2 * MILLISECOND
_LATE_MAX = 20 * SECOND
_AGAIN = 500 * MILLISECOND


@dataclass(slots=True)
class Weather:
    """How bad it is, as probabilities."""

    lost: float = 0.0  # the request never arrives
    unanswered: float = 0.0  # it arrives in time, its answer does not
    late: float = 0.0  # it arrives, perhaps after its sender has given up
    slow: float = 0.0  # request and answer take up to seconds

    def __str__(self) -> str:
        shares = {name: getattr(self, name) for name in ("lost", "unanswered", "late", "slow")}
        return ", ".join(f"{share:.0%} of all requests are {name}" for name, share in shares.items() if share)

    @property
    def calm(self) -> bool:
        """Whether nothing gets lost."""
        return not (self.lost or self.unanswered or self.late or self.slow)


@dataclass
class Network:
    """Carries requests; `cut` holds the processes that reach nobody, and nobody reaches anyone unless `up`."""

    scheduler: Scheduler
    random: Random
    weather: Weather = field(default_factory=Weather)
    cut: set[str] = field(default_factory=set)
    up: bool = True

    def reaches(self, process: Process) -> bool:
        """Whether requests of `process` arrive."""
        return self.up and process.name not in self.cut

    def ask(self, process: Process, request: Callable[[], Any]) -> asyncio.Future[Any]:
        """Have the brokers do `request`; the future tells its outcome, or raises `IndefiniteError`."""
        if process.buried:
            raise asyncio.CancelledError
        answer = process.create_future()
        there, back = self._fate(process)
        if there is not None:
            self.scheduler.after(there, self._arrive, process, request, answer, back)
        if there is None or back is None:
            self.scheduler.after(PATIENCE, process.enter, _give_up, answer)
        return answer

    def _fate(self, process: Process) -> tuple[int | None, int | None]:
        """When the request arrives, and how long its answer takes; None: never."""
        random, weather = self.random, self.weather
        if not self.reaches(process):
            return None, None
        if weather.calm:
            return random.randrange(_HOP_MAX), random.randrange(_HOP_MAX)
        luck = random.random()
        if luck < weather.lost:
            return None, None
        if luck < weather.lost + weather.unanswered:
            return random.randrange(_HOP_MAX), None
        if luck < weather.lost + weather.unanswered + weather.late:
            return random.randrange(_LATE_MAX), None
        if luck < weather.lost + weather.unanswered + weather.late + weather.slow:
            return random.randrange(PATIENCE // 2), random.randrange(PATIENCE // 2)
        return random.randrange(_HOP_MAX), random.randrange(_HOP_MAX)

    def _arrive(
        self, process: Process, request: Callable[[], Any], answer: asyncio.Future[Any], back: int | None
    ) -> None:
        if not self.up:  # it was on its way as the brokers went down
            self.scheduler.after(PATIENCE, process.enter, _give_up, answer)
            return
        try:
            outcome, error = request(), None
        except LogError as raised:
            outcome, error = None, raised
        if back is not None:
            self.scheduler.after(back, self._answer, process, answer, outcome, error)

    def _answer(self, process: Process, answer: asyncio.Future[Any], outcome: Any, error: Exception | None) -> None:
        if self.reaches(process):
            process.enter(_tell, answer, outcome, error)
        else:
            self.scheduler.after(PATIENCE, process.enter, _give_up, answer)

    def push(self, process: Process, news: Callable[[], object]) -> None:
        """Let `news` reach `process`, as soon as it can be reached."""
        if self.reaches(process):
            self.scheduler.after(self.random.randrange(_HOP_MAX) + 1, process.enter, news)
        elif process.alive:
            self.scheduler.after(_AGAIN, self.push, process, news)


def _tell(answer: asyncio.Future[Any], outcome: Any, error: Exception | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(outcome)
    else:
        answer.set_exception(error)


def _give_up(answer: asyncio.Future[Any]) -> None:
    _tell(answer, None, IndefiniteError("nobody has answered"))
