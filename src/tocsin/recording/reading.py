"""The port to records that are read from their beginning to their end."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from tocsin.messages.record import Record, Topic


class Extent(NamedTuple):
    """The first offset of a partition that there is, and the offset behind the last."""

    begin: int
    end: int


class RecordSource(Protocol):
    """The records of a log, by partition. Of a topic that it does not have there are no partitions.

    `own` is the rest of the name of a tenant's own topic (see `tocsin.messages.record.name_of`).
    """

    def partitions(self, topic: Topic, own: str = "") -> list[int]:
        """The partitions of `topic`, in their order."""
        ...

    def extent(self, topic: Topic, partition: int, own: str = "") -> Extent:
        """The offsets of the partition. Of one without records both are the same."""
        ...

    def records(self, topic: Topic, partition: int, start: int = 0, own: str = "") -> Iterator[Record]:
        """The committed records from the offset `start` on, in their order, up to the end at the time of asking."""
        ...
