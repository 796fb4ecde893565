"""What was refused within the last day."""

import time
from collections import Counter
from collections.abc import Mapping

from tocsin.client.reading import opened
from tocsin.doctor.finding import Finding, Level
from tocsin.domain.instant import DAY, SECOND
from tocsin.messages.record import Topic
from tocsin.messages.refused import read
from tocsin.settings import Settings

NAME = "dead letters"


async def check(settings: Settings) -> list[Finding]:
    """Findings about the dead letters of the last 24 hours."""
    reasons = Counter[str]()
    async with opened(settings, Topic.DEAD_LETTERS, int(time.time() * SECOND) - DAY) as reader:
        async for record in reader.to_end():
            if (letter := read(record)) is not None:
                reasons[letter.reason] += 1
    return judge(reasons)


def judge(reasons: Mapping[str, int]) -> list[Finding]:
    """A warning for each reason."""
    return [
        Finding(
            NAME,
            Level.WARNING,
            f"{count} inputs were refused for {reason} within a day.",
            f"tocsin dead-letters list --reason {reason}",
        )
        for reason, count in sorted(reasons.items())
    ] or [Finding(NAME, Level.OK, "No input was refused within a day.")]
