"""Latency by rate and number of partitions, of this code and of an earlier one, in turn on one broker.

    python tests/benchmarks/latency_curve.py --partitions 3 [--rates 20,120,500,1000] [--seconds 8] [--before REVISION]

The messages are the mix of `latency.py`, and so is the way of measuring. REVISION is a commit of this repository; its
code runs as the worker, everything else is of this one. The section of that number of partitions in LATENCY.md beside
this file is written anew.
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from latency import SEED, BehindError, Latencies, Load, measure
from stand import arguments, broker, settings_for

sys.path.extend([str(Path(__file__).parents[1] / "kafka"), str(Path(__file__).parents[2])])

from tests.machine import machine
from workload import workload

from tocsin.domain.instant import SECOND
from tocsin.settings import Settings

PAGE = Path(__file__).parent / "LATENCY.md"
WARM_UP_SECONDS = 3.0
HEAD = """# Latency by rate and partitions

Written by the commands that each section names. Milliseconds: median / 99th percentile. The curves are over the alerts,
as a `read_committed` client in a process of its own sees them. *From the stamp* counts from that in the inbox, or from
the time that has caused the alert; *from publication* from when the message that has caused it had to be published.
Messages are the mix of `latency.py` on four input topics of so many partitions each; broker, one worker, publisher and
client share the machine. "behind": the worker was not done 20 s after the last message.
*Before* is the code that `--before` names, *after* this one; their workers take turns.
"""


def code_of(revision: str, folder: Path) -> dict[str, str]:
    """The environment of a worker with the code of `revision`, which is put into `folder`."""
    folder.mkdir()
    root = Path(__file__).parents[2]
    packed = subprocess.run(["git", "-C", root, "archive", revision, "src"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
    return {"PYTHONPATH": str(folder / "src")}


def point(settings: Settings, rate: int, seconds: float, folder: Path, environment: dict[str, str]) -> Latencies | None:
    """One measurement; None where the worker does not keep up."""
    messages = workload(SEED, round(rate * (seconds + WARM_UP_SECONDS)), int(time.time() * SECOND))
    try:
        return asyncio.run(measure(settings, Load(messages, rate, WARM_UP_SECONDS), folder, environment))
    except BehindError:
        return None


def cells(found: Latencies | None) -> str:
    """Two columns of a row."""
    if found is None:
        return "behind | behind"
    return " | ".join(_percentiles(each) for each in found)


def _percentiles(milliseconds: list[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"{cuts[49]:,.0f} / {cuts[98]:,.0f}"


def measured_by(script: str, loads: Sequence[float]) -> str:
    """The command, when, on which machine, and its load average before and after."""
    command = f"python tests/benchmarks/{script} {' '.join(sys.argv[1:])}".rstrip()
    when = f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC"
    return f"`{command}`, {when}.\nMachine: {machine()}; load average {loads[0]:.1f} before and {loads[-1]:.1f} after."


def section(before: str | None, rows: list[str], loads: list[float]) -> str:
    """Of LATENCY.md."""
    columns = "from the stamp", "from publication"
    named = [f"{code}{column}" for code in (("before: ", "after: ") if before else ("",)) for column in columns]
    head = f"| inputs/s | {' | '.join(named)} |"
    ruler = "|---" * (len(named) + 1) + "|"
    return "\n".join([measured_by("latency_curve.py", loads), "", head, ruler, *rows])


def keep(title: str, text: str) -> None:
    """Write the page with this section instead of the one before: the curves last, in the order of their partitions."""
    old = PAGE.read_text() if PAGE.exists() else ""
    sections = dict(re.findall(r"^## (.*?)\n\n(.*?)\n*(?=^## |\Z)", old, re.MULTILINE | re.DOTALL))
    sections[title] = text
    ordered = sorted(sections, key=lambda each: int(first) if (first := each.split()[0]).isdigit() else 0)
    PAGE.write_text("\n".join([HEAD, *(f"## {each}\n\n{sections[each]}\n" for each in ordered)]))


def main() -> None:
    """Measure and write."""
    parser = arguments(__doc__)
    parser.add_argument("--partitions", type=int, required=True, help="of each topic")
    parser.add_argument("--rates", default="20,120,500,1000", help="messages a second  [%(default)s]")
    parser.add_argument("--seconds", type=float, default=8, help="for how long each  [%(default)s]")
    parser.add_argument("--before", metavar="REVISION", help="measure the code of this commit too, in turn")
    options = parser.parse_args()
    title = f"{options.partitions} {'partition' if options.partitions == 1 else 'partitions'}"
    rows, loads = [], [os.getloadavg()[0]]
    with broker(options.bootstrap) as (bootstrap, folder):
        codes = [code_of(options.before, folder / "before")] if options.before else []
        for rate in map(int, options.rates.split(",")):
            row = []
            for environment in [*codes, {}]:
                settings = settings_for(bootstrap).model_copy(update={"partitions": options.partitions})
                row.append(cells(point(settings, rate, options.seconds, folder, environment)))
                loads.append(os.getloadavg()[0])
            rows.append(f"| {rate:,} | {' | '.join(row)} |")
            sys.stdout.write(rows[-1] + "\n")
            keep(title, section(options.before, rows, loads))


if __name__ == "__main__":
    main()
