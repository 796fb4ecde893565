"""The state on the topics is compared with what the inbox gives, and made anew of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.said import Topics, begun, exported, history, said_of

from tocsin.engine.damage import Damage
from tocsin.engine.shard_state import ShardState
from tocsin.engine.snapshot import decode_ticket
from tocsin.messages.record import Record, Topic
from tocsin.recording.rebuilding import last_of_each
from tocsin.render.verify import sentences
from tocsin.verify.checkpoint import read_state
from tocsin.verify.partition import verify_partition
from tocsin.verify.rebuilding import Rebuilding, rebuild_partition
from tocsin.verify.recomputation import Task
from tocsin.verify.report import PartitionReport, Verdict

LOG = begun(history().inbox.records)
SAID = said_of(LOG)
WINDOW = 250_000


def verified(folder: Path, topics: Topics, *, at_rest: bool = True) -> PartitionReport:
    path = exported(folder, [topics])
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "at_rest": at_rest}))
    return verify_partition(Task(path, 0, WINDOW), lambda _offsets: None)


def behind(topic: Topic, change: Callable[[Record], Record]) -> Topics:
    """All that was said, and behind it the changed last record of the topic whose key does not name the partition."""
    last = next(it for it in reversed(SAID[topic]) if not (it.key or b"").startswith(b"partition/"))
    return {**SAID, topic: [*SAID[topic], change(last)._replace(offset=SAID[topic][-1].offset + 1)]}


def later(record: Record) -> Record:
    """A ticket of which a clock is due an hour later; it reads as any other."""
    ticket: dict[str, Any] = msgspec.json.decode(record.value or b"")
    clock = next(each for each in ticket["clocks"] if each["deadline"])
    clock["deadline"] += 3_600_000
    return record._replace(value=msgspec.json.encode(ticket))


def members(of: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(of).items() if value is not msgspec.UNSET}


def in_full(record: Record) -> Record:
    """A ticket as releases before 0.3 wrote it, with all that is at its default."""
    ticket = decode_ticket(record.value or b"")
    clocks = [{**members(clock), "terms": clock.contract_and_plan} for clock in ticket.clocks]
    return record._replace(value=msgspec.json.encode({**members(ticket), "clocks": clocks}))


def test_the_state_that_workers_have_left_is_what_the_inbox_gives(tmp_path: Path) -> None:
    report = verified(tmp_path, SAID)
    assert report.verdict is Verdict.VERIFIED
    assert report.state is not None
    state = last_of_each([*SAID[Topic.TICKETS], *SAID[Topic.TENANTS]])
    assert (report.state.records, report.state.differing) == (len(state), 0)


def test_state_that_a_release_before_0_3_wrote_in_full_is_the_same(tmp_path: Path) -> None:
    topics = behind(Topic.TICKETS, in_full)
    assert b'"split_from":null' in (topics[Topic.TICKETS][-1].value or b"")
    assert verified(tmp_path, topics).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("topic", "change", "said"),
    [
        (Topic.TICKETS, later, ".deadline, by what the inbox gives"),
        (Topic.TICKETS, lambda it: it._replace(value=b"\xff{rubbish"), "is changed in value"),
        (Topic.TICKETS, lambda it: it._replace(value=None), "is missing"),
        (Topic.TICKETS, lambda it: it._replace(key=b"strange"), "was added"),
        (Topic.TENANTS, lambda it: it._replace(value=b"{}"), "is changed in value"),
        (Topic.TENANTS, lambda it: it._replace(key=b"partition/0", value=b"rubbish"), "is changed in value"),
    ],
)
def test_one_record_of_the_state_that_the_inbox_does_not_give_is_named(
    tmp_path: Path, topic: Topic, change: Callable[[Record], Record], said: str
) -> None:
    report = verified(tmp_path, behind(topic, change))
    assert report.verdict is Verdict.DIFFERS
    assert report.state is not None
    assert report.state.differing == 1
    [sentence, *_] = sentences(report)
    assert sentence.startswith(f"{topic}/0: the state of ")
    assert said in sentence


def test_state_that_is_gone_is_missed_although_it_says_of_nothing_that_it_was_applied(tmp_path: Path) -> None:
    report = verified(tmp_path, {**SAID, Topic.TICKETS: [], Topic.TENANTS: []})
    assert report.verdict is Verdict.DIFFERS
    assert report.state is not None
    assert report.state.records == 0


def test_the_state_of_an_export_that_was_not_taken_at_rest_is_not_compared(tmp_path: Path) -> None:
    assert verified(tmp_path, behind(Topic.TICKETS, later), at_rest=False).state is None


def rebuilt(folder: Path, topics: Topics, committed: int) -> tuple[PartitionReport, dict[tuple[Topic, bytes], bytes]]:
    keep = folder / "kept"
    keep.mkdir()
    task = Task(exported(folder / "exported", [topics]), 0, WINDOW, None, keep)
    report = rebuild_partition(Rebuilding(task, committed), lambda _offsets: None)
    found = read_state(keep, 0, report.kept) if report.kept else ()
    return report, {(it.topic, it.key or b""): it.value or b"" for it in found}


@pytest.mark.parametrize("forgotten", [False, True], ids=["offset-known", "offset-forgotten"])
@pytest.mark.parametrize("applied", [8, 12, len(LOG)])
def test_state_is_made_anew_as_far_as_was_told(tmp_path: Path, applied: int, forgotten: bool) -> None:
    """Past records of which nothing was to be told, such as ticks, it may go further: their state is no other one."""
    said = said_of(LOG, applied)
    topics = {**said, Topic.INBOX: LOG, Topic.TICKETS: [], Topic.TENANTS: []}
    report, state = rebuilt(tmp_path, topics, 0 if forgotten else applied)
    assert report.kept is not None
    assert report.kept.position >= applied
    further = said_of(LOG, report.kept.position)
    assert further[Topic.TICKET_EVENTS] == said[Topic.TICKET_EVENTS]
    wanted = last_of_each([*further[Topic.TICKETS], *further[Topic.TENANTS]])
    assert state == {key: record.value for key, record in wanted.items()}


def test_no_state_is_made_of_a_log_that_gives_something_else_than_was_told(tmp_path: Path) -> None:
    *before, last = SAID[Topic.TICKET_EVENTS]
    changed = last._replace(timestamp=last.timestamp + 1)
    report, state = rebuilt(tmp_path, {**SAID, Topic.TICKET_EVENTS: [*before, changed]}, len(LOG))
    assert (report.verdict, state) == (Verdict.DIFFERS, {})


def test_no_state_is_made_where_more_was_told_than_the_inbox_has(tmp_path: Path) -> None:
    report, _ = rebuilt(tmp_path, {**SAID, Topic.INBOX: LOG[:8]}, 8)
    assert report.verdict is Verdict.UNJUDGED  # of an export; of a cluster it is a difference


@pytest.mark.parametrize("key", ["partition/0", "contract/x", "tenant/acme"])
def test_what_is_never_deleted_is_no_state_where_it_was(key: str) -> None:
    with pytest.raises(ValueError, match="it was deleted"):
        ShardState(2, 0, 1).load(key, None)


def test_a_strange_record_that_was_deleted_since_does_no_harm() -> None:
    ShardState(2, 0, 1).load("strange", None)


def test_what_could_not_be_read_is_told_until_it_is_written_anew() -> None:
    damage = Damage()
    for place, value in {"0/7": b"rubbish", "0/8": b"{}", "0/9": b"rubbish"}.items():
        with damage.seen(Topic.TICKETS, b"a" if place != "0/9" else b"b", place):
            msgspec.json.decode(value)
        assert damage.sentence is None if place == "0/8" else place in str(damage.sentence)
