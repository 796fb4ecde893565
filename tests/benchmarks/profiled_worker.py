"""`profiled_worker.py FILE`: `tocsin run`, and into FILE where its processor time went, in shares by part.

A timer interrupts it after each two milliseconds of processor time, in whatever the event loop's thread is doing; what
that thread has used since then is put down to the innermost part on its stack. Other threads are one part.
"""

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import tocsin.cli

INTERVAL_SECONDS = 0.002

PARTS = {
    "tocsin/messages/inbox.py": "inbox records: encode, decode",
    "tocsin/messages": "intake: judge, find the tenant",
    "tocsin/domain/decide": "fold: decide",
    "tocsin/domain/state": "fold: evolve, keep marks and clocks",
    "tocsin/domain/clocks": "fold: clocks and timers",
    "tocsin/domain/time": "fold: clocks and timers",
    "tocsin/domain/alerts": "fold: alerts",
    "tocsin/domain": "fold: decide",
    "tocsin/engine/journal.py": "fold: journal, its hash chain",
    "tocsin/engine/snapshot": "fold: encode state",
    "tocsin/engine": "fold: engine",
    "tocsin/streams/kafka/transactions.py": "write: fill batches",
    "tocsin/streams": "shell: lanes, shell of the log, metrics",
    "aiokafka/producer": "write: aiokafka's producer",
    "aiokafka": "write and read: aiokafka's connections and records",
    "faust/": "Faust and mode",
    "mode/": "Faust and mode",
    "asyncio/": "event loop",
    "selectors.py": "event loop",
}
"""Parts by a piece of the path of a module; the first that fits."""


class Sampler:
    """Counts nanoseconds of the main thread by part."""

    def __init__(self) -> None:
        self._by_part: Counter[str] = Counter()
        self._of_files: dict[str, str | None] = {}
        self._last = 0

    def start(self) -> None:
        """From now on."""
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        now = time.thread_time_ns()
        part, in_loop = None, False
        while frame is not None:
            part = part or self._part(frame.f_code.co_filename)
            in_loop = in_loop or frame.f_code.co_name == "_run_once"
            frame = frame.f_back
        if in_loop:  # and not still importing
            self._by_part[part or "other"] += now - self._last
        self._last = now

    def _part(self, file: str) -> str | None:
        if file not in self._of_files:
            self._of_files[file] = next((part for piece, part in PARTS.items() if piece in file), None)
        return self._of_files[file]

    def shares(self) -> dict[str, float]:
        """The share of each part in the processor time of the process since its event loop has run."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        others = time.process_time_ns() - time.thread_time_ns()
        counted = self._by_part + Counter({"thread of the consumer: read": others})
        return {part: spent / counted.total() for part, spent in counted.most_common()}


def main() -> None:
    """Run a worker until it is asked to stop."""
    sampler = Sampler()
    sampler.start()
    try:
        tocsin.cli.main(["run"])
    finally:
        Path(sys.argv[1]).write_text(json.dumps(sampler.shares()))


if __name__ == "__main__":
    main()
