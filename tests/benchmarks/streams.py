"""The streams of `make bench`: `plain` is detections alone, `mix` has rises, calls, returns and mails of 200 tenants.

Every input is about a matter: a signature on a host, a caller, a thread of mails. The first one opens a ticket, the
others join it; a detection that is worse than all before it on its ticket alerts again.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from stand import OPENING, event

from tocsin.domain.instant import SECOND, Instant, show
from tocsin.messages.record import Topic

SEED = 7
MIX_TENANTS = 200
_ACTIVE_MATTERS = 2_000
_SEVERITIES = ("medium", "high", "critical")


class Message(NamedTuple):
    """What is published. Messages of one key keep their order, so a matter has one."""

    topic: Topic
    key: bytes
    value: bytes


class Expected(NamedTuple):
    """What must come of a stream, whoever does the job: computed from the messages alone."""

    inputs: int
    tickets: Counter[int]
    """How many tickets have so many inputs."""
    alerts: int


def plain(count: int, now: Instant) -> list[Message]:
    """Detections; a fifth opens tickets, the others repeat them in turn."""
    tickets = max(1, count // OPENING)
    return [Message(Topic.SECURITY_EVENTS, b"%d" % (n % tickets), event(n, tickets)) for n in range(count)]


def mix(count: int, now: Instant) -> list[Message]:
    """Three quarters detections, the others calls with returns, and mails; about four inputs a matter, interleaved."""
    rng = random.Random(SEED)
    active: list[Iterator[Message]] = []
    messages: list[Message] = []
    begun = 0
    while len(messages) < count:
        if len(active) < min(_ACTIVE_MATTERS, max(1, count // 10)):
            active.append(rng.choices(_MATTERS, (70, 18, 12))[0](rng, begun, now))
            begun += 1
        chosen = rng.randrange(len(active))
        if (message := next(active[chosen], None)) is None:
            active[chosen] = active[-1]
            del active[-1]
        else:
            messages.append(message)
    return messages


STREAMS: dict[str, Callable[[int, Instant], list[Message]]] = {"plain": plain, "mix": mix}


def expected(messages: Sequence[Message]) -> Expected:
    """The oracle: what a ticket for each matter, and an alert for each opening detection and each rise, come to."""
    worst: dict[str, int] = {}
    inputs: Counter[str] = Counter()
    alerts = 0
    for message in messages:
        said = json.loads(message.value)
        matter = _matter(said)
        inputs[matter] += 1
        if said["type"] == "tocsin.detection":
            severity = _SEVERITIES.index(said["data"]["severity"])
            alerts += severity > worst.get(matter, -1)
            worst[matter] = max(severity, worst.get(matter, -1))
    return Expected(len(messages), Counter(inputs.values()), alerts)


def _matter(said: dict[str, Any]) -> str:
    data, kind = said["data"], said["type"].removeprefix("tocsin.")
    match kind:
        case "detection":
            about = f"{data['signature']} {data['asset']}"
        case "email.received":
            about = data.get("in_reply_to") or data["message_id"]
        case _:
            about = data["to"] if kind == "call.placed" else data["from"]
    return f"{said['tenant']} {about}"


def _detections(rng: random.Random, matter: int, now: Instant) -> Iterator[Message]:
    for number in range(rng.randint(1, 8)):
        data = {
            "signature": f"signature-{matter}",
            "severity": rng.choices(_SEVERITIES, (6, 3, 1))[0],
            "asset": f"host-{matter % 1000}.client.example",
            "title": "Outbound connection to an address on a block list, seen by the sensor at the perimeter",
        }
        yield _message(Topic.SECURITY_EVENTS, "detection", (matter, number), now, data)


def _calls(rng: random.Random, matter: int, now: Instant) -> Iterator[Message]:
    ours, theirs = "+18445525837", f"+1416{matter:07}"
    missed = rng.randint(1, 2)
    for number in range(missed):
        data = {"call": f"call-{matter}-{number}", "from": theirs, "to": ours}
        yield _message(Topic.CALLS, "call.missed", (matter, number), now, data)
    placed = {"call": f"call-{matter}-{missed}", "from": ours, "to": theirs, "outcome": "reached"}
    placed |= {"purpose": "callback", "analyst": "ada"}
    yield _message(Topic.CALLS, "call.placed", (matter, missed), now, placed)


def _mails(rng: random.Random, matter: int, now: Instant) -> Iterator[Message]:
    thread = f"<{matter}@client.example>"
    for number in range(rng.randint(1, 5)):
        data: dict[str, Any] = {
            "message_id": f"<{matter}.{number}@client.example>" if number else thread,
            "from": f"person-{matter}@client.example",
            "to": ["soc@soc.example"],
            "subject": f"Question {matter}",
        }
        answer = {"in_reply_to": thread} if number else {}
        yield _message(Topic.EMAILS, "email.received", (matter, number), now, {**data, **answer})


_MATTERS = (_detections, _calls, _mails)


def _message(topic: Topic, kind: str, place: tuple[int, int], now: Instant, data: dict[str, Any]) -> Message:
    """`place` is the matter, and the number of the message in it."""
    matter, number = place
    envelope = {
        "specversion": "1.0",
        "id": f"{kind}-{matter}-{number}",
        "source": "benchmark",
        "type": f"tocsin.{kind}",
        "tenant": f"client-{matter % MIX_TENANTS}",
        "time": show(now - SECOND * (matter % 30)),
        "data": data,
    }
    return Message(topic, b"%d" % matter, json.dumps(envelope).encode())
