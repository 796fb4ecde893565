"""One shard: the fold over one inbox partition."""

from collections.abc import Iterable, Iterator

from tocsin.domain.instant import Instant
from tocsin.messages.record import Chunk, Record, Topic


class Shard:
    """State of one inbox partition; `fold` advances it, `load` and `remember` restore it.

    Restore: `load` every record of the partition of `soc.tickets` and `soc.tenants` in log order (tombstones too),
    then `remember` every inbox record from `deduplication_start` up to the committed position.
    """

    def __init__(self, partition: int, deduplication_window: int = 250_000) -> None:
        self.partition = partition
        self.clock: Instant = 0

    def load(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        raise NotImplementedError

    @property
    def deduplication_start(self) -> int | None:
        """The oldest inbox offset that the deduplication window still needs; None where it is empty."""
        raise NotImplementedError

    def remember(self, record: Record) -> None:
        raise NotImplementedError

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        raise NotImplementedError

    @property
    def next_deadline(self) -> Instant | None:
        """When the next timer is due: a tick stamped later than this fires it."""
        raise NotImplementedError
