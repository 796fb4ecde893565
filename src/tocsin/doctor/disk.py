"""The room where this machine keeps something. Room at the brokers is theirs to tell."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tocsin.doctor.finding import Finding, Level
from tocsin.settings import Settings

NAME = "disk"
_LITTLE, _NONE = 0.1, 0.02
_BROKERS = Finding(
    NAME,
    Level.UNKNOWN,
    "Room on the brokers' disks cannot be asked by this client; Prometheus or the brokers tell it.",
    "kafka-log-dirs.sh --describe --bootstrap-server ...",
)


class Room(NamedTuple):
    """The room in a folder, in bytes."""

    folder: Path
    free: int
    total: int


async def check(settings: Settings) -> list[Finding]:
    """Findings about the folders of files that processes write."""
    folders = {Path.cwd(), *(path.parent for path in (settings.roster_kept_file,) if path is not None)}
    return [*judge(Room(each, *_usage(each)) for each in sorted(folders)), _BROKERS]


def _usage(folder: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


def judge(rooms: Iterable[Room]) -> list[Finding]:
    """A warning below a tenth, a fault below a fiftieth."""
    found = []
    for room in rooms:
        share = room.free / room.total if room.total else 0.0
        level = Level.FAULT if share < _NONE else Level.WARNING if share < _LITTLE else Level.OK
        sentence = f"{share:.0%} of the disk of {room.folder} is free."
        found.append(Finding(NAME, level, sentence, "" if level is Level.OK else f"df -h {room.folder}"))
    return found
