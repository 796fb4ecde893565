"""What comes in while a disaster lasts, and what must have been told of it."""

import json
import time
from binascii import crc32
from collections import Counter
from typing import Any

from workers import committed, contents, publish

from tocsin.domain.instant import MINUTE, SECOND, Instant, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

TENANTS = 12
"""Enough that each partition has some of them."""

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")


def now() -> Instant:
    return time.time_ns() // 1_000_000


async def calls_missed(settings: Settings, name: str, due_in: float) -> Instant:
    """One call of each tenant is missed, for which a callback is owed in so many seconds. Returns when exactly."""
    due = now() + round(due_in * SECOND)
    records = [_event(f"{name}-{n}", n, "call.missed", due - 20 * MINUTE, _call(name, n)) for n in range(TENANTS)]
    await publish(settings, Topic.CALLS, records)
    return due


async def detections(settings: Settings, name: str) -> None:
    """A sensor of each tenant sees something that the contract alerts of at once."""
    seen = {"signature": name, "severity": "critical", "title": name}
    records = [_event(f"{name}-{n}", n, "detection", now(), {**seen, "asset": f"host-{n}"}) for n in range(TENANTS)]
    await publish(settings, Topic.SECURITY_EVENTS, records)


def _call(name: str, number: int) -> dict[str, str]:
    caller = crc32(name.encode()) % 800 * TENANTS + number  # another one each time, or it would be the same promise
    return {"call": f"{name}-{number}", "from": f"+1416555{caller:04}", "to": "+18445525837"}


def _event(event: str, number: int, kind: str, at: Instant, data: dict[str, str]) -> tuple[bytes, bytes]:
    envelope = {"specversion": "1.0", "id": f"{kind}-{event}", "source": "rehearsal", "type": f"tocsin.{kind}"}
    value = {**envelope, "tenant": f"client-{number}", "time": show(at), "data": data}
    return b"%d" % number, json.dumps(value).encode()


async def alerts(settings: Settings) -> list[dict[str, Any]]:
    return contents(await committed(settings, Topic.ALERTS))


async def told_of(settings: Settings, name: str) -> bool:
    """Whether each tenant was told of the detection of that name."""
    found = {each["tenant"] for each in await alerts(settings) if each["data"]["title"] == name}
    return len(found) == TENANTS


async def overdue(settings: Settings, due: Instant) -> Counter[str]:
    """How often each tenant was told that the callback owed at `due` is overdue."""
    found = [each["data"] for each in await alerts(settings) if each["data"]["kind"] == "callback_overdue"]
    return Counter(each["tenant"] for each in found if each["deadline"] == show(due))


async def all_overdue(settings: Settings, due: Instant) -> bool:
    return len(await overdue(settings, due)) == TENANTS
