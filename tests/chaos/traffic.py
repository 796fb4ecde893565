"""What a SOC's sources send in a run: seeded, without end, each message an input of its own unless it is a repeat."""

import itertools
import json
import random
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tocsin.domain.instant import MINUTE, Instant, show
from tocsin.messages.record import Topic

TENANTS = tuple(f"client-{number}" for number in range(12))
_ANSWERED_IN = 20 * MINUTE
"""What the default contract promises for a callback."""
_SOON = 40_000
"""Deadlines of calls fall due within so many milliseconds, so that a short run has many."""


class Message(NamedTuple):
    """What is published, and where."""

    topic: Topic
    key: bytes
    value: bytes


class Traffic:
    """Gives messages; `now` is the broker's time, about which calls are made to be due."""

    def __init__(self, seed: int, repeated: float = 0.03, poisoned: float = 0.01) -> None:
        self._rng = random.Random(seed)
        self._numbers = itertools.count()
        self._recent: list[Message] = []
        self._repeated, self._poisoned = repeated, poisoned

    def messages(self, count: int, now: Instant) -> Iterator[Message]:
        """The next `count` messages."""
        for _ in range(count):
            yield self._next(now)

    def _next(self, now: Instant) -> Message:
        dice = self._rng.random()
        if self._recent and dice < self._repeated:
            return self._rng.choice(self._recent)
        number = next(self._numbers)
        if dice < self._repeated + self._poisoned:
            return Message(Topic.SECURITY_EVENTS, b"%d" % number, b'{"no": "event of ours %d"' % number)
        make = self._rng.choices([self._detection, self._call, self._callback, self._mail], [50, 25, 10, 15])[0]
        message = make(number, now)
        self._recent = [*self._recent[-199:], message]
        return message

    def _event(self, kind: str, number: int, time: Instant, data: Mapping[str, object]) -> tuple[bytes, bytes]:
        tenant = self._rng.choice(TENANTS)
        event = {
            "specversion": "1.0",
            "id": f"{kind}-{number}",
            "source": "traffic",
            "type": f"tocsin.{kind}",
            "tenant": tenant,
            "time": show(time),
            "data": data,
        }
        return tenant.encode(), json.dumps(event).encode()

    def _detection(self, number: int, now: Instant) -> Message:
        data = {
            "signature": f"1:{self._rng.randrange(300)}",
            "severity": self._rng.choice(["low", "medium", "high", "critical"]),
            "asset": f"10.0.0.{self._rng.randrange(250)}",
            "title": "Outbound connection to an address on a block list",
        }
        return Message(Topic.SECURITY_EVENTS, *self._event("detection", number, now, data))

    def _call(self, number: int, now: Instant) -> Message:
        came = now - _ANSWERED_IN + self._rng.randrange(_SOON)
        return missed_call(number, self._rng.choice(TENANTS), f"+1416555{self._rng.randrange(5_000):04}", came)

    def _callback(self, number: int, now: Instant) -> Message:
        data = {
            "call": f"call-{number}",
            "from": "+18445525837",
            "to": f"+1416555{self._rng.randrange(5_000):04}",
            "outcome": self._rng.choice(["reached", "voicemail", "no_answer"]),
            "purpose": "callback",
            "analyst": "ada",
        }
        return Message(Topic.CALLS, *self._event("call.placed", number, now, data))

    def _mail(self, number: int, now: Instant) -> Message:
        data = {
            "message_id": f"<{number}@client.example>",
            "from": f"person-{self._rng.randrange(500)}@client.example",
            "to": ["soc@soc.example"],
            "subject": f"Question {number}",
        }
        return Message(Topic.EMAILS, *self._event("email.received", number, now, data))


def missed_call(number: int, tenant: str, caller: str, came: Instant) -> Message:
    """A call that nobody took, of which the callback is owed 20 minutes after `came`."""
    event = {
        "specversion": "1.0",
        "id": f"call.missed-{number}",
        "source": "traffic",
        "type": "tocsin.call.missed",
        "tenant": tenant,
        "time": show(came),
        "data": {"call": f"call-{number}", "from": caller, "to": "+18445525837"},
    }
    return Message(Topic.CALLS, tenant.encode(), json.dumps(event).encode())


def due_at(number: int, tenant: str, due: Instant) -> Message:
    """A missed call of a caller of its own, whose callback is due at `due`."""
    return missed_call(number, tenant, f"+1{number:010}", due - _ANSWERED_IN)
