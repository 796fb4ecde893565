"""Makes the reports of the sample quarter of five clients in every form, counts their totals once more, and measures.

    python -m tools.reports [--folder DIR] [--tickets 200] [--picture docs/report.png]

The quarter is written by `clients_quarter.py`: an inbox, and what follows from it as a log of the journal and the
contracts. Each report is made by a process of its own; the last lines tell the most time and memory of each form.
`tests/unit/recounted.py` counts the totals of each report from the log, without code of ours.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from tests.board.chromium import browser
from tools.clients_quarter import CLIENTS, records

from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.replay.refolding import Refold

ROOT = Path(__file__).parents[1]
PERIOD = "2026-Q4"
FORMS = ("json", "html", "md", "csv", "pdf")
REPORT = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", "report", "--period", PERIOD]
KEPT = (Topic.TENANTS, Topic.TICKET_EVENTS)


class Cost(NamedTuple):
    """Processor time in seconds, memory in MB, and the bytes of the file in KB."""

    seconds: float
    memory: float
    size: float


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--tickets", type=int, default=200)
    parser.add_argument("--picture", type=Path, help="write a picture of the first client's page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "log.jsonl"
        count = _write(log, _told(options.tickets))
        sys.stdout.write(f"{log.name}: {count} records of journal and contracts, {log.stat().st_size / 1e6:.1f} MB\n")
        costs = {form: _most(_report(log, folder, tenant, form) for tenant in CLIENTS) for form in FORMS}
        for tenant in CLIENTS:
            script = ROOT / "tests" / "unit" / "recounted.py"
            subprocess.run([sys.executable, script, log, folder / f"{tenant}.json"], check=True)  # noqa: S603 - our own
        for form, cost in costs.items():
            told = f"{cost.seconds:.1f} s of a processor, {cost.memory:.0f} MB, a file of {cost.size:.0f} KB"
            sys.stdout.write(f"{form}: at most {told}\n")
        if options.picture:
            page = (folder / f"{next(iter(CLIENTS))}.html").resolve()
            asyncio.run(_picture(page.as_uri(), options.picture))


def _told(tickets: int) -> Iterator[Record]:
    return (record for record in Refold(0).fold(records(tickets=tickets)) if record.topic in KEPT)


def _write(path: Path, found: Iterator[Record]) -> int:
    with path.open("wb") as file:
        return sum(file.write(line.write(record) + b"\n") > 0 for record in found)


def _report(log: Path, folder: Path, tenant: str, form: str) -> Cost:
    """Make one report; its cost."""
    output = folder / f"{tenant}.{form}"
    arguments = ["--tenant", tenant, "--format", form, "--output", str(output), str(log)]
    process = subprocess.Popen([*REPORT, *arguments])  # noqa: S603 - our own command
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output.stat().st_size / 1024)


def _most(costs: Iterable[Cost]) -> Cost:
    return Cost(*map(max, zip(*costs, strict=True)))


async def _picture(address: str, path: Path) -> None:
    """Of few colours, so that the file is small."""
    async with browser() as chromium:
        page = await chromium.new_page(viewport={"width": 1180, "height": 1130}, color_scheme="light")
        await page.goto(address)
        shot = await page.screenshot()
    Image.open(BytesIO(shot)).convert("RGB").quantize(32).save(path, optimize=True)


if __name__ == "__main__":
    main()
