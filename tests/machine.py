"""What figures were measured on."""

import platform
from pathlib import Path


def machine() -> str:
    """Processors, memory, system and Python of this machine."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    model = cpus[0].partition(":")[2].strip() if cpus else platform.processor()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{len(cpus)} x {model}, {memory:.0f} GB, {system}"
