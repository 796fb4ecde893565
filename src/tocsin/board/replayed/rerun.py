"""A board's model, fed by the fold instead of the topics."""

import asyncio
from collections.abc import Callable, Iterable

from tocsin.board.model import Model
from tocsin.board.pulse import Pulse
from tocsin.board.replayed.clock import ReplayTime
from tocsin.board.replayed.kept import Kept
from tocsin.board.replayed.player import Player
from tocsin.messages.record import Record

_STEP_SECONDS = 0.2
_SLOW_SECONDS = 1.0
"""After a step that took longer the time is turned back: it may not run ahead of what is known."""

_AT_ONCE = 5_000


class Rerun:
    """Shows what `player` folds, at the time that `time` tells."""

    def __init__(self, player: Player, time: ReplayTime) -> None:
        self.model = Model(time)
        self.pulse = Pulse(time, 1e9)  # nothing is silent here: all of it was heard already
        self.pulse.partitions = player.partitions
        self.kept = Kept(self.model.stories)
        self._player = player
        self._time = time

    def begin(self, read: Callable[[int], None]) -> None:
        """Come to the time at which the replay begins, as fast as can be. Raises `Unreplayable`."""
        for number, record in enumerate(self._player.to(self._time.now(), read), start=1):
            self._take_one(record)
            if number % _AT_ONCE == 0:
                self.model.refresh()
        self._take(())
        self.pulse.begin()

    async def run(self) -> None:
        """Follow the time until cancelled. Raises `Unreplayable`."""
        loop = asyncio.get_running_loop()
        while True:
            now, began = self._time.now(), loop.time()
            records = await asyncio.to_thread(lambda at: list(self._player.to(at)), now)
            self._take(records)
            if self._player.next_at is None:
                self._time.end = min(self._time.end, max(self._player.clock, now))
            if loop.time() - began > _SLOW_SECONDS:
                self._time.turn_back(now)
            await asyncio.sleep(_STEP_SECONDS)

    def _take(self, records: Iterable[Record]) -> None:
        for record in records:
            self._take_one(record)
        self.model.refresh()
        for partition in range(self._player.partitions):
            self.pulse.heard(partition, self._time.now(), live=True)

    def _take_one(self, record: Record) -> None:
        self.kept.take(record)
        self.model.take(record)
