"""The timeline of a ticket: nothing of it is made up, nothing is left out, and every deadline adds up."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from tests.board.stage import Stage
from tests.unit.recomputed import due_without_pauses, hours_of, instant, is_holiday, length, less, open_between

from tocsin.cli import main_group
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.report.histories import History, histories
from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.target import TargetUnit
from tocsin.domain.instant import parse
from tocsin.domain.state.ticket import Clock
from tocsin.domain.time.deadlines import counting_calendar
from tocsin.domain.time.opening_hours import Why
from tocsin.domain.vocabulary import Objective
from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import decode_ticket
from tocsin.messages import inbox
from tocsin.messages.record import Chunk, Record, Topic
from tocsin.recording.manifest import ExportedTopic, Manifest, Stretch, write_manifest
from tocsin.render.story import arithmetic, document
from tocsin.render.story_svg import picture
from tocsin.replay import file, line
from tocsin.replay.refolding import Refold
from tocsin.story.explain import Explained, explained
from tocsin.story.gathering import NotOneTicket, gathered
from tocsin.story.timeline import FORGOTTEN, Timeline, timeline
from tocsin.tenants.directory import TenantDirectory

FOLDER = Path(__file__).parents[1] / "histories"
HISTORIES = histories(FOLDER)
LIBRARY = ContractLibrary.load(None)
TOLD = (Topic.TICKET_EVENTS, Topic.ALERTS)
EVILS = ("<script>alert(1)</script>", '"]]><svg onload=x>', "\x1b[2J\u202e\u2066", "&#0;\x00\uffff", "a" * 5_000)
TIMED = (TargetUnit.ELAPSED, TargetUnit.WORKING_TIME)

every_history = pytest.mark.parametrize("history", HISTORIES, ids=lambda it: f"{it.contract}/{it.name}")


@cache
def inbox_of(history: History) -> tuple[Record, ...]:
    """The inbox of a history, as intake and the clock have made it."""
    path = history.path.with_suffix(".tenants.toml")
    options = json.loads(history.path.with_suffix(".expected.json").read_text()).get("options", {})
    until = parse(options["until"]) if "until" in options else None
    tenants = TenantDirectory.from_file(path if path.exists() else None, LIBRARY, options.get("contract", "esentire"))
    kept: list[Record] = [Record(Topic.INBOX, 0, 0, 1, None, inbox.switch(2, first=True))]
    fold = Shard.fold

    def heard(shard: Shard, records: Iterable[Record]) -> Iterator[Chunk]:
        given = list(records)
        kept.extend(each._replace(offset=each.offset + 1) for each in given)
        return fold(shard, given)

    with history.path.open("rb") as stream, patch.object(Shard, "fold", heard):
        file.replay(stream, tenants, until, lambda _: None)
    return tuple(kept)


@cache
def outputs_of(history: History) -> tuple[Record, ...]:
    return tuple(Refold(0).fold(inbox_of(history)))


def numbers(records: tuple[Record, ...]) -> list[str]:
    journal = (json.loads(it.value or b"{}") for it in records if it.topic is Topic.TICKET_EVENTS)
    return sorted({str(it["number"]) for it in journal if it["number"]})


def timelines(history: History) -> Iterator[Timeline]:
    records = outputs_of(history)
    for number in numbers(records):
        yield timeline(gathered(lambda: records, number, None))


@every_history
def test_every_deadline_of_every_ticket_adds_up_when_somebody_else_reckons(history: History) -> None:
    contracts = contracts_of(outputs_of(history))
    for told in timelines(history):
        for promise in told.promises:
            if promise.deadline is not None:
                assert promise.adds_up, promise
                assert promise.left_out == 0
                reckon_again(promise, contracts)


def contracts_of(records: tuple[Record, ...]) -> dict[str, WorkingCalendar]:
    """The calendars of a log's contracts, by name and time zone."""
    found = gathered(lambda: records, numbers(records)[0], None).contracts if numbers(records) else {}
    return {f"{name} {it.timezone}": it for each in found.values() for name, it in each.calendars.items()}


