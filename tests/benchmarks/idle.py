"""What a worker costs that has nothing to do: processor time, and how often a thread of it wakes up.

    python tests/benchmarks/idle.py [--bootstrap HOST:PORT] [--seconds 20]

Without --bootstrap a local Kafka is started. The worker owns three partitions of the inbox and of each input topic. It
is left alone until it has joined and ticked; then the kernel's own counts are read twice. Linux alone has them.
"""

import asyncio
import sys
import time
from pathlib import Path

from stand import TOCSIN, arguments, broker, check, end, settings_for, start

from tocsin.streams.kafka import topics

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.machine import used

LIMIT_SECONDS = 120
SETTLING_SECONDS = 10


def wait_until_joined(log: Path) -> None:
    """Wait until the worker owns its partitions."""
    limit = time.monotonic() + LIMIT_SECONDS
    while "joined" not in log.read_text(encoding="utf-8"):
        if time.monotonic() > limit:
            raise SystemExit(f"the worker has not joined in {LIMIT_SECONDS} s")
        time.sleep(0.1)
    time.sleep(SETTLING_SECONDS)


def main() -> None:
    """Measure and report."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with broker(options.bootstrap) as (bootstrap, folder):
        settings, log = settings_for(bootstrap), folder / "worker.log"
        asyncio.run(topics.create(settings))
        with log.open("wb") as output:
            worker = start(TOCSIN, settings.environment(), output)
            wait_until_joined(log)
            before, began = used(worker.pid), time.monotonic()
            time.sleep(options.seconds)
            after, seconds = used(worker.pid), time.monotonic() - began
            check(worker, log)
            end(worker)
        asyncio.run(topics.delete(settings))
    share = (after.seconds - before.seconds) / seconds
    sys.stdout.write(f"processor: {share * 100:.1f} % of a core\n")
    sys.stdout.write(f"wakeups: {(after.wakeups - before.wakeups) / seconds:.0f} a second\n")


if __name__ == "__main__":
    main()
