"""A fixed stream through intake and fold, step by step, for `instructions.py` to count.

Before and after each step it calls `getsid`, which nothing else here calls: there the counter writes down what it has
counted. Everything has run once before, since Python specialises code that it has run. Prints a line a step: its name
and the number of its events.
"""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import HOUR, parse, show
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.tenants.directory import TenantDirectory

BEGIN = parse("2026-03-02T09:00:00Z")
BATCH = 50
TENANTS = 10
WARM_UP, COUNTED = 20, 40
"""Tickets, in multiples of the tenants: a repeat belongs to the tenant of its ticket."""

REFERENCE, ROUNDS = "reference", 10_000
TITLE = "Outbound connection to an address on a block list, seen by the sensor at the perimeter"


class Step(NamedTuple):
    """`run` handles so many `events`; what it needs is ready."""

    name: str
    events: int
    run: Callable[[], object]


class Stream:
    """An intake, and a shard behind it."""

    def __init__(self) -> None:
        self._intake = Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), 1)
        self._shard = Shard(0)
        self._arrived = self._written = 0
        self.now = BEGIN

    def arrived(self, topic: Topic, kind: str, data: list[dict[str, Any]]) -> list[Record]:
        """A message of each of `data`, as its sender writes it."""
        return [self._record(topic, self._message(kind, each)) for each in data]

    def taken_in(self, records: list[Record]) -> list[Record]:
        """What intake makes of `records`, as the broker has stamped it."""
        outputs = [output for chunk in self._intake.fold(records) for output in chunk.outputs]
        return [self._inbox_record(output.value or b"", output.key) for output in outputs]

    def ticks(self, count: int) -> list[Record]:
        """So many ticks."""
        return [self._inbox_record(inbox.TICK, None) for _ in range(count)]

    def fold(self, records: list[Record]) -> None:
        """Fold them, batch by batch."""
        for start in range(0, len(records), BATCH):
            for _ in self._shard.fold(records[start : start + BATCH]):
                pass

    def take_in(self, records: list[Record]) -> None:
        """Let intake judge them, batch by batch."""
        for start in range(0, len(records), BATCH):
            for _ in self._intake.fold(records[start : start + BATCH]):
                pass

    def _message(self, kind: str, data: dict[str, Any]) -> bytes:
        envelope = {"specversion": "1.0", "id": f"{kind}-{self._arrived}", "source": "benchmark"}
        about = {"type": f"tocsin.{kind}", "tenant": f"client-{self._arrived % TENANTS}", "time": show(self.now)}
        return json.dumps({**envelope, **about, "data": data}).encode()

    def _record(self, topic: Topic, value: bytes) -> Record:
        self._arrived += 1
        return Record(topic, 0, self._arrived, self.now, None, value)

    def _inbox_record(self, value: bytes, key: bytes | None) -> Record:
        self._written += 1
        self.now += 1
        return Record(Topic.INBOX, 0, self._written, self.now, key, value)


def steps(stream: Stream, first: int, count: int) -> Iterator[Step]:
    """The steps, each made ready when it is asked for; `count` tickets, their numbers from `first` on."""
    numbers = range(first, first + count)
    opening = stream.arrived(Topic.SECURITY_EVENTS, "detection", [_detection(number) for number in numbers])
    repeats = stream.arrived(Topic.SECURITY_EVENTS, "detection", [_detection(number) for number in numbers] * 4)
    log = stream.taken_in(opening)
    yield Step("intake of a detection", len(repeats), lambda: stream.take_in(repeats))
    yield Step("a detection opens a ticket", count, lambda: stream.fold(log))
    log_of_repeats = stream.taken_in(repeats)
    yield Step("a detection repeats", len(repeats), lambda: stream.fold(log_of_repeats))
    calls = stream.taken_in(stream.arrived(Topic.CALLS, "call.missed", [_missed(number) for number in numbers]))
    returns = stream.taken_in(stream.arrived(Topic.CALLS, "call.placed", [_returned(number) for number in numbers]))
    yield Step("a missed call and its return", count, lambda: stream.fold(calls + returns))
    mails = stream.taken_in(stream.arrived(Topic.EMAILS, "email.received", [_mail(number) for number in numbers]))
    yield Step("a mail opens a ticket", count, lambda: stream.fold(mails))
    ticks = stream.ticks(10 * count)
    yield Step("a tick, nothing is due", len(ticks), lambda: stream.fold(ticks))
    missed = stream.arrived(Topic.CALLS, "call.missed", [_missed(number, "604") for number in numbers])
    stream.fold(stream.taken_in(missed))
    stream.now += HOUR
    tick = stream.ticks(1)
    yield Step("nobody returns a missed call", count, lambda: stream.fold(tick))


def _detection(number: int) -> dict[str, Any]:
    severity = ("medium", "high", "critical")[number % 3]
    asset = f"host-{number}.client.example"
    return {"signature": f"signature-{number}", "severity": severity, "asset": asset, "title": TITLE}


def _missed(number: int, area: str = "416") -> dict[str, Any]:
    return {"call": f"missed-{area}-{number}", "from": f"+1{area}555{number:04}", "to": "+18445525837"}


def _returned(number: int) -> dict[str, Any]:
    ways = {"call": f"returned-{number}", "from": "+18445525837", "to": f"+1416555{number:04}"}
    return {**ways, "outcome": "reached", "purpose": "callback", "analyst": "Ada"}


def _mail(number: int) -> dict[str, Any]:
    sides = {"from": f"person-{number}@client.example", "to": "soc@tocsin.example"}
    return {**sides, "message_id": f"<{number}@client.example>", "subject": f"Question {number} about an alert"}


def reference(rounds: int) -> int:
    """The pinned loop: whatever Python does in plain code, on fixed data. Changing it changes every ratio."""
    known: dict[str, list[int]] = {}
    for number in range(rounds):
        name = f"name-{number % 100}"
        numbers = known.setdefault(name, [])
        numbers.append(number)
        if len(numbers) > 10:
            known[name] = sorted(numbers, reverse=True)[:5]
    return sum(map(len, known.values()))


def counted(step: Step) -> None:
    """Run `step` between two marks."""
    gc.collect()
    os.getsid(0)
    step.run()
    os.getsid(0)
    sys.stdout.write(f"{json.dumps([step.name, step.events])}\n")


def main() -> None:
    """Run everything once, then between marks, the pinned loop first."""
    gc.disable()  # when it runs depends on all that was allocated before
    stream = Stream()
    for step in steps(stream, 0, WARM_UP):
        step.run()
    reference(ROUNDS)
    counted(Step(REFERENCE, ROUNDS, lambda: reference(ROUNDS)))
    stream.now += 24 * HOUR
    for step in steps(stream, WARM_UP, COUNTED):
        counted(step)


if __name__ == "__main__":
    main()
