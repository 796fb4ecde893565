"""The life signs of tocsin notify, and what it has given up."""

import time
from collections.abc import Mapping

from tocsin.doctor.finding import Finding, Level
from tocsin.domain.instant import SECOND, Instant, show
from tocsin.notify.ledger import Beat, read_ledger
from tocsin.settings import Settings

NAME = "notify"


async def check(settings: Settings) -> list[Finding]:
    """Findings about the lanes of notify."""
    ledger = await read_ledger(settings)
    return judge(ledger.beats, len(ledger.failures), int(time.time() * SECOND))


def judge(beats: Mapping[str, Beat], given_up: int, now: Instant) -> list[Finding]:
    """A fault for a lane that is silent, a warning for what was given up."""
    if not beats:
        return [Finding(NAME, Level.OK, "No tocsin notify has run on this cluster.")]
    late = [(name, beat) for name, beat in beats.items() if beat.within and now > beat.at + beat.within * SECOND]
    found = [
        Finding(NAME, Level.FAULT, f"{name} was last heard of at {show(beat.at)}: nobody is told.", "tocsin notify run")
        for name, beat in late
    ]
    if given_up:
        sentence = f"{given_up} alerts were given up: whoever should have been told was not."
        found.append(Finding(NAME, Level.WARNING, sentence, "tocsin notify failed"))
    return found or [
        Finding(NAME, Level.OK, f"{len(beats)} lanes were heard of in time, and none has given up an alert.")
    ]