def reckon_again(promise: Explained, calendars: dict[str, WorkingCalendar]) -> None:
    """Fail unless the intervals of `promise` are what the calendar and the pauses make of the time to its deadline."""
    assert promise.deadline is not None
    assert promise.target is not None
    start, due = instant(promise.counts_from), instant(promise.deadline)
    calendar = calendars[f"{promise.calendar} {promise.timezone}"]
    hours = counting_calendar(promise.target.unit, calendar)
    spans = promise.spans
    if start == due:
        assert spans == ()
        return
    assert (spans[0].start, spans[-1].end) == (promise.counts_from, promise.deadline)
    assert all(before.end == after.start and before.why != after.why for before, after in pairwise(spans))
    pauses = [(instant(it.start), instant(it.end)) for it in spans if it.why is Why.PAUSED]
    stands = [(instant(it.start), instant(it.end)) for it in spans if it.why is Why.MAINTENANCE]
    counted = less(open_between(start, due, hours), [*pauses, *stands])
    assert length(counted) == timedelta(milliseconds=promise.total(Why.COUNTED))
    zone = ZoneInfo(hours.timezone)
    for span in spans:
        days = {instant(at).astimezone(zone).date() for at in (span.start, (span.start + span.end) // 2, span.end - 1)}
        if span.why is Why.HOLIDAY:
            assert all(is_holiday(day, hours) for day in days)
        elif span.why is Why.CLOSED:
            assert not open_between(instant(span.start), instant(span.end), hours)
            assert not any(is_holiday(day, hours) for day in days)
        elif span.why is Why.COUNTED:
            assert all(list(hours_of(day, hours)) for day in days)
    if promise.target.unit in TIMED:
        assert promise.total(Why.COUNTED) == promise.target.amount
    elif not pauses:
        assert due == due_without_pauses(start, promise.target, calendar)
    else:
        without = due_without_pauses(start, promise.target, calendar)
        assert length(counted) == length(open_between(start, without, hours))


def owed(clock: Clock) -> Clock:
    """Without what the journal does not say: in which month it was counted, and what the recorder notes of pages."""
    return replace(clock, counted=None, paged_at=0)


@every_history
def test_a_ticket_rebuilt_from_its_journal_is_the_ticket_that_the_fold_has(history: History) -> None:
    states = {it.key: it.value for it in outputs_of(history) if it.topic is Topic.TICKETS}
    for told in timelines(history):
        assert told.ticket is not None
        assert told.unread == 0
        value = states.get(told.id.encode())
        if value is not None:
            ticket, rebuilt = decode_ticket(value), told.ticket
            assert (rebuilt.stage, rebuilt.priority, rebuilt.title) == (ticket.stage, ticket.priority, ticket.title)
            assert [owed(it) for it in rebuilt.clocks] == [owed(it) for it in ticket.clocks]
            assert rebuilt.holds == ticket.holds
            assert rebuilt.marks == ticket.marks
            assert rebuilt.priority_changes == ticket.priority_changes


@every_history
def test_each_event_and_each_alert_of_a_ticket_is_one_line_in_the_order_of_the_log(history: History) -> None:
    records = {(it.topic, it.offset): it for it in outputs_of(history) if it.topic in TOLD}
    for told in timelines(history):
        places = [(Topic(topic), offset) for topic, _, offset in (entry.place for entry in told.entries)]
        assert len(places) == len(set(places))
        assert {place for place, it in records.items() if it.key == told.id.encode()} <= set(places)
        journal = [offset for topic, offset in places if topic is Topic.TICKET_EVENTS]
        assert journal == sorted(journal)
        for entry, place in zip(told.entries, places, strict=True):
            document = json.loads(records[place].value or b"{}")
            said = document["data"] if entry.alert else document
            assert (list(entry.inbox), entry.number) == (said["offsets"], said["number"])
            assert entry.what
            assert entry.who == ((said["role"],) if said["role"] else ()) if entry.alert else True


def history_named(name: str) -> History:
    return next(history for history in HISTORIES if history.name == name)


def told_of(name: str, number: str) -> Timeline:
    return told_in(history_named(name), number)


def told_in(history: History, number: str) -> Timeline:
    records = outputs_of(history)
    return timeline(gathered(lambda: records, number, None))


def relations(told: Timeline) -> list[tuple[str, str]]:
    return [(it.how, it.number) for it in told.relations]


def test_a_story_that_goes_on_in_another_ticket_says_so_with_its_number() -> None:
    split = told_of(SPLIT, "UMBRELLA-000001"), told_of(SPLIT, "UMBRELLA-000002")
    assert [number for how, number in relations(split[0]) if "goes on as" in how] == ["UMBRELLA-000002"]
    assert relations(split[1]) == [("its contact was before on", "UMBRELLA-000001")]
    records = [as_moved(it, told_of(MOVED, "UNASSIGNED-000001").id) for it in outputs_of(history_named(MOVED))]
    moved, there = (timeline(gathered(lambda: records, it, None)) for it in ("UNASSIGNED-000001", "ACME-000001"))
    assert relations(moved) == [("moved to the tenant acme, and goes on as", "ACME-000001")]
    assert relations(there) == [("moved here from the tenant unassigned, where it was", "UNASSIGNED-000001")]


def as_moved(record: Record, before: str) -> Record:
    """The record, its input called as `tocsin desk move` calls it where it opens the ticket that was moved."""
    event = json.loads(record.value or b"{}") if record.topic is Topic.TICKET_EVENTS else {}
    if (event.get("type"), event.get("number")) != ("TicketOpened", "ACME-000001"):
        return record
    return record._replace(value=json.dumps({**event, "input": before}, separators=(",", ":")).encode())


SPLIT = "a-contact-that-is-another-matter-has-a-ticket-and-a-clock-of-its-own-from-when-it-came"
MOVED = "an-unassigned-call-that-is-moved-to-its-client-is-owed-its-callback-from-when-it-came"
PAGED = "a-page-that-nobody-answers-climbs-in-its-time"
WAITS = "missing-remote-access-extends-every-time-of-section-2"


def test_a_merged_ticket_names_the_one_that_it_goes_on_as_and_is_told_with_it() -> None:
    merged = [
        (told, told_in(history, number))
        for history in HISTORIES
        for told in timelines(history)
        for how, number in relations(told)
        if how.startswith("merged")
    ]
    assert merged
    for told, survivor in merged:
        assert ("took in, with its story", told.number) in relations(survivor)
        assert {entry.place for entry in told.entries} <= {entry.place for entry in survivor.entries}


def test_a_forgotten_ticket_is_told_by_its_journal() -> None:
    forgotten = [
        told
        for history in HISTORIES
        for told in timelines(history)
        if any("forgotten" in how for how, _ in relations(told))
    ]
    assert forgotten
    assert all(told.ticket and told.entries for told in forgotten)
    assert any(told.promises for told in forgotten)


def test_pages_say_who_was_reached_how_and_when() -> None:
    told = told_of(PAGED, "ACME-000001")
    pages = [entry for entry in told.entries if entry.kind.startswith("Page")]
    assert pages
    assert all(entry.inbox for entry in pages)


def test_who_was_forgotten_is_blank_and_the_deadlines_add_up_all_the_same() -> None:
    records = outputs_of(history_named(WAITS))
    blank = tuple(without_persons(it) if it.topic is Topic.TICKET_EVENTS else it for it in records)
    told = timeline(gathered(lambda: blank, "UMBRELLA-000001", None))
    assert any(entry.who == (FORGOTTEN,) for entry in told.entries)
    assert not any("hanako" in text for entry in told.entries for text in (*entry.who, *dict(entry.facts).values()))
    assert told.unread == 0
    assert [it.adds_up for it in told.promises if it.deadline is not None] == [True]


def without_persons(record: Record) -> Record:
    event = json.loads(record.value or b"{}")
    event.pop("persons", None)
    return record._replace(value=json.dumps(event, separators=(",", ":")).encode())


def test_the_sum_is_written_out() -> None:
    told = told_of(WAITS, "UMBRELLA-000001")
    promise = next(it for it in told.promises if it.objective == Objective.FIRST_RESPONSE)
    assert list(arithmetic(promise, told)) == [
        "sum       2026-03-02 10:00:00 +08:00 + 1 h counted + 2 h paused = 2026-03-02 13:00:00 +08:00",
        "deadline  2026-03-02 13:00:00 +08:00: 1 h counted, as promised",
        "result    met: kept at 2026-03-02 12:50:00 +08:00 by response, inbox 5, 10 min before the deadline",
    ]


def test_a_log_that_has_no_such_ticket_or_several_says_so() -> None:
    records = outputs_of(history_named(WAITS))
    with pytest.raises(NotOneTicket, match="no ticket ACME-7"):
        gathered(lambda: records, "ACME-7", None)
    twice = (*records, *(other_tenants(it) for it in records if it.topic is Topic.TICKET_EVENTS))
    with pytest.raises(NotOneTicket, match=r"Several tenants .* \(globex, umbrella\)"):
        gathered(lambda: twice, "UMBRELLA-000001", None)
    assert gathered(lambda: twice, "umbrella-000001", "globex").ticket == "another"


def other_tenants(record: Record) -> Record:
    event = {**json.loads(record.value or b"{}"), "tenant": "globex", "ticket": "another"}
    return record._replace(key=b"another", value=json.dumps(event, separators=(",", ":")).encode())


def test_a_journal_that_begins_later_is_told_without_what_cannot_be_known() -> None:
    records = outputs_of(history_named(WAITS))
    opening = next(it for it in records if b"TicketOpened" in (it.value or b""))
    later = tuple(it for it in records if it is not opening)
    told = timeline(gathered(lambda: later, "UMBRELLA-000001", None))
    assert (told.ticket, told.promises) == (None, ())
    assert len(told.entries) == len(told_of(WAITS, "UMBRELLA-000001").entries) - 1
    picture(told)
    document(told)


def test_without_its_contract_a_deadline_is_as_the_log_says() -> None:
    records = tuple(it for it in outputs_of(history_named(WAITS)) if not (it.key or b"").startswith(b"contract/"))
    told = timeline(gathered(lambda: records, "UMBRELLA-000001", None))
    promise = next(it for it in told.promises if it.objective == Objective.FIRST_RESPONSE)
    assert (promise.adds_up, promise.spans) == (False, ())
    assert "deadline  2026-03-02 05:00:00 +00:00: as the log says" in list(arithmetic(promise, told))


OVER_THE_CHANGE = """
contract: sorb
promise: none
clause: none
shows: none
tenant: umbrella
date: {date}
defaults:
  desk.* analyst=Ann
until: {until}
tenants:
  [tenants.umbrella]
  contract = "sorb"
  plan = "platinum"
  timezone = "Europe/Berlin"
  [tenants.umbrella.calendars.support_hours]
  timezone = "Europe/Berlin"
  hours = {{mon-sun = "00:00-06:00"}}
  holidays_of = {{country = "DE", first_year = 2025, last_year = 2035}}
  clause = "1.2, Product Order Form"

{at} email.received message_id=m1 from=h@umbrella.example to=soc@soc.example subject=Help priority=P3
{held} desk.hold ticket=1 reason="remote access missing"
{resumed} desk.resume ticket=1
"""


@pytest.mark.parametrize(
    "given",
    [
        {"date": "2026-03-28", "at": "23:30", "held": "23:45", "resumed": "+1h", "until": "2026-04-01T00:00:00Z"},
        {"date": "2026-10-24", "at": "22:30", "held": "22:45", "resumed": "+1h", "until": "2026-10-28T00:00:00Z"},
    ],
    ids=["skipped", "twice"],
)
def test_an_hour_that_is_skipped_or_comes_twice_adds_up(tmp_path: Path, given: dict[str, str]) -> None:
    stage = Stage.of(OVER_THE_CHANGE.format(**given), tmp_path)
    (ticket_id,) = stage.model.known
    ticket = stage.state(ticket_id)
    promises = list(explained(ticket, stage.model.contracts, stage.time.now(), {}))
    calendars = {
        f"{name} {it.timezone}": it for each in stage.model.contracts.values() for name, it in each.calendars.items()
    }
    dated = [it for it in promises if it.deadline is not None]
    assert dated
    for promise in dated:
        assert promise.adds_up
        assert Why.PAUSED in {span.why for span in promise.spans}
        reckon_again(promise, calendars)


def test_the_picture_has_no_script_asks_for_nothing_and_is_the_same_each_time() -> None:
    for history in HISTORIES[::7]:
        for told in timelines(history):
            drawn = picture(told)
            assert drawn == picture(told)
            root = ET.fromstring(drawn)  # noqa: S314 - it is our own
            names = {element.tag.rpartition("}")[2] for element in root.iter()}
            assert names <= {"svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "text", "g", "circle"}
            attributes = {(name, value) for element in root.iter() for name, value in element.attrib.items()}
            assert not any(name.startswith("on") or "href" in name for name, _ in attributes)
            assert "http" not in drawn.replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert root.find("{*}title") is not None
            assert root.find("{*}desc") is not None


def lines_of(records: Iterable[Record]) -> bytes:
    return b"".join(line.write(record) + b"\n" for record in records)


def export(folder: Path, records: tuple[Record, ...]) -> None:
    """The folder of an export of these records."""
    topics = {}
    for topic in {record.topic for record in records}:
        its = [record for record in records if record.topic is topic]
        (folder / topic).mkdir(parents=True)
        (folder / topic / "0.jsonl").write_bytes(lines_of(its))
        topics[str(topic)] = ExportedTopic(partitions={0: Stretch(begin=0, end=len(its), records=len(its))})
    write_manifest(folder, Manifest(topics=topics))


def command(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main_group, ["ticket", "timeline", *arguments])
    return result.exit_code, result.output


def test_the_command_reads_the_inbox_the_journal_or_an_export_and_tells_the_same(tmp_path: Path) -> None:
    history = history_named(WAITS)
    (tmp_path / "inbox.jsonl").write_bytes(lines_of(inbox_of(history)))
    (tmp_path / "topics.jsonl").write_bytes(lines_of(outputs_of(history)))
    export(tmp_path / "export", outputs_of(history))
    names = ("inbox.jsonl", "topics.jsonl", "export")
    told = [command("UMBRELLA-000001", str(tmp_path / name), "--json") for name in names]
    assert told[0] == told[1] == told[2]
    assert told[0][0] == 0
    found = json.loads(told[0][1])
    assert found == json.loads(json.dumps(document(told_of(WAITS, "UMBRELLA-000001"))))
    assert found["timezone"] == "Asia/Singapore"
    assert found["story"][0]["local"] == "2026-03-02 10:00:00 +08:00"


def test_the_command_explains_what_was_asked_for_and_draws_it(tmp_path: Path) -> None:
    log, drawn = tmp_path / "inbox.jsonl", tmp_path / "it.svg"
    log.write_bytes(lines_of(inbox_of(history_named(WAITS))))
    code, text = command("UMBRELLA-000001", str(log), "--explain", "first_response", "--svg", str(drawn))
    assert code == 0
    assert text.count("started ") == 1
    assert "= 2026-03-02 13:00:00 +08:00" in text
    assert drawn.read_text(encoding="utf-8").startswith("<svg ")
    assert command("UMBRELLA-000001", str(log))[1].count("started ") == 0
    assert command("UMBRELLA-000001", str(log), "--explain", "all")[1].count("started ") == 5
    assert command("UMBRELLA-000001", str(log), "--explain", "callback")[0] == 1
    assert command("ACME-000009", str(log))[0] == 1
    log.write_bytes(lines_of([Record(Topic.CALLS, 0, 0, 1, None, b"{}")]))
    assert command("UMBRELLA-000001", str(log))[0] == 2


@pytest.mark.parametrize("evil", EVILS)
def test_text_of_strangers_steers_neither_the_terminal_nor_the_picture(tmp_path: Path, evil: str) -> None:
    records = []
    for record in outputs_of(history_named(WAITS)):
        if record.topic in TOLD:
            event = json.loads(record.value or b"{}")
            event["data"] |= {"title": evil, "reason": evil, evil: evil}
            event["persons"] = dict.fromkeys((*event.get("persons", {}), "subject", "analyst", "note"), evil)
            event["data"] = {name: evil if name == "role" else value for name, value in event["data"].items()}
            record = record._replace(value=json.dumps(event, separators=(",", ":")).encode())  # noqa: PLW2901 - spoilt
        records.append(record)
    (tmp_path / "log.jsonl").write_bytes(lines_of(records))
    code, text = command("UMBRELLA-000001", str(tmp_path / "log.jsonl"), "--explain", "all")
    assert code == 0
    assert not {char for char in text if not char.isprintable() and char != "\n"}
    told = timeline(gathered(lambda: records, "UMBRELLA-000001", None))
    root = ET.fromstring(picture(told))  # noqa: S314 - it is our own
    assert "script" not in {element.tag.rpartition("}")[2] for element in root.iter()}
    shown = "".join(root.itertext())
    assert not {char for char in shown if not char.isprintable() and char != "\n"}
