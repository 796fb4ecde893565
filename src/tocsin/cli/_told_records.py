"""What was decided, as records: of a journal, or where there is only an inbox, what follows from that."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from tocsin.cli._exit import CommandError, Exit
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.render.progress import progress
from tocsin.render.text import safe
from tocsin.replay.fold import Unreplayable
from tocsin.replay.refolding import Refold

_AT_ONCE = 1_000


@contextmanager
def told_records(spec: Spec, topics: Collection[Topic]) -> Iterator[Callable[[], Iterator[Record]]]:
    """A function that reads the records of `topics`, each partition in its order, as often as it is called.

    Raises `CommandError`.
    """
    with opened_source(spec) as source:
        read = topics if source.partitions(Topic.TICKET_EVENTS) else (Topic.INBOX,)
        places = [(topic, partition) for topic in read for partition in source.partitions(topic)]
        if not places:
            raise CommandError("There is neither a journal nor an inbox in it.", Exit.USAGE)
        total = sum(end - begin for begin, end in (source.extent(*place) for place in places))
        with progress("reading the log", total) as advance:
            try:
                yield lambda: _outputs(source, places, advance)
            except Unreplayable as error:
                raise CommandError(safe(str(error)), Exit.USAGE) from None


def _outputs(
    source: RecordSource, places: Collection[tuple[Topic, int]], advance: Callable[[int], None]
) -> Iterator[Record]:
    for topic, partition in places:
        records = _counted(source.records(topic, partition), advance)
        yield from Refold(partition).fold(records) if topic is Topic.INBOX else records


def _counted(records: Iterator[Record], advance: Callable[[int], None]) -> Iterator[Record]:
    for number, record in enumerate(records, start=1):
        if number % _AT_ONCE == 0:
            advance(_AT_ONCE)
        yield record
