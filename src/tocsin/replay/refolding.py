"""The fold over one partition of the inbox once more: what a worker writes, as records with offsets of their own."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tocsin.domain.instant import Instant
from tocsin.engine.rules import FIRST_RULES, OtherRules
from tocsin.engine.shard import Shard
from tocsin.engine.shard_state import NoContract
from tocsin.messages.record import Record, Topic
from tocsin.replay.fold import Unreplayable


class Refold:
    """Folds a partition from its beginning. Offsets are counted, so they are not those of the topics."""

    def __init__(self, partition: int) -> None:
        self._shard = Shard(partition, rules=FIRST_RULES)
        self._offsets: Counter[Topic] = Counter()

    @property
    def clock(self) -> Instant:
        """The greatest stamp so far."""
        return self._shard.clock

    @property
    def next_deadline(self) -> Instant | None:
        """When the next timer is due."""
        return self._shard.next_deadline

    def fold(self, records: Iterable[Record]) -> Iterator[Record]:
        """What follows from the next `records` of the inbox. Raises `Unreplayable`."""
        try:
            for chunk in self._shard.fold(records):
                for output in chunk.outputs:
                    place = output.topic, self._shard.partition, self._offsets[output.topic]
                    self._offsets[output.topic] += 1
                    yield Record(*place, output.timestamp, output.key, output.value, output.headers)
        except (NoContract, OtherRules, ValueError) as error:
            raise Unreplayable(str(error)) from error
