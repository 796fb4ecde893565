"""`tocsin ticket`, `tocsin desk` and `tocsin inbox export` beside a worker that runs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from patience import HANG_SECONDS, wait_for
from workers import Worker

from tocsin.client import moving
from tocsin.dev.kafka import LocalKafka
from tocsin.domain.instant import parse
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

TOCSIN = Path(sys.executable).with_name("tocsin")


@pytest.fixture(scope="module")
def shift(broker: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A cluster with topics of its own, a worker, and two tickets: a missed call of acme and one of umbrella."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    settings = Settings(bootstrap=broker.bootstrap, app_id=name, topic_prefix=f"{name}.", partitions=3, web_port=0)
    asyncio.run(topics.create(settings))
    worker = Worker(settings, tmp_path_factory.mktemp("worker") / "worker.log", TOCSIN, "run")
    for tenant in ("acme", "umbrella"):
        publish_missed_call(settings, tenant)
    wait_for(lambda: len(tickets(settings)) == 2, "both are open")
    yield settings
    worker.kill()
    asyncio.run(topics.delete(settings))


def publish_missed_call(settings: Settings, tenant: str, caller: str = "+14165550100", name: str = "missed") -> None:
    event = {
        "specversion": "1.0",
        "id": f"{name}-{tenant}",
        "source": "pbx",
        "type": "tocsin.call.missed",
        "tenant": tenant,
        "time": "2026-03-01T09:00:00Z",
        "data": {"call": f"{name}-{tenant}", "from": caller, "to": "+18005550100"},
    }
    assert tocsin(settings, "publish", "calls", "-", stdin=json.dumps(event)).returncode == 0


def tocsin(settings: Settings, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    options = ["--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix]
    command: list[str | Path] = [TOCSIN, *arguments, *options]
    environment = {**os.environ, "USER": "ada"}
    return subprocess.run(
        command, input=stdin, env=environment, capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[Any]:
    assert done.returncode == 0, done.stderr
    return [json.loads(text) for text in done.stdout.splitlines()]


def tickets(settings: Settings, *arguments: str) -> list[Any]:
    return lines(tocsin(settings, "ticket", "list", "--json", *arguments))


def test_list_shows_each_ticket_with_its_next_deadline_and_the_time_left(shift: Settings) -> None:
    shown = tocsin(shift, "ticket", "list")
    assert shown.returncode == 0, shown.stderr
    [row] = [text for text in shown.stdout.splitlines() if "ACME-000001" in text]
    assert "callback 2026-03-01T09:20:00Z" in row
    [ticket] = tickets(shift, "--tenant", "acme")
    [clock] = ticket["clocks"]
    assert (clock["deadline"], clock["state"]) == ("2026-03-01T09:20:00Z", "breached")
    assert clock["seconds_left"] < 0


def test_list_filters_by_tenant_and_stage(shift: Settings) -> None:
    assert [ticket["tenant"] for ticket in tickets(shift, "--tenant", "umbrella")] == ["umbrella"]
    assert len(tickets(shift, "--stage", "received")) == 2
    assert tickets(shift, "--stage", "closed") == tickets(shift, "--tenant", "nobody") == []


def test_show_gives_clocks_and_journal_by_number_or_id(shift: Settings) -> None:
    [ticket] = lines(tocsin(shift, "ticket", "show", "acme-000001", "--json"))
    assert ticket["number"] == "ACME-000001"
    assert [event["type"] for event in ticket["journal"]][:3] == ["TicketOpened", "CallbackOwed", "ClockStarted"]
    assert {event["ticket"] for event in ticket["journal"]} == {ticket["id"]}
    for_people = tocsin(shift, "ticket", "show", ticket["id"])
    for shown in ("ACME-000001", "2026-03-01T09:20:00Z", "breached", "ClockStarted"):
        assert shown in for_people.stdout


def test_the_timeline_tells_the_story_of_a_ticket_and_the_arithmetic_of_its_deadline(shift: Settings) -> None:
    [told] = lines(tocsin(shift, "ticket", "timeline", "acme-000001", "--json"))
    [shown] = lines(tocsin(shift, "ticket", "show", "acme-000001", "--json"))
    journal = [line["kind"] for line in told["story"] if not line["alert"]]
    assert journal[: len(shown["journal"])] == [event["type"] for event in shown["journal"]]
    [promise] = told["promises"]
    assert (promise["deadline"], promise["adds_up"]) == ("2026-03-01T09:20:00Z", True)
    assert sum(each["seconds"] for each in promise["intervals"] if each["why"] == "counted") == 1_200
    explained = tocsin(shift, "ticket", "timeline", "ACME-000001", "--explain", "callback")
    assert "20 min counted, as promised" in explained.stdout


def test_a_replay_of_the_topic_tells_the_alerts_that_there_are_and_serves_them_on_a_board(shift: Settings) -> None:
    begun = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    told = lines(tocsin(shift, "replay", "topic", "--from", begun, "--no-board", "--speed", "100000", "--json"))
    there = lines(tocsin(shift, "tail", "alerts", "--from", "beginning", "--until-end", "--json"))
    assert sorted(json.dumps(it["value"]) for it in told) == sorted(json.dumps(it["value"]) for it in there)
    assert told
    options = ["--bootstrap", shift.bootstrap, "--topic-prefix", shift.topic_prefix, "--speed", "100000"]
    command: list[str | Path] = [TOCSIN, "replay", "topic", "--from", begun, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        address = [process.stdout.readline().strip() for _ in range(2)][-1].rpartition(" ")[2]
        wait_for(lambda: "ACME-000001" in page(address), "the wall has come to where the log ends")
        assert "nothing here is happening now" in page(address)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG_SECONDS) == 0


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - the board's own address
        return str(answer.read().decode())


def test_a_ticket_that_is_not_there_is_said(shift: Settings) -> None:
    for verb in (["ticket", "show"], ["desk", "acknowledge"]):
        done = tocsin(shift, *verb, "ACME-999999")
        assert (done.returncode, done.stdout) == (1, "")
        assert "There is no ticket ACME-999999" in done.stderr


def test_the_desk_says_what_became_of_a_command(shift: Settings) -> None:
    done = tocsin(shift, "desk", "assign", "ACME-000001", "--assignee", "Grace", "--analyst", "Ada")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ACME-000001 TicketAssigned ")
    assert done.stdout.endswith(" assignee=Grace analyst=Ada\n")
    assert tickets(shift, "--tenant", "acme")[0]["assignee"] == "Grace"
    acknowledged = tocsin(shift, "desk", "acknowledge", "umbrella-000001", "--json")
    assert lines(acknowledged)[0]["outcome"] == "applied"


def test_the_desk_marks_a_ticket_and_the_handover_of_the_cluster_withholds_it(shift: Settings) -> None:
    done = tocsin(shift, "desk", "tlp", "UMBRELLA-000001", "TLP:RED", "--reason", "their counsel asks for it")
    assert done.returncode == 0, done.stderr
    assert " TlpChanged " in done.stdout
    assert tickets(shift, "--tenant", "umbrella")[0]["tlp"] == "red"
    [handed] = lines(tocsin(shift, "report", "handover", "--shift", "shift lead", "--tlp", "amber", "--json"))
    late = {row["number"]: (row["state"], row["title"]) for row in handed["due"]}
    assert late["ACME-000001"] == ("late", "Missed call")
    assert late["UMBRELLA-000001"] == ("late", "content withheld")
    assert handed["withheld"] == 1


def test_the_desk_says_why_a_command_was_refused(shift: Settings) -> None:
    done = tocsin(shift, "desk", "resume", "ACME-000001")
    assert (done.returncode, done.stderr) == (1, "Error: Refused: ACME-000001 is not on hold.\n")
    done = tocsin(shift, "desk", "reclassify", "ACME-000001", "--priority", "P99", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["reason"] == "unknown_priority"


def test_the_desk_says_what_intake_did_not_accept(shift: Settings) -> None:
    done = tocsin(shift, "desk", "note", "ACME-000001", "--note", "\x1b[2J")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Not accepted: ")
    assert "\x1b" not in done.stderr


def test_an_unassigned_ticket_is_moved_to_its_tenant_with_the_time_of_its_call_and_merged_there(
    shift: Settings,
) -> None:
    publish_missed_call(shift, "unassigned", caller="+14165550199")
    wait_for(lambda: tickets(shift, "--tenant", "unassigned"), "it is open")
    moved = tocsin(shift, "desk", "note", "UNASSIGNED-000001", "--note", "it is Kim")
    assert moved.returncode == 0, moved.stderr
    moved = tocsin(shift, "desk", "move", "UNASSIGNED-000001", "--tenant", "umbrella")
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout.startswith("UNASSIGNED-000001 TicketMoved to=umbrella goes_on_as=UMBRELLA-000002")
    assert not tickets(shift, "--tenant", "unassigned")
    [ticket] = lines(tocsin(shift, "ticket", "show", "UMBRELLA-000002", "--json"))
    assert [clock["deadline"] for clock in ticket["clocks"]] == ["2026-03-01T09:20:00Z"]
    assert "NoteAdded" in [event["type"] for event in ticket["journal"]]
    again = tocsin(shift, "desk", "move", "UNASSIGNED-000001", "--tenant", "umbrella")
    assert "There is no ticket UNASSIGNED-000001" in again.stderr

    merged = tocsin(shift, "desk", "merge", "UMBRELLA-000002", "--into", "UMBRELLA-000001")
    assert merged.returncode == 0, merged.stderr
    assert merged.stdout.startswith("UMBRELLA-000001 TicketAbsorbed ")
    [ticket] = lines(tocsin(shift, "ticket", "show", "UMBRELLA-000002", "--json"))
    assert (ticket["number"], ticket["merged"]) == ("UMBRELLA-000001", ["UMBRELLA-000002"])

    place = str(ticket["contacts"][-1]["place"])
    split = tocsin(shift, "desk", "split", "UMBRELLA-000001", "--contact", place)
    assert split.returncode == 0, split.stderr
    assert split.stdout.startswith("UMBRELLA-000003 TicketOpened ")


def test_a_move_that_was_interrupted_goes_on_when_it_is_said_again(
    shift: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise ConnectionError

    publish_missed_call(shift, "unassigned", caller="+14165550198", name="second")
    wait_for(lambda: tickets(shift, "--tenant", "unassigned"), "it is open")
    [ticket] = tickets(shift, "--tenant", "unassigned")
    before = len(tickets(shift, "--tenant", "acme"))
    monkeypatch.setattr(moving, "ask", crash)
    with pytest.raises(ConnectionError):
        asyncio.run(moving.move(shift, ticket["number"], "acme", "ada", HANG_SECONDS))
    assert len(tickets(shift, "--tenant", "acme")) == before + 1
    moved = tocsin(shift, "desk", "move", ticket["number"], "--tenant", "acme")
    assert moved.returncode == 0, moved.stderr
    assert "goes_on_as=ACME-" in moved.stdout
    assert len(tickets(shift, "--tenant", "acme")) == before + 1
    assert not tickets(shift, "--tenant", "unassigned")


def test_a_command_without_an_answer_ends_with_a_code_of_its_own(settings: Settings) -> None:
    done = tocsin(settings, "desk", "acknowledge", "ACME-000001", "--tenant", "acme", "--timeout", "0.5")
    assert done.returncode == 3
    assert "may still be applied" in done.stderr


def test_a_replay_of_the_exported_inbox_says_what_the_worker_has_said(shift: Settings, tmp_path: Path) -> None:
    exported = tocsin(shift, "inbox", "export")
    assert exported.returncode == 0, exported.stderr
    (tmp_path / "inbox.jsonl").write_text(exported.stdout)
    replayed = lines(tocsin_replay(tmp_path / "inbox.jsonl"))
    for topic in ("soc.ticket-events", "soc.alerts"):
        said = lines(tocsin(shift, "tail", topic, "--from", "beginning", "--until-end", "--json"))
        assert said
        for ticket in {record["key"] for record in said}:
            assert of(ticket, said) == of(ticket, [record for record in replayed if record["topic"] == topic])


def tocsin_replay(path: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [TOCSIN, "replay", "file", path, "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG_SECONDS)


def of(ticket: str, records: list[Any]) -> list[Any]:
    return [(record["recorded_at"], record["value"]) for record in records if record["key"] == ticket]


def test_an_export_keeps_offsets_and_stamps_and_can_be_limited(shift: Settings) -> None:
    whole = lines(tocsin(shift, "inbox", "export"))
    stamps = [parse(record["recorded_at"]) for record in whole]
    assert stamps == sorted(stamps)
    for partition in {record["partition"] for record in whole}:
        part = [record for record in whole if record["partition"] == partition]
        assert [record["offset"] for record in part] == sorted(record["offset"] for record in part)
        assert lines(tocsin(shift, "inbox", "export", "--partition", str(partition)))[: len(part)] == part
    until = whole[1]["recorded_at"]
    limited = lines(tocsin(shift, "inbox", "export", "--until", until))
    assert limited == [record for record in whole if parse(record["recorded_at"]) <= parse(until)]
