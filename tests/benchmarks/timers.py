"""Very many timers that are due at one tick: how long a worker's event loop stands still while they fire.

    python tests/benchmarks/timers.py [--timers 100000]

Without a broker. A worker folds until a chunk of outputs is full, and does something else while that is committed.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

from tocsin.streams.faust.worker import tune_garbage_collector

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "fold"))

from driver import when
from logs import tick
from test_many_timers import with_timers


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timers", type=int, default=100_000)
    timers = parser.parse_args().timers
    shard = with_timers(timers)
    tune_garbage_collector()
    seconds, began = [], time.process_time()
    for _ in shard.fold([tick(7, when("10:00:00.001"))]):
        now = time.process_time()
        seconds.append(now - began)
        began = now
    sys.stdout.write(f"{len(seconds)} chunks, {sum(seconds) / timers * 1e6:.0f} us a timer of processor time\n")
    sys.stdout.write(
        f"a chunk: median {statistics.median(seconds) * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms\n"
    )


if __name__ == "__main__":
    main()
