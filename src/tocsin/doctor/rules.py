"""The rules by which each partition of the inbox is judged."""

from collections.abc import Sequence

from tocsin.client import rules
from tocsin.doctor.finding import Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka.rules import Standing, Status

NAME = "rules"


async def check(settings: Settings) -> list[Finding]:
    """Findings about the partitions of the inbox."""
    return judge(await rules.standings(settings))


def judge(found: Sequence[Standing]) -> list[Finding]:
    """A fault where workers of this release cannot start."""
    if rules.ready(found):
        return [Finding(NAME, Level.OK, f"All {len(found)} partitions are judged by the rules of this release.")]
    return [
        Finding(NAME, Level.FAULT, f"Partition {each.partition} of the inbox is {each.status}.", "tocsin rules show")
        for each in found
        if each.status not in (Status.READY, Status.EMPTY)
    ]
