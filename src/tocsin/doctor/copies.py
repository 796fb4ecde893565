"""The copies of each partition: whether somebody leads it, and whether all of them are up to date."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tocsin.doctor.finding import Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import admin_client, described

NAME = "copies"
_NOBODY = -1


async def check(settings: Settings, own: Sequence[str]) -> list[Finding]:
    """Findings about each topic that lacks copies; `own` are the topics of clients."""
    names = [*map(settings.topic, settings.topics), *map(settings.name_here, own)]
    async with admin_client(settings) as admin:
        return judge(await described(admin, names))


def judge(topics: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Finding]:
    """A fault for a topic of which nobody leads a partition, a warning where a copy is not up to date.

    `topics` are the partitions of each, as brokers describe them.
    """
    return [it for name, each in sorted(topics.items()) for it in _of(name, each)] or [
        Finding(NAME, Level.OK, "Every copy of every partition is up to date.")
    ]


def _of(name: str, partitions: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    if dead := [each for each in partitions if each["leader"] == _NOBODY]:
        numbers = _listed(each["partition"] for each in dead)
        nodes = _listed(node for each in dead for node in each["isr"])
        yield Finding(
            NAME,
            Level.FAULT,
            f"No broker leads partition {numbers} of {name}: what is in it cannot be had.",
            f"start node {nodes} with the disk that it had",
        )
    elif lacking := [node for each in partitions for node in {*each["replicas"]} - {*each["isr"]}]:
        one, many = f"One copy of {name} is", f"{len(lacking)} copies of {name} are"
        sentence = f"{one if len(lacking) == 1 else many} not up to date."
        command = f"start node {_listed(lacking)}, with an empty disk where its own is lost"
        yield Finding(NAME, Level.WARNING, sentence, command)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted({*numbers})))
