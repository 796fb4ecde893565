"""What figures were measured on, and what the kernel of that machine counts of a process."""

import os
import platform
from pathlib import Path
from typing import NamedTuple


class Used(NamedTuple):
    """What a process has used so far."""

    seconds: float  # of processor time
    wakeups: int  # times that a thread has waited for something, and it came


def used(pid: int) -> Used:
    """The kernel's counts of a process, over all of its threads. Linux alone has them."""
    process = Path(f"/proc/{pid}")
    fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    lines = [line for task in (process / "task").iterdir() for line in (task / "status").read_text().splitlines()]
    waits = (line.split()[1] for line in lines if line.startswith("voluntary_ctxt_switches"))
    return Used(seconds, sum(map(int, waits)))


def machine() -> str:
    """Processors, memory, system and Python of this machine."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    model = cpus[0].partition(":")[2].strip() if cpus else platform.processor()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{len(cpus)} x {model}, {memory:.0f} GB, {system}"
