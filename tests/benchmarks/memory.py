"""What open tickets cost a worker that has taken their state over: memory, time, and pauses of the garbage collector.

    python tests/benchmarks/memory.py [--tickets 200000]

Without a broker. The state is made in a process of its own, so that what is measured is what a restarted worker has;
it is read from there record by record, as from a topic. The breakdown is a walk over every object.
"""

import argparse
import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tocsin.engine.shard import Shard
from tocsin.messages.record import Output
from tocsin.streams.faust.worker import tune_garbage_collector

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "fold"))

from opening import opening, saved
from weighed import weighed

_AT_ONCE = 500


def make_state(tickets: int, to: Connection) -> None:
    """Fold an inbox that opens so many tickets; send the state piece by piece."""
    state = saved(Shard(0), opening(tickets))
    for start in range(0, len(state), _AT_ONCE):
        to.send(state[start : start + _AT_ONCE])
    to.close()


def pieces(of: Connection) -> Iterator[list[Output]]:
    """What is sent, until nothing more comes."""
    while True:
        try:
            yield of.recv()
        except EOFError:
            return


class Pauses:
    """The pauses of the garbage collector, in seconds."""

    def __init__(self) -> None:
        self.longest = self.total = self._began = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            seconds = time.perf_counter() - self._began
            self.longest, self.total = max(self.longest, seconds), self.total + seconds


def resident() -> int:
    """The bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def measure(tickets: int) -> None:
    """Print the figures."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    maker = multiprocessing.get_context("spawn").Process(target=make_state, args=(tickets, theirs))
    maker.start()
    theirs.close()
    tune_garbage_collector()
    pauses, shard, seconds, before = Pauses(), Shard(0), 0.0, resident()
    for piece in pieces(ours):
        began = time.process_time()
        for output in piece:
            shard.load(output.topic, output.key or b"", output.value)
        seconds += time.process_time() - began
    shard.finish_restore()
    grown = resident() - before
    sys.stdout.write(f"restore: {seconds / tickets * 1e6:.1f} us a ticket of processor time\n")
    sys.stdout.write(f"memory: {grown / tickets:,.0f} bytes a ticket, {grown / 1e6:,.0f} MB in all\n")
    sys.stdout.write(f"collector: longest pause {pauses.longest * 1000:.1f} ms, all {pauses.total * 1000:.0f} ms\n")
    for when in ("at the end of the takeover", "afterwards"):
        began = time.process_time()
        gc.collect()
        sys.stdout.write(f"a full collection {when}: {(time.process_time() - began) * 1000:.1f} ms\n")
        gc.freeze()  # as a worker does then
    weight = weighed(shard)
    sys.stdout.write(f"walk: {weight.total() / tickets:,.0f} bytes a ticket\n")
    for name, size in weight.most_common(8):
        sys.stdout.write(f"  {name:<12}{size / tickets:8,.0f}\n")
    maker.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=200_000)
    measure(parser.parse_args().tickets)
