"""The topics, against what they must be."""

from collections.abc import Iterable, Sequence

from tocsin.doctor.finding import UNUSABLE, Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka import preflight
from tocsin.streams.kafka import topics as kafka_topics
from tocsin.streams.kafka.topics import Status, TopicReport

NAME = "topics"


async def check(settings: Settings, own: Sequence[str], *, dev: bool) -> list[Finding]:
    """Findings about each topic that differs; a fault where a worker would not start."""
    reports = await kafka_topics.check(settings, own, dev=dev)
    return judge(reports, preflight.unusable(settings, reports[: len(settings.topics)]))


def judge(reports: Sequence[TopicReport], unusable: str | None) -> list[Finding]:
    """`unusable` is the sentence with which a worker would refuse to start."""
    found = list(_differing(reports))
    if unusable is not None:
        missing = any(report.status is Status.MISSING for report in reports)
        command = "tocsin topics create" if missing else "kafka-configs.sh --alter ..., as the sentence says"
        return [Finding(NAME, Level.FAULT, unusable, command, UNUSABLE), *found]
    return found or [Finding(NAME, Level.OK, f"All {len(reports)} topics are as they should be.")]


def _differing(reports: Iterable[TopicReport]) -> Iterable[Finding]:
    for report in reports:
        if report.status is Status.MISSING:
            yield Finding(NAME, Level.WARNING, f"{report.name} does not exist.", "tocsin topics create")
        elif report.status is Status.DIFFERS:
            yield Finding(NAME, Level.WARNING, f"{report.name}: {'; '.join(report.differences)}.", _alter(report))
        if report.single:
            sentence = f"{report.name} has one copy, which is lost with its broker."
            yield Finding(NAME, Level.WARNING, sentence, "kafka-reassign-partitions.sh")


def _alter(report: TopicReport) -> str:
    settings = [
        f"{name}={wanted}"
        for name, _, rest in (difference.partition(" is ") for difference in report.differences)
        if (wanted := rest.partition(", should be ")[2]) and "." in name
    ]
    if not settings:
        return "kafka-reassign-partitions.sh"
    return (
        f"kafka-configs.sh --alter --entity-type topics --entity-name {report.name} --add-config {','.join(settings)}"
    )
