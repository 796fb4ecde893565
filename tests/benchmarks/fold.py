"""Cost of the pure steps, without a broker: intake of a detection, a fold that opens a ticket, a fold that repeats.

    python tests/benchmarks/fold.py [--events 10000] [--rounds 5]

In microseconds of processor time; the best round is told, so that another load on the machine weighs little. The events
are the stream `plain` of `make bench`: a fifth opens a ticket. A release that is to be compared is run by the same
command from its own checkout, in turn with this one.
"""

import argparse
import gc
import sys
import time
from typing import NamedTuple

from stand import OPENING, event

from tocsin.contracts.library import ContractLibrary
from tocsin.engine.shard import Shard
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.tenants.directory import TenantDirectory

STAMP = 1_772_355_600_000
BATCH = 500


class Seconds(NamedTuple):
    """Processor time of a round by step."""

    intake: float
    opening: float
    repeating: float


def measure(count: int) -> Seconds:
    """One round: take in `count` events, then fold them."""
    intake = Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), 1)
    arrived = [
        Record(Topic.SECURITY_EVENTS, 0, number, STAMP + number, None, event(number, count // OPENING))
        for number in range(count)
    ]
    gc.collect()
    begun = time.process_time()
    outputs = [
        output
        for start in range(0, count, BATCH)
        for chunk in intake.fold(arrived[start : start + BATCH])
        for output in chunk.outputs
    ]
    taken_in = time.process_time() - begun
    inbox = [output for output in outputs if output.topic is Topic.INBOX]
    log = [
        Record(Topic.INBOX, 0, number, STAMP + number, each.key, each.value, each.headers)
        for number, each in enumerate(inbox)
    ]
    first_repeat = len(log) - (count - count // OPENING)
    shard = Shard(0)
    return Seconds(taken_in, _fold(shard, log[:first_repeat]), _fold(shard, log[first_repeat:]))


def _fold(shard: Shard, log: list[Record]) -> float:
    gc.collect()
    begun = time.process_time()
    for start in range(0, len(log), BATCH):
        for _ in shard.fold(log[start : start + BATCH]):
            pass
    return time.process_time() - begun


def main() -> None:
    """Measure, and print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    best = Seconds(*map(min, zip(*(measure(options.events) for _ in range(options.rounds)), strict=True)))
    opening = options.events // OPENING
    for name, seconds, events in (
        ("intake", best.intake, options.events),
        ("fold, opens a ticket", best.opening, opening),
        ("fold, repeats", best.repeating, options.events - opening),
    ):
        sys.stdout.write(f"{name:<22}{seconds / events * 1e6:7.1f} us an event\n")


if __name__ == "__main__":
    main()
