"""`make chaos`: every fault on real brokers, with the table of what held, written to RESULTS.md beside this file."""

import argparse
import asyncio
import importlib
import logging
import os
import shlex
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kafka"), str(HERE.parents[1])]

from field import Field  # noqa: E402 - the path comes first
from report import Result, table  # noqa: E402
from tests.machine import machine  # noqa: E402 - the path comes first

from tocsin.dev.kafka import LocalKafka, install  # noqa: E402

FAULTS = (
    "killed_workers",
    "zombies",
    "killed_brokers",
    "wrong_clocks",
    "overdue_at_start",
    "shuffled_sources",
    "poison",
    "rebalance_storm",
    "unreachable_broker",
    "broken_storage",
    "killed_notify",
)


async def main() -> int:
    """Run the faults that were asked for. The exit status tells whether all invariants held."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=FAULTS, action="append", help="only this fault; may be repeated")
    parser.add_argument(
        "--share", type=float, default=1.0, help="how much of the full counts; 0 for those of the tests"
    )
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers die here all the time
    chosen = options.only or list(FAULTS)
    results = []
    began = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-chaos-") as folder,
        LocalKafka(install(), Path(folder) / "shared") as shared,
    ):
        for name in chosen:
            click.echo(f"{datetime.now(UTC):%H:%M:%S} {name} ...")
            field = Field(Path(folder) / name, options.seed, options.share, shared)
            results.append(await run_fault(name, field))
            click.echo(table(results[-1:]))
            options.results.write_text(page(results, began, shared.version, len(chosen), options.share))
    return 1 if any(result.faults for result in results) else 0


async def run_fault(name: str, field: Field) -> Result:
    """Run the fault of that name."""
    result: Result = await importlib.import_module(f"faults.{name}").run(field)
    return result


def page(results: list[Result], began: datetime, kafka: str, wanted: int, share: float) -> str:
    """What is kept: the table with what it was measured by, when and on what."""
    load = f"{os.getloadavg()[2]:.1f}"
    command = "make chaos" + (f" ARGS='{shlex.join(sys.argv[1:])}'" if sys.argv[1:] else "")
    minutes = (datetime.now(UTC) - began).total_seconds() / 60
    counts = (
        "The counts are the full ones." if share == 1 else f"The counts are {share:.0%} of the full ones, or the least."
    )
    whole = "" if len(results) == wanted else f" The run was broken off after {len(results)} of {wanted} faults."
    return (
        (HERE / "RESULTS.head.md")
        .read_text()
        .format(
            command=command,
            date=f"{began:%d %B %Y, %H:%M} UTC",
            machine=machine(),
            kafka=kafka,
            minutes=f"{minutes:.0f}",
            counts=counts,
            load=load,
        )
        + whole
        + "\n"
        + table(results)
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
