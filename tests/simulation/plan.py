"""A run, drawn from its seed before it begins: how the cluster is made, what is published, what goes wrong."""

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from tests.simulation.chance import chance
from tests.simulation.faults import Fault, faults
from tests.simulation.loop import DAY as TRUE_DAY
from tests.simulation.silencing import silences
from tests.simulation.workload import Publication, habits, publications

from tocsin.domain.instant import DAY, Instant, parse

_LOOKS = 3
_FIRST_DAY = parse("2026-01-01T00:00:00Z")


class _Temper(NamedTuple):
    """What kind of run it is; each is a choice of values."""

    days: tuple[int, ...]
    stories: tuple[float, ...]  # a working day
    faults: tuple[float, ...]  # a day
    heartbeats: tuple[int, ...]  # seconds


_TEMPERS = (
    _Temper(days=(1, 1, 2, 3), stories=(1, 4, 12), faults=(4, 12, 40), heartbeats=(300, 600, 3_600, 3_600)),
    _Temper(days=(5, 7, 10), stories=(1, 3, 6), faults=(0, 1, 4), heartbeats=(2 * 3_600,)),
    _Temper(days=(20, 30, 60), stories=(1, 2, 4), faults=(0.3, 1), heartbeats=(6 * 3_600,)),
)
"""Stormy, usual and long: after 48 days a ticket is forgotten."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the cluster is made."""

    begins: Instant
    days: int
    inbox_partitions: int
    input_partitions: int
    workers: int
    static: bool  # whether workers come back under the same instance id
    heartbeat: float  # seconds
    window: int  # inputs in which a repeat is recognised
    chunk: int  # outputs after which a chunk ends
    compaction: int  # hours between compactions


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided about a run beforehand. What is left to chance comes from the seed too."""

    seed: int
    setting: Setting
    publications: list[Publication]
    faults: list[Fault]
    looks: list[int]  # when the second oracle looks, beside the end; true time


def days_of(seed: int) -> int:
    """How many days the run of `seed` has."""
    random = chance("plan", seed)
    return _setting(random, random.choice(_TEMPERS)).days


def plan(seed: int) -> Plan:
    """The run of `seed`."""
    random = chance("plan", seed)
    temper = random.choice(_TEMPERS)
    setting = _setting(random, temper)
    how = habits(random, random.choice(temper.stories))
    published = publications(random, setting.begins, setting.days, how)
    quiet = silences(chance("silences", seed), setting.begins, setting.days)
    busy = [publication.at for publication in published]
    struck = faults(random, setting.days, setting.workers, random.choice(temper.faults), busy)
    return Plan(
        seed,
        setting,
        sorted(published + quiet),
        struck,
        [random.randrange(setting.days * TRUE_DAY) for _ in range(_LOOKS)],
    )


def _setting(random: Random, temper: _Temper) -> Setting:
    return Setting(
        begins=_FIRST_DAY + random.randrange(2 * 365) * DAY,
        days=random.choice(temper.days),
        inbox_partitions=random.choice((1, 2, 3)),
        input_partitions=random.choice((1, 1, 2)),
        workers=random.choice((1, 2, 3)),
        static=random.random() < 0.3,
        heartbeat=random.choice(temper.heartbeats),
        window=random.choice((5, 50, 5_000)),
        chunk=random.choice((1, 5, 5_000)),
        compaction=random.choice((1, 6, 24)),
    )
