"""Delay by sink: how long an alert takes from its stamp to its sink, in calm and in a storm.

    python tests/benchmarks/notify.py [--alerts 2000] [--rate 20] [--json]

A real broker, a real notify, sinks on this machine: a webhook and a mail server that answer at once, a webhook that
takes two seconds, one that loses every second answer, and one that is down until the others have everything. Calm:
`rate` alerts a second for thirty seconds. Storm: `alerts` at once. An alert's delay ends when its sink has read it for
the first time.
"""

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaProducer

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "kafka")]

from counterparts import Listener, Mailbox  # noqa: E402 - the path comes first
from notified import QUICK, Notify, alert, mail, notify_file, webhook  # noqa: E402 - the path comes first
from patience import until  # noqa: E402 - the path comes first
from tests.machine import machine  # noqa: E402 - the path comes first
from workers import Workers  # noqa: E402 - the path comes first

from tocsin.dev.kafka import LocalKafka, free_port, install  # noqa: E402 - the path comes first
from tocsin.messages.record import Topic  # noqa: E402 - the path comes first
from tocsin.settings import Settings  # noqa: E402 - the path comes first
from tocsin.streams.kafka import topics  # noqa: E402 - the path comes first

CALM_SECONDS = 30
SLOW_SECONDS = 2.0
SINKS = ("webhook", "mail", "slow", "losing", "down")


class Row(NamedTuple):
    """The delays at one sink, in seconds."""

    sink: str
    alerts: int
    median: float
    p99: float
    last: float
    messages: int


async def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=2_000)
    parser.add_argument("--rate", type=int, default=20)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-notify-") as folder, LocalKafka(install(), Path(folder)) as kafka:
        settings = Settings(bootstrap=kafka.bootstrap, app_id="bench", partitions=3, web_port=0)
        await topics.create(settings)
        found = await measured(settings, Path(folder), options.alerts, options.rate)
    if options.as_json:
        print(json.dumps({name: [row._asdict() for row in rows] for name, rows in found.items()}))  # noqa: T201 - its result
        return
    print(machine())  # noqa: T201 - its result
    for name, rows in found.items():
        print(f"\n{name}\n{'sink':10}{'alerts':>8}{'median s':>10}{'99 % s':>10}{'last s':>10}{'messages':>10}")  # noqa: T201 - its result
        for row in rows:
            figures = f"{row.median:>10.3f}{row.p99:>10.3f}{row.last:>10.3f}{row.messages:>10}"
            print(f"{row.sink:10}{row.alerts:>8}{figures}")  # noqa: T201 - its result


async def measured(settings: Settings, folder: Path, alerts: int, rate: int) -> dict[str, list[Row]]:
    """The rows of each situation."""
    async with AsyncExitStack() as stack:
        port = free_port()
        sinks = {
            name: await stack.enter_async_context(Listener().listening()) for name in ("webhook", "slow", "losing")
        }
        mailbox = await stack.enter_async_context(Mailbox().listening())
        sinks["slow"].seconds, sinks["losing"].loses = SLOW_SECONDS, lambda number: number % 2 == 1
        written = [webhook(name, sink.url) for name, sink in sinks.items()]
        written += [
            webhook("down", f"http://127.0.0.1:{port}"),
            mail("mail", mailbox.port, f"{QUICK}\nper_minute = 30"),
        ]
        file = notify_file(folder, *written, to=", ".join(f'"{name}"' for name in SINKS))
        workers = Workers(folder)
        stack.push_async_callback(asyncio.to_thread, workers.end)
        await Notify(workers, settings, file).start()
        calm = await said(settings, "calm", CALM_SECONDS * rate, 1 / rate)
        here: dict[str, Callable[[], dict[str, float]]] = {
            name: partial(getattr, sink, "first") for name, sink in sinks.items()
        }
        here["mail"] = partial(mailed, mailbox)
        await arrived(here, calm)
        before = {name: messages(sinks.get(name), mailbox) for name in here}
        rows = [row(name, calm, here[name](), before[name]) for name in here]
        storm = await said(settings, "storm", alerts, 0)
        await arrived(here, storm)
        late = await stack.enter_async_context(Listener().listening(port))
        back = time.time()
        await arrived({"down": partial(getattr, late, "first")}, calm | storm)
        stormy = [row(name, storm, here[name](), messages(sinks.get(name), mailbox) - before[name]) for name in here]
        stormy.append(row("down", dict.fromkeys(calm | storm, back), late.first, len(late.told)))
    return {
        f"calm: {rate} alerts a second for {CALM_SECONDS} s": rows,
        f"storm: {alerts} alerts at once; `down` counts from when it is back, with those of the calm": stormy,
    }


async def said(settings: Settings, name: str, count: int, pause: float) -> dict[str, float]:
    """Publish so many alerts; the time of each by its id."""
    found: dict[str, float] = {}
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, linger_ms=1) as producer:
        sent = []
        for number in range(count):
            key, value = alert(f"{name}-{number}")
            found[f"{name}-{number}"] = time.time()
            sent.append(await producer.send(settings.topic(Topic.ALERTS), value, key))
            await asyncio.sleep(pause)
        await asyncio.gather(*sent)
    return found


async def arrived(sinks: dict[str, Callable[[], dict[str, float]]], wanted: dict[str, float]) -> None:
    """Wait until every alert is at every one of the sinks."""
    for name, read in sinks.items():
        await until(partial(_all_there, read, wanted), f"all are at {name}", 600)


def _all_there(read: Callable[[], dict[str, float]], wanted: dict[str, float]) -> bool:
    return wanted.keys() <= read().keys()


def mailed(mailbox: Mailbox) -> dict[str, float]:
    """The same of mails, which name each alert."""
    found: dict[str, float] = {}
    for at, each in zip(mailbox.times, mailbox.mails, strict=True):
        for name in re.findall(r"(?:calm|storm)-\d+", each.get_content()):
            found.setdefault(name, at)
    return found


def messages(sink: Listener | None, mailbox: Mailbox) -> int:
    """How many messages the sink has read."""
    return len(mailbox.mails) if sink is None else len(sink.told)


def row(name: str, said_at: dict[str, float], there: dict[str, float], count: int) -> Row:
    """The figures of one sink."""
    delays = sorted(there[each] - at for each, at in said_at.items())
    return Row(name, len(delays), statistics.median(delays), delays[int(len(delays) * 0.99)], delays[-1], count)


if __name__ == "__main__":
    asyncio.run(main())
