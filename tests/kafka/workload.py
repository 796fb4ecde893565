"""A SOC's input in quantity: detections with repeats, calls, callbacks, mails, desk work, and repeats of messages."""

import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from tocsin.domain.instant import MINUTE, Instant, show
from tocsin.messages.record import Topic

TENANTS = ("acme", "globex", "initech", *(f"client-{n}" for n in range(20)))
REPEATED = 0.05


class Message(NamedTuple):
    """What is published, and where."""

    topic: Topic
    key: bytes
    value: bytes


def workload(seed: int, count: int, now: Instant) -> list[Message]:
    """`count` messages. Calls came in about 20 minutes before `now`, so that callbacks fall due while it runs."""
    rng = random.Random(seed)
    messages: list[Message] = []
    for number in range(count):
        if messages and rng.random() < REPEATED:
            messages.append(rng.choice(messages[-1_000:]))
        else:
            messages.append(rng.choices(_MAKERS, _WEIGHTS)[0](rng, number, now))
    return messages


def _event(kind: str, number: int, tenant: str, time: Instant | None, data: dict[str, Any]) -> bytes:
    event = {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": "workload",
        "type": f"tocsin.{kind}",
        "tenant": tenant,
        "data": data,
    }
    return json.dumps(event if time is None else {**event, "time": show(time)}).encode()


def _detection(rng: random.Random, number: int, now: Instant) -> Message:
    data = {
        "signature": f"1:{rng.randrange(2_000)}",
        "severity": rng.choice(["informational", "low", "medium", "high", "critical"]),
        "asset": f"10.0.{rng.randrange(4)}.{rng.randrange(250)}",
        "title": "Outbound connection to an address on a block list",
    }
    value = _event("detection", number, rng.choice(TENANTS), now - rng.randrange(MINUTE), data)
    return Message(Topic.SECURITY_EVENTS, b"sensor-%d" % (number % 17), value)


def _call(rng: random.Random, number: int, now: Instant) -> Message:
    kind = rng.choice(["call.missed", "call.missed", "call.answered"])
    data = {"call": f"call-{number}", "from": f"+1416555{rng.randrange(3_000):04}", "to": "+18445525837"}
    came = now - 20 * MINUTE + rng.randrange(-30_000, 90_000)
    return Message(Topic.CALLS, b"%d" % number, _event(kind, number, rng.choice(TENANTS), came, data))


def _callback(rng: random.Random, number: int, now: Instant) -> Message:
    data = {
        "call": f"call-{number}",
        "from": "+18445525837",
        "to": f"+1416555{rng.randrange(3_000):04}",
        "outcome": rng.choice(["reached", "voicemail", "no_answer", "busy"]),
        "purpose": "callback",
        "analyst": "ada",
    }
    made = now - rng.randrange(10 * MINUTE)
    return Message(Topic.CALLS, b"%d" % number, _event("call.placed", number, rng.choice(TENANTS), made, data))


def _mail(rng: random.Random, number: int, now: Instant) -> Message:
    data = {
        "message_id": f"<{number}@client.example>",
        "from": f"person-{rng.randrange(500)}@client.example",
        "to": ["soc@soc.example"],
        "subject": f"Question {number}",
    }
    value = _event("email.received", number, rng.choice(TENANTS), now - rng.randrange(MINUTE), data)
    return Message(Topic.EMAILS, b"%d" % number, value)


def _desk(rng: random.Random, number: int, now: Instant) -> Message:
    tenant = rng.choice(TENANTS)
    data = {"ticket": f"{tenant.upper()}-{rng.randrange(1, 400):06}", "analyst": "ada"}
    kind = rng.choice(["desk.acknowledge", "desk.respond", "desk.resolve"])
    return Message(Topic.DESK, b"%d" % number, _event(kind, number, tenant, None, data))


def _poison(rng: random.Random, number: int, now: Instant) -> Message:
    return Message(Topic.SECURITY_EVENTS, b"%d" % number, b'{"no": "event of ours %d"' % number)


_MAKERS: list[Callable[[random.Random, int, Instant], Message]] = [
    _detection,
    _call,
    _callback,
    _mail,
    _desk,
    _poison,
]
_WEIGHTS = [60, 12, 8, 10, 8, 2]
