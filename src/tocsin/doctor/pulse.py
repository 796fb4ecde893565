"""The ticks of the workers, and the brokers' clocks. The inbox is listened to; nothing is written.

A worker ticks each idle partition of the inbox every `heartbeat_tick` seconds, and the broker that leads the partition
stamps what is written there: a record that has just come tells that clock.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple

from tocsin.client import tickets
from tocsin.client.connection import partitions_of
from tocsin.client.reading import opened
from tocsin.client.start import NOW
from tocsin.doctor.finding import Finding, Level
from tocsin.domain.instant import SECOND, Instant, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

WORKERS, CLOCKS = "workers", "clocks"
_SPARE_SECONDS = 2.0
_SKEW_SECONDS = 1.0
_FETCH_SECONDS = 1.0
"""A record may have waited so long for our fetch: a clock that seems to be behind by less is not."""


class Heard(NamedTuple):
    """A record that has come: how many seconds its stamp was ahead of this machine's clock."""

    ahead: float


async def check(settings: Settings, *, dev: bool) -> list[Finding]:
    """Listen until each partition has been heard of, or for as long as a tick may take."""
    partitions = await partitions_of(settings, Topic.INBOX)
    heard: dict[int, Heard] = {}
    seconds = settings.heartbeat_tick + _SPARE_SECONDS
    try:
        async with asyncio.timeout(seconds), opened(settings, Topic.INBOX, NOW, partitions) as reader:
            async for record in reader.follow():
                heard.setdefault(record.partition, Heard(record.timestamp / SECOND - time.time()))
                if len(heard) == len(partitions):
                    break
    except TimeoutError:
        pass  # those that were not heard of are told
    found = judge_workers(settings, partitions, heard, seconds)
    if dev:
        return found
    clocks = {number: await tickets.clock_of(settings, number) or 0 for number in heard}
    return [*found, *judge_clocks(settings, heard), *judge_standing(settings, heard, clocks, time.time())]


def judge_workers(
    settings: Settings, partitions: list[int], heard: Mapping[int, Heard], seconds: float
) -> list[Finding]:
    """A fault for the partitions of which nothing was heard."""
    silent = [str(partition) for partition in partitions if partition not in heard]
    inbox = settings.topic(Topic.INBOX)
    if silent:
        sentence = (
            f"In {seconds:g} s no worker has ticked partition {', '.join(silent)} of {inbox}: no clock runs there."
        )
        return [Finding(WORKERS, Level.FAULT, sentence, "tocsin run")]
    return [Finding(WORKERS, Level.OK, f"Workers tick all {len(partitions)} partitions of {inbox}.")]


def judge_clocks(settings: Settings, heard: Mapping[int, Heard]) -> list[Finding]:
    """A warning for each partition whose broker has another time than this machine."""
    found = []
    for partition, ahead in sorted((number, each.ahead) for number, each in heard.items()):
        if -_SKEW_SECONDS - _FETCH_SECONDS <= ahead <= _SKEW_SECONDS:
            continue
        where = f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
        sentence = f"The clock of the broker that leads {settings.topic(Topic.INBOX)}/{partition} is {where}."
        found.append(Finding(CLOCKS, Level.WARNING, sentence, "chronyc tracking, there and here"))
    if not heard:
        return [Finding(CLOCKS, Level.UNKNOWN, "Nothing was stamped meanwhile, so no broker's clock is known.")]
    agree = f"The brokers' clocks agree with this machine's within {_SKEW_SECONDS:g} s."
    return found or [Finding(CLOCKS, Level.OK, agree)]


def judge_standing(
    settings: Settings, heard: Mapping[int, Heard], clocks: Mapping[int, Instant], now: float
) -> list[Finding]:
    """A warning for each partition whose clock is ahead of its broker's, which ran ahead before.

    It stands still until the time has caught up. `now` is the time of this machine in seconds.
    """
    found = []
    for partition, clock in sorted(clocks.items()):
        ahead = clock / SECOND - (now + heard[partition].ahead)
        if ahead > _SKEW_SECONDS + _FETCH_SECONDS:
            sentence = (
                f"The clock of {settings.topic(Topic.INBOX)}/{partition} stands still at {show(clock)}, {ahead:.0f} s "
                "ahead of its broker's, until the time has caught up: what is due before that is told at once."
            )
            found.append(Finding(CLOCKS, Level.WARNING, sentence, "tocsin ticket list"))
    return found
