"""Cost of taking in one message of each sensor's format, in microseconds of processor time and messages a second.

    python tests/benchmarks/intake.py [--rounds 5] [--json]

The messages are the samples of tests/data/sensors that open or join a ticket, and five fields in our own schema. The
formats take turns in each round, and the best round of each is told, so that another load on the machine weighs little.
A release that is to be compared is run by the same command from its own checkout, in turn with this one.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from tocsin.contracts.library import ContractLibrary
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.tenants.directory import TenantDirectory

SENSORS = Path(__file__).parents[1] / "data" / "sensors"
STAMP = 1_772_355_600_000
MESSAGES = 2_000
BATCH = 500
ACME = (("tenant", b"acme"),)


def samples() -> Iterator[tuple[str, list[bytes]]]:
    """Each format with its samples."""
    yield "our own schema, five fields", [files("tocsin.dev").joinpath("samples/five-fields.json").read_bytes()]
    for folder in sorted(path for path in SENSORS.iterdir() if path.is_dir()):
        found = sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".txt"))
        values = [path.read_bytes() for path in found]
        if taken := [value for value in values if _opens(value)]:
            yield folder.name, taken


def _intake() -> Intake:
    return Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), 12)


def _records(values: list[bytes], count: int) -> list[Record]:
    return [
        Record(Topic.SECURITY_EVENTS, 0, number, STAMP + number, None, values[number % len(values)], ACME)
        for number in range(count)
    ]


def _opens(value: bytes) -> bool:
    """True if exactly one input comes of it."""
    outputs = [output for chunk in _intake().fold(_records([value], 1)) for output in chunk.outputs]
    inputs = [output for output in outputs if output.topic is Topic.INBOX]
    return len(inputs) == 2


def seconds_of(values: list[bytes]) -> float:
    """Processor time of taking in so many messages, one batch after the other."""
    intake, records = _intake(), _records(values, MESSAGES)
    gc.collect()
    begun = time.process_time()
    for start in range(0, MESSAGES, BATCH):
        for _ in intake.fold(records[start : start + BATCH]):
            pass
    return time.process_time() - begun


def main() -> None:
    """Measure, and print a line a format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    formats = dict(samples())
    best = dict.fromkeys(formats, float("inf"))
    for _ in range(options.rounds):
        for name, values in formats.items():
            best[name] = min(best[name], seconds_of(values))
    for name, seconds in best.items():
        row = {
            "format": name,
            "samples": len(formats[name]),
            "microseconds": round(seconds / MESSAGES * 1e6, 1),
            "messages_a_second": round(MESSAGES / seconds),
        }
        sys.stdout.write(
            json.dumps(row) + "\n" if options.json else "".join(f"{value!s:>28}" for value in row.values()) + "\n"
        )


if __name__ == "__main__":
    main()
