"""The second oracle's view of the log: what was said, once each, with the times that count. Reads the JSON itself."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tocsin.messages.record import Record

_DAY = 24 * 3_600_000
_MAY_OPEN = ("tocsin.call.missed", "tocsin.call.answered")

Name = tuple[str, str, str]
"""By tenant, source and id a repeat is known as one."""


class Fact(NamedTuple):
    """One input that was not recognised as a repeat."""

    number: int  # how many records stand before it
    known: int  # the partition's clock when it came: the greatest stamp so far
    at: int  # when it happened
    tenant: str
    source: str
    id: str
    type: str
    data: dict[str, Any]


class Told(NamedTuple):
    """All that a partition tells: its facts, its clock at the end, and of whom too little is known to judge.

    A repeat that comes after the window is a fact once more, unless it would open a ticket that is there already. That
    makes no difference where it says the same; a call that is dated by its arrival says something else each time.
    """

    facts: list[Fact]
    end: int
    doubtful: set[str]  # tenants
    repeats: set[int]  # the offsets of inputs that are repeats, and must change nothing


def told(records: Sequence[Record], window: int) -> Told:
    """What `records` tell, with repeats recognised among the last `window` inputs, and at most a day back."""
    facts: list[Fact] = []
    clock, doubtful, repeats = 0, set[str](), set[int]()
    recent: deque[tuple[int, Name]] = deque(maxlen=window)
    said: dict[Name, int] = {}
    for number, record in enumerate(records):
        event = msgspec.json.decode(record.value or b"")
        clock = max(clock, record.timestamp)
        if event["type"] == "tocsin.tick" or event["data"].get("unless_adopted"):
            continue
        while recent and recent[0][0] < record.timestamp - _DAY:
            recent.popleft()
        name = event["tenant"], event["source"], event["id"]
        repeated = any(name == other for _, other in recent)
        recent.append((record.timestamp, name))
        if repeated:
            repeats.add(record.offset)
            continue
        at = min(_instant(event.get("time")) or record.timestamp, record.timestamp)
        if event["type"] in _MAY_OPEN and said.setdefault(name, at) != at:
            doubtful.add(event["tenant"])
        facts.append(Fact(number, clock, at, *name, event["type"], event["data"]))
    return Told(facts, clock, doubtful, repeats)


def _instant(text: str | None) -> int | None:
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
