"""11. Notify is killed, or frozen for longer than its session, again and again, while its sinks fail."""

import asyncio
import json
import random
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from bench import Bench, bench
from counterparts import Listener
from field import Field, close_books, timed
from notified import QUICK, Notify, notify_file, webhook
from patience import until
from report import Result
from workers import Workers, committed

from tocsin.messages.record import Topic

_SINKS = ("steady", "forgetful", "failing")
_HELD_MAX = 100


@timed
async def run(field: Field) -> Result:
    seconds = field.choose(180, 12)
    result = Result("11", "notify killed or frozen, its sinks failing", field.seed, f"{seconds} s")
    rng = field.rng
    async with AsyncExitStack() as stack:
        table = await stack.enter_async_context(bench(field.shared.bootstrap, field.folder, "notify", field.seed))
        sinks = {name: await stack.enter_async_context(Listener().listening()) for name in _SINKS}
        sinks["forgetful"].loses = lambda _number: rng.random() < 0.1
        folder = field.folder / "notify"
        folder.mkdir()
        stack.push_async_callback(asyncio.to_thread, (workers := Workers(folder)).end)
        notify = await Notify(workers, table.settings, _file(folder, sinks)).start()
        table.crew.start(0)
        await table.ready()
        async with table.stream(rate=60):
            done = await _harm(notify, sinks["failing"], table, rng, time.monotonic() + seconds)
        sinks["failing"].status = 202
        await table.settle()
        await table.crew.stop()  # so that nothing is raised any more
        expected = _expected(await _alerts(table))
        for name, sink in sinks.items():
            await until(partial(_has_all, sink, expected), f"{name} has all")
        notify.process.process.terminate()
        await notify.process.ended()
        table.crew.supervised = True
        table.crew.start(0)  # it takes in the last receipts
        await close_books(table, result)
        for name, sink in sinks.items():
            _judge(name, sink, expected, result, sum(done.values()))
    result.acts += ": " + ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
    result.notes.append(
        f"Alerts that each of three sinks must have: {len(expected):,}. Recovery: until it has its partitions."
    )
    return result


def _has_all(sink: Listener, expected: dict[str, list[str]]) -> bool:
    return {alert for alerts in expected.values() for alert in alerts} <= set(sink.ids)


async def _harm(notify: Notify, failing: Listener, table: Bench, rng: random.Random, end: float) -> Counter[str]:
    done: Counter[str] = Counter()
    while time.monotonic() < end:
        await asyncio.sleep(rng.uniform(0.5, 4))
        failing.status = rng.choice((202, 202, 500))
        began = time.monotonic()
        if rng.random() < 0.7:
            notify.process.kill()
            done["killed"] += 1
            await notify.start()
        else:
            notify.process.signal(signal.SIGSTOP)
            await asyncio.sleep(table.settings.session_timeout + 1)
            notify.process.signal(signal.SIGCONT)
            done["frozen"] += 1
            await notify.process.ready()
        table.recoveries.append(time.monotonic() - began)
    return done


def _file(folder: Path, sinks: dict[str, Listener]) -> Path:
    more = f"{QUICK}\nwaiting = {_HELD_MAX}\nper_minute = 60000"
    return notify_file(
        folder,
        *(webhook(name, sink.url, more) for name, sink in sinks.items()),
        to=", ".join(f'"{it}"' for it in sinks),
    )


async def _alerts(table: Bench) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in await committed(table.settings, Topic.ALERTS)]


def _expected(alerts: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By incident the alerts in their order; what follows an incident that is not open is not told."""
    expected: dict[str, list[str]] = {}
    is_open: set[str] = set()
    for each in alerts:
        key, action = each["data"]["dedup_key"], each["data"]["action"]
        if action in ("acknowledge", "resolve") and key not in is_open:
            continue
        is_open = (is_open | {key}) if action == "trigger" else (is_open - {key} if action == "resolve" else is_open)
        expected.setdefault(key, []).append(each["id"])
    return expected


def _judge(name: str, sink: Listener, expected: dict[str, list[str]], result: Result, interruptions: int) -> None:
    told: dict[str, list[str]] = {}
    for each in sink.alerts:
        told.setdefault(each["data"]["dedup_key"], []).append(each["id"])
    wanted = {alert for alerts in expected.values() for alert in alerts}
    result.expect(
        set(sink.ids) == wanted,
        f"{name}: {len(wanted - set(sink.ids))} missing, {len(set(sink.ids) - wanted)} too many",
    )
    wrong = [key for key, alerts in expected.items() if not _in_order(alerts, told.get(key, []))]
    result.expect(not wrong, f"{name}: the order within incidents was not kept: {wrong[:3]}")
    if name != "forgetful":
        repeats = len(sink.ids) - len(wanted)
        result.expect(
            repeats <= interruptions * _HELD_MAX, f"{name}: {repeats} repeats of {interruptions} interruptions"
        )


def _in_order(alerts: list[str], told: list[str]) -> bool:
    """True if `alerts` came one after the other, whatever was repeated in between."""
    rest = iter(told)
    return all(alert in rest for alert in alerts)
