"""The records that heads are about, as a command reads them: by partition, with progress."""

from collections.abc import Iterator

from tocsin.audit.growing import Partition
from tocsin.audit.leaf import LOGGED
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.render.progress import progress

_STEP = 1_000


def partitions_of(source: RecordSource) -> Iterator[Partition]:
    """The partitions of inbox and journal as they are when each is come to."""
    for topic in LOGGED:
        for number in source.partitions(topic):
            yield partition_of(source, topic, number)


def partition_of(source: RecordSource, topic: Topic, number: int) -> Partition:
    """The partition as it is now, from its first record on; empty where the source has none of it."""
    begin, end = source.extent(topic, number) if number in source.partitions(topic) else (0, 0)
    if 0 < begin < end:  # where retention has cut, a log begins with the end of a transaction, which is no record
        begin = next((record.offset for record in source.records(topic, number, begin)), end)
    return Partition(topic, number, begin, end)


def watched(source: RecordSource, partition: Partition, start: int) -> Iterator[Record]:
    """The records of a partition from the offset `start` on; a terminal shows how far they are read."""
    title = f"{partition.topic}/{partition.number}"
    if partition.end == partition.begin:
        return
    records = source.records(partition.topic, partition.number, start)
    with progress(title, max(0, partition.end - max(start, partition.begin))) as advance:
        for count, record in enumerate(records, 1):
            yield record
            if count % _STEP == 0:
                advance(_STEP)
