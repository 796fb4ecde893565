"""The room on disks: where this machine keeps something, and where the brokers keep their logs."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tocsin.doctor.finding import Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.clients import admin_client
from tocsin.streams.kafka.log_dirs import log_dirs

NAME = "disk"
_LITTLE, _NONE = 0.1, 0.02


class Room(NamedTuple):
    """The room in a folder, in bytes. `offline`: its broker cannot use it any more."""

    where: str
    free: int
    total: int
    offline: bool = False


async def check(settings: Settings) -> list[Finding]:
    """Findings about the folders of this machine in which processes write."""
    folders = {Path.cwd(), *(path.parent for path in (settings.roster_kept_file,) if path is not None)}
    return judge(Room(f"{each} here", *_usage(each)) for each in sorted(folders))


async def check_brokers(settings: Settings) -> list[Finding]:
    """Findings about the folders of the brokers. Raises `KafkaError`: it needs the right to describe the cluster."""
    rooms = []
    async with admin_client(settings) as admin:
        for broker in sorted(compat.brokers(admin)):
            found = await log_dirs(admin, broker.nodeId)
            rooms += [Room(f"{it.path} at {broker.host}", it.free, it.total, bool(it.error)) for it in found]
    return judge(rooms)


def _usage(folder: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


def judge(rooms: Iterable[Room]) -> list[Finding]:
    """A warning below a tenth, a fault below a fiftieth."""
    return [_judged(room) for room in rooms]


def _judged(room: Room) -> Finding:
    look = f"df -h {room.where.split()[0]}"
    if room.offline:
        return Finding(NAME, Level.FAULT, f"The folder {room.where} is offline: its broker cannot use it.", look)
    share = room.free / room.total if room.total > 0 else 0.0
    level = Level.FAULT if share < _NONE else Level.WARNING if share < _LITTLE else Level.OK
    sentence = f"{share:.0%} of the disk of {room.where} is free."
    return Finding(NAME, level, sentence, "" if level is Level.OK else look)
