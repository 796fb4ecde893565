"""`make bench`: Tocsin and its peers, on one broker in turn; the table goes to RESULTS.md beside this file.

    make bench [ARGS='--rounds 1 --events 6000']

Then the parts of Tocsin's work are measured one by one, and a running worker is profiled (--no-parts leaves it out).

The rounds are kept in .tocsin/bench.json. With --append they are added to those of earlier runs, so that a machine
which is free for some minutes only can measure one round at a time.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROUNDS = ROOT / ".tocsin" / "bench.json"
PAGE = HERE / "RESULTS.md"
sys.path[:0] = [str(HERE), str(ROOT)]

from contenders import NAMES, Contender, contender  # noqa: E402 - the path comes first
from parts import parts  # noqa: E402 - the path comes first
from race import race  # noqa: E402 - the path comes first
from results import Anatomy, Kept, Round, page  # noqa: E402 - the path comes first
from stand import arguments, broker  # noqa: E402 - the path comes first
from streams import STREAMS  # noqa: E402 - the path comes first
from tests.machine import machine  # noqa: E402 - the path comes first

from tocsin.dev.jars import kafka_version  # noqa: E402 - the path comes first
from tocsin.domain.instant import SECOND  # noqa: E402 - the path comes first


def one(stream: str, name: str, events: int, bootstrap: str, folder: Path) -> Round:
    """One contender on one stream."""
    taking_part = contender(name)
    messages = STREAMS[stream](round(events * taking_part.share), int(time.time() * SECOND))
    load = os.getloadavg()[0]
    raced = asyncio.run(race(taking_part, messages, bootstrap, folder))
    return Round(
        stream=stream,
        contender=name,
        title=taking_part.title,
        events=raced.measured.events,
        seconds=raced.measured.seconds,
        processor=raced.measured.processor,
        load=load,
        faults=raced.faults,
    )


def told(measured: Round) -> str:
    """A round in one line."""
    rates = f"{measured.a_second:>9,.0f} events/s {measured.a_processor_second:>9,.0f} per second of processor"
    return f"{measured.stream:<6} {measured.title:<56} {rates} {'; '.join(measured.faults)}"


def about() -> dict[str, str]:
    """What the page tells of this run."""
    return {
        "date": f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
        "machine": machine(),
        "kafka": kafka_version(),
    }


def dissected(stream: str, events: int, bootstrap: str, folder: Path) -> Anatomy:
    """Where Tocsin's time goes on that stream."""
    messages = STREAMS[stream](events, int(time.time() * SECOND))
    shares = folder / f"shares-{stream}.json"
    profiled = Contender("Tocsin, profiled", ([sys.executable, str(HERE / "profiled_worker.py"), str(shares)],))
    wrong = asyncio.run(race(profiled, messages, bootstrap, folder)).faults
    if wrong:
        raise SystemExit(f"the profiled worker: {'; '.join(wrong)}")
    return Anatomy(asyncio.run(parts(messages, bootstrap)), json.loads(shares.read_bytes()))


def options_of() -> argparse.Namespace:
    """What was asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--stream", choices=STREAMS, action="append", help="only this one; may be repeated")
    parser.add_argument("--only", choices=NAMES, action="append", help="only this contender; may be repeated")
    parser.add_argument("--append", action="store_true", help="to the rounds of earlier runs")
    parser.add_argument("--parts", action=argparse.BooleanOptionalAction, default=True, help="of Tocsin's work, alone")
    return parser.parse_args()


def main() -> int:
    """Run all rounds, the contenders in turn. The exit status is 1 where a count was wrong."""
    options = options_of()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic that is new has no leader for a moment
    kept = Kept.read(ROUNDS) if options.append else Kept()

    def keep() -> None:
        kept.write(ROUNDS)
        PAGE.write_text(page(kept, about()))

    with broker(options.bootstrap) as (bootstrap, folder):
        for _ in range(options.rounds):
            for stream, name in product(options.stream or STREAMS, options.only or NAMES):
                measured = one(stream, name, options.events, bootstrap, folder)
                sys.stdout.write(f"{told(measured)}\n")
                sys.stdout.flush()
                kept.rounds.append(measured)
                keep()
        for stream in options.stream or STREAMS if options.parts else ():
            kept.anatomies[stream] = dissected(stream, options.events, bootstrap, folder)
            keep()
    return 1 if any(each.faults for each in kept.rounds) else 0


if __name__ == "__main__":
    sys.exit(main())
