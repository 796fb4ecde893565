"""Makes of an export another one, whose workers' topics have another number of partitions.

The inbox is laid out anew; journal, alerts and state are folded from it. What was told must be told again, tenant by
tenant; offsets and hashes are new. Receipts of notify get the new places of their alerts.
"""

import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from importlib.metadata import version

import msgspec

from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic
from tocsin.recording.line_file import LineFile
from tocsin.recording.manifest import ExportedTopic, RecordingError, Stretch, file_of, write_manifest
from tocsin.recording.outcome import Outcome
from tocsin.recording.processes import done, in_processes
from tocsin.recording.rebuilding import NotFoldedError
from tocsin.recording.receipts import Places, with_place
from tocsin.recording.refolding import TOLD, Laid, Work, refolded, stretch_of
from tocsin.recording.relaying import Relaying
from tocsin.replay import line
from tocsin.streams.kafka.topics import STATE_TOPICS, TOGETHER

_SAID_EVERY = 1_000  # records


def repartition(work: Work, advance: Callable[[int], None]) -> Outcome:
    """Write the new folder; what became of the tenants, which is the same as before as far as the work `compares` it.

    Raises `RecordingError`, and leaves a folder that is no export then.
    """
    inbox, clocks = _relay(work)
    old = [Laid(work, clocks, _kept_since(work), number) for number in sorted(clocks)]
    before = _sum(in_processes(_told_before, old, advance))
    new = [Laid(work, clocks, _kept_since(work), number) for number in range(work.partitions)]
    folded = in_processes(refolded, new, advance)
    after = _sum(each.outcome for each in folded)
    _require_the_same(work, before, after)
    stretches = {topic: {n: each.stretches[topic] for n, each in enumerate(folded)} for topic in (*TOLD, *STATE_TOPICS)}
    places = {alert: (number, offset) for number, each in enumerate(folded) for alert, offset in each.places.items()}
    _finish(work, stretches | {Topic.INBOX: inbox}, places)
    return after


def _relay(work: Work) -> tuple[dict[int, Stretch], dict[int, Instant]]:
    """Write the new inbox: its stretches, and the clocks of the old partitions."""
    old = work.manifest.topics[Topic.INBOX].partitions
    gone = [str(number) for number, stretch in old.items() if stretch.begin]
    if gone:
        raise RecordingError(f"{work.old}: the beginning of the inbox was deleted by age (partition {', '.join(gone)})")
    relaying = Relaying({number: work.records(Topic.INBOX, number) for number in old}, work.partitions)
    with ExitStack() as stack:
        files = [stack.enter_context(LineFile(work.file(Topic.INBOX, number))) for number in range(work.partitions)]
        try:
            for record in relaying.records():
                files[record.partition].write(line.write_faithfully(record))
        except NotFoldedError as error:
            raise RecordingError(str(error)) from error
    return {number: stretch_of(file) for number, file in enumerate(files)}, relaying.clocks


def _kept_since(work: Work) -> Instant:
    """The stamp of the first alert of the export, where alerts before it were deleted by age; else 0."""
    if work.compares(Topic.ALERTS):
        return 0
    first = (next(work.records(Topic.ALERTS, it), None) for it in work.manifest.topics[Topic.ALERTS].partitions)
    return min((record.timestamp for record in first if record is not None), default=0)


def _told_before(task: Laid) -> Outcome:
    outcome = Outcome()
    for topic in TOLD:
        for number, record in enumerate(task.work.records(topic, task.partition), start=1):
            outcome.take(topic, record.value or b"", task.clock_of)
            if number % _SAID_EVERY == 0:
                done(_SAID_EVERY)
    return outcome


def _sum(outcomes: Iterable[Outcome]) -> Outcome:
    whole = Outcome()
    for each in outcomes:
        whole.add(each)
    return whole


def _require_the_same(work: Work, before: Outcome, after: Outcome) -> None:
    differing = [(topic, tenant) for topic, tenant in before.differs(after) if work.compares(topic)]
    if differing:
        topic, tenant = differing[0]
        raise RecordingError(
            f"Of tenant {tenant!r} the new partitions tell something else than {topic} did ({len(differing)} "
            "such). Is the setting deduplication_window that of the old cluster? More partitions remember more inputs "
            "of each tenant, and may take for a repeat what was none before"
        )


def _finish(work: Work, folded: dict[Topic, dict[int, Stretch]], places: Places) -> None:
    """Bring the other topics over, and write the table of contents."""
    topics = {}
    for name, topic in work.manifest.topics.items():
        if name in TOGETHER:
            partitions = folded[Topic(name)]
        elif name == Topic.DELIVERIES:
            partitions = {number: _receipts(work, number, places) for number in topic.partitions}
        else:
            partitions = topic.partitions
            for number in partitions:
                old, new = file_of(work.old, name, number), work.file(name, number)
                new.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(old, new)
        topics[name] = ExportedTopic(partitions=partitions, config=topic.config)
    write_manifest(work.new, msgspec.structs.replace(work.manifest, release=version("tocsin"), topics=topics))


def _receipts(work: Work, partition: int, places: Places) -> Stretch:
    old = work.manifest.topics[Topic.DELIVERIES].partitions[partition]
    with LineFile(work.file(Topic.DELIVERIES, partition)) as file:
        for record in work.records(Topic.DELIVERIES, partition):
            file.write(line.write_faithfully(record._replace(value=with_place(record.value, places))))
    new = stretch_of(file)
    return msgspec.structs.replace(new, begin=old.begin, end=old.end)
