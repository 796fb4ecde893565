"""The second oracle's view of the log: what was said, once each, with the times that count. Reads the JSON itself."""

import json
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tocsin.messages.record import Record

_DAY = 24 * 3_600_000

Name = tuple[str, str, str]
"""By tenant, source and id a repeat is known as one."""


class Fact(NamedTuple):
    """One input that is no repeat."""

    number: int  # how many records stand before it
    known: int  # the partition's clock when it came: the greatest stamp so far
    at: int  # when it happened
    tenant: str
    source: str
    id: str
    type: str
    data: dict[str, Any]


class Told(NamedTuple):
    """All that a partition tells: its facts, its clock at the end, and whether a repeat came after the window.

    What becomes of such a repeat depends on whether it would open a ticket: that is not looked into here.
    """

    facts: list[Fact]
    end: int
    late_repeat: bool


def told(records: Sequence[Record], window: int) -> Told:
    """What `records` tell, with repeats recognised among the last `window` inputs, and at most a day back."""
    facts: list[Fact] = []
    clock, late_repeat = 0, False
    recent: deque[tuple[int, Name]] = deque(maxlen=window)
    ever: set[Name] = set()
    for number, record in enumerate(records):
        event = json.loads(record.value or b"")
        clock = max(clock, record.timestamp)
        if event["type"] == "tocsin.tick" or event["data"].get("unless_adopted"):
            continue
        while recent and recent[0][0] < record.timestamp - _DAY:
            recent.popleft()
        name = event["tenant"], event["source"], event["id"]
        repeated = any(name == other for _, other in recent)
        recent.append((record.timestamp, name))
        if repeated:
            continue
        late_repeat = late_repeat or name in ever
        ever.add(name)
        at = min(_instant(event.get("time")) or record.timestamp, record.timestamp)
        facts.append(Fact(number, clock, at, *name, event["type"], event["data"]))
    return Told(facts, clock, late_repeat)


def _instant(text: str | None) -> int | None:
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
