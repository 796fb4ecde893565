"""Two folds over the same records: as it was, and under the other contract."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from tocsin.domain.instant import Instant
from tocsin.engine.counters import Counters
from tocsin.engine.shard import Shard
from tocsin.messages.record import Chunk, Output, Record
from tocsin.whatif.adoptions import Adoptions


class Comparing(Protocol):
    """What is told of both folds."""

    def before(self, output: Output) -> None:
        """Take what came as it was."""

    def after(self, output: Output) -> None:
        """Take what came under the other contract."""

    def together(self, records: int, first: Instant, last: Instant) -> None:
        """Both folds have applied the same `records` more, and their clock went from `first` to `last`."""


class Twin:
    """Stands in the place of a shard in a replay, and puts nothing out itself."""

    def __init__(self, partition: int, rules: int, adoptions: Adoptions, comparing: Comparing) -> None:
        self._adoptions = adoptions
        self._comparing = comparing
        self._before = Shard(partition, rules=rules)
        self._after = Shard(partition, rules=rules)

    @property
    def counters(self) -> Counters:
        """The counts as it was."""
        return self._before.counters

    @property
    def next_deadline(self) -> Instant | None:
        """The time at which the next timer of either is due."""
        due = [it for it in (self._before.next_deadline, self._after.next_deadline) if it is not None]
        return min(due, default=None)

    def cut_repeats_after(self, horizon: Instant) -> None:
        """In both."""
        self._before.cut_repeats_after(horizon)
        self._after.cut_repeats_after(horizon)

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """Apply `records` to both. Raises as `Shard.fold` does, and `Unfit`."""
        as_it_was = list(records)
        if not as_it_was:
            return iter(())
        first = max(self._before.clock, as_it_was[0].timestamp)
        otherwise = list(map(self._adoptions.replace, as_it_was))
        for chunk in self._before.fold(as_it_was):
            for output in chunk.outputs:
                self._comparing.before(output)
        for chunk in self._after.fold(otherwise):
            for output in chunk.outputs:
                self._comparing.after(output)
        self._comparing.together(len(as_it_was), first, self._before.clock)
        return iter(())
