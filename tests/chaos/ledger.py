"""The books are audited: what stands on the topics against what must come of the inputs, partition by partition."""

import asyncio
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from aiokafka import ConsumerRecord
from bench import Bench
from watch import admin
from workers import committed

from tocsin.domain.instant import parse
from tocsin.engine.rules import FIRST_RULES
from tocsin.engine.shard import Shard
from tocsin.messages.intake import ADOPTION_SOURCE
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings
from tocsin.verify.partition import verify_partition
from tocsin.verify.recomputation import Task
from tocsin.verify.report import Verdict

_BROKEN = ("breached", "callback_overdue")  # alerts that say that a deadline has passed


@dataclass
class Audit:
    """What was found. `broken` holds a sentence for each invariant that does not hold."""

    inputs: int = 0
    inbox: int = 0
    dead_letters: int = 0
    alerts: int = 0
    journal: int = 0
    offset_readings: int = 0
    lateness: list[tuple[int, int]] = field(default_factory=list)
    """Of each alert that a deadline gave: the broker's stamp that fired it, and how many ms that was late."""
    broken: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note `otherwise` where it does not hold."""
        if not holds:
            self.broken.append(otherwise)


async def audit(bench: Bench, poison: Collection[bytes | None] = ()) -> Audit:
    """Check every invariant that holds for all faults. The workers have stopped.

    `poison` are values that must have become dead letters, beside those that are no CloudEvents at all.
    """
    found = Audit(offset_readings=bench.seen.offset_readings)
    async with admin(bench.settings) as client:
        places = await bench.offsets.read(client)
    await _audit_intake(bench.settings, found, poison)
    inbox = bench.settings.topic(Topic.INBOX)
    for partition in range(bench.settings.partitions):
        end = next((offset for tp, offset in places.items() if tp == (inbox, partition)), 0)
        await _audit_partition(bench, partition, end, found)
    found.expect(not bench.seen.went_back, f"committed offsets went back: {bench.seen.went_back[:3]}")
    seen_early = [seen for seen in bench.seen.alerts if seen[3] < seen[2]]
    found.expect(not seen_early, f"alerts were seen before their time: {seen_early[:3]}")
    return found


async def _audit_intake(settings: Settings, found: Audit, poison: Collection[bytes | None]) -> None:
    """Each input stands in the inbox or among the dead letters, once; of an array each element does."""
    expected: list[str] = []
    poisoned: list[str] = []
    for topic in settings.input_topics:
        for record in await committed(settings, topic):
            place = f"{topic}/{record.partition}/{record.offset}"
            if record.value in poison or not _is_message(record.value):
                poisoned += [place] * _refusals(record.value)
            else:
                expected.append(place)
    origins: list[str] = []
    for record in await committed(settings, Topic.INBOX):
        if record.key is None:
            continue
        event = json.loads(record.value)
        if event["source"] != ADOPTION_SOURCE:
            origins.append(event["origin"])
    found.inputs, found.inbox = len(expected) + len(poisoned), len(origins)
    found.expect(Counter(origins) == Counter(expected), _difference("inbox", origins, expected))
    letters = [_origin(record) for record in await committed(settings, Topic.DEAD_LETTERS)]
    found.dead_letters = len(letters)
    found.expect(Counter(letters) == Counter(poisoned), _difference("dead letters", letters, poisoned))


def _is_message(value: bytes | None) -> bool:
    try:
        return b"specversion" in (value or b"") and bool(json.loads(value or b""))
    except ValueError:
        return False


def _refusals(value: bytes | None) -> int:
    """The number of dead letters for a record that holds nothing else."""
    try:
        held = json.loads(value or b"")
    except (ValueError, RecursionError):
        return 1
    return len(held) if isinstance(held, list) and held else 1


def _origin(record: ConsumerRecord) -> str:
    headers = {name: value.decode() for name, value in record.headers}
    return "/".join(headers[f"tocsin-origin-{part}"] for part in ("topic", "partition", "offset"))


def _difference(name: str, there: list[str], expected: list[str]) -> str:
    extra, missing = Counter(there) - Counter(expected), Counter(expected) - Counter(there)
    return f"{name}: {extra.total()} too many {list(extra)[:3]}, {missing.total()} missing {list(missing)[:3]}"


async def _audit_partition(bench: Bench, partition: int, end: int, found: Audit) -> None:
    """Alerts and journal of the partition are, one after the other, what the fold of the exported inbox says."""
    said = {
        topic: [(r.key.decode(), json.loads(r.value)) for r in await committed(bench.settings, topic, partition)]
        for topic in (Topic.ALERTS, Topic.TICKET_EVENTS)
    }
    replayed = _replayed(bench, partition, end)
    for topic, outputs in said.items():
        wanted = replayed[topic]
        found.expect(outputs == wanted, f"{topic}/{partition}: {_first_difference(outputs, wanted)}")
    ids = Counter(value["id"] for _, value in said[Topic.ALERTS])
    twice = [each for each, count in ids.items() if count > 1]
    found.expect(not twice, f"alerts published twice on partition {partition}: {twice[:3]}")
    found.alerts += len(said[Topic.ALERTS])
    found.journal += len(said[Topic.TICKET_EVENTS])
    found.lateness += await _lateness(bench.settings, partition, end, found)
    await _verify(bench.settings, partition, found)


async def _verify(settings: Settings, partition: int, found: Audit) -> None:
    """`tocsin replay verify` says the same, by means of its own."""
    task = Task(settings, partition, settings.deduplication_window)
    report = await asyncio.to_thread(verify_partition, task, lambda _offsets: None)
    state = report.state and report.state.difference
    said = [each.difference for each in report.topics if each.difference] or state or report.fault or report.unjudged
    found.expect(report.verdict is Verdict.VERIFIED, f"verify/{partition}: {said}")


def _first_difference(outputs: list[Any], wanted: list[Any]) -> str:
    pairs = enumerate(zip(outputs, wanted, strict=False))
    at = next((number for number, (is_, must) in pairs if is_ != must), min(len(outputs), len(wanted)))
    return f"{len(outputs)} records, the fold says {len(wanted)}; they differ from number {at} on"


def _replayed(bench: Bench, partition: int, end: int) -> dict[str, list[Any]]:
    """What `tocsin replay file` says of the exported inbox, up to where the workers have come."""
    exported = bench.folder / f"inbox-{partition}.jsonl"
    lines = _tocsin(bench.settings, "inbox", "export", "--partition", str(partition)).splitlines(keepends=True)
    exported.write_bytes(b"".join(line for line in lines if json.loads(line)["offset"] < end))
    outputs: dict[str, list[Any]] = defaultdict(list)
    for line in _tocsin(bench.settings, "replay", "file", str(exported), "--json").splitlines():
        record = json.loads(line)
        outputs[record["topic"]].append((record["key"], record["value"]))
    return outputs


def _tocsin(settings: Settings, *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", *arguments],
        env={
            "TOCSIN_BOOTSTRAP": settings.bootstrap,
            "TOCSIN_TOPIC_PREFIX": settings.topic_prefix,
            "PYTHONPATH": ":".join(sys.path),
        },
        capture_output=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise AssertionError(f"tocsin {' '.join(arguments)}: {done.stderr.decode(errors='replace')[-2_000:]}")
    return done.stdout


async def _lateness(settings: Settings, partition: int, end: int, found: Audit) -> list[tuple[int, int]]:
    """How late the broker's stamp that fired each alert was; the timer law gives the alert its deadline's time."""
    shard, late = Shard(partition, rules=FIRST_RULES), []
    for r in await committed(settings, Topic.INBOX, partition):
        if r.offset >= end:
            break
        record = Record(Topic.INBOX, partition, r.offset, r.timestamp, r.key, r.value, r.headers)
        for output in (output for chunk in shard.fold([record]) for output in chunk.outputs):
            if output.topic is Topic.ALERTS:
                data = json.loads(output.value or b"")["data"]
                deadline = None if data["deadline"] is None else parse(data["deadline"])
                if deadline is not None and data["kind"] in _BROKEN:
                    found.expect(deadline < record.timestamp, f"fired early at {partition}/{r.offset}")
                if deadline == output.timestamp:
                    late.append((record.timestamp, record.timestamp - output.timestamp))
    return late
