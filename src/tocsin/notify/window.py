"""What a lane has taken and not finished, and how far it may say that all is done. Pure."""

from tocsin.notify.alert import Place


class Window:
    """The alerts in hand, by partition."""

    def __init__(self) -> None:
        self._pending: dict[int, dict[int, None]] = {}
        self._next: dict[int, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._pending.values()))

    def begin(self, partition: int, offset: int) -> None:
        """Reading of `partition` begins at `offset`; nothing of it is in hand."""
        self._pending[partition] = {}
        self._next[partition] = offset

    def take(self, place: Place) -> None:
        """An alert is in hand."""
        self._pending[place.partition][place.offset] = None
        self._next[place.partition] = place.offset + 1

    def done(self, place: Place) -> None:
        """Nothing more is owed for it."""
        self._pending.get(place.partition, {}).pop(place.offset, None)

    def reached(self, partition: int, offset: int) -> None:
        """What stands before `offset` and was not taken are marks of transactions, which nobody is told of."""
        if partition in self._next:
            self._next[partition] = max(offset, self._next[partition])

    @property
    def partitions(self) -> list[int]:
        """The partitions that are read."""
        return list(self._pending)

    def read(self) -> dict[int, int]:
        """For each partition the offset before which everything has been taken."""
        return dict(self._next)

    def drop(self, partition: int) -> None:
        """The partition is another's now."""
        self._pending.pop(partition, None)
        self._next.pop(partition, None)

    def finished(self) -> dict[int, int]:
        """For each partition the offset before which everything is done."""
        return {partition: min(pending, default=self._next[partition]) for partition, pending in self._pending.items()}
