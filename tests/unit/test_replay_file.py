"""`tocsin replay file`: the fold alone over a recorded file."""

import base64
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.cli import main_group
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import HOUR, MINUTE, SECOND, Instant, parse, show
from tocsin.engine.rules import RULES
from tocsin.messages.inbox import TICK, switch
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.replay import file, line
from tocsin.tenants.directory import TenantDirectory

NINE = parse("2026-03-01T09:00:00Z")
USUAL = settings().max_examples
SAMPLES = Path(__file__).parents[2] / "src/tocsin/dev/samples"
DATA = Path(__file__).parents[1] / "data"
KEYS = ["inputs", "accepted", "duplicates", "dead_letters", "ignored", "tickets_opened", "joined", "noted", "alerts"]

Entry = dict[str, Any]


class Outcome(NamedTuple):
    code: int
    stdout: str
    stderr: str

    @property
    def records(self) -> list[Entry]:
        return [json.loads(text) for text in self.stdout.splitlines()]

    @property
    def summary(self) -> Entry:
        assert self.code == 0, self.stderr
        found: Entry = json.loads(self.stderr.splitlines()[-1])
        return found

    @property
    def alerts(self) -> list[tuple[str, str]]:
        values = [record["value"] for record in self.records if record["topic"] == "soc.alerts"]
        return [(value["time"], value["data"]["kind"]) for value in values]

    def events(self, name: str) -> list[str]:
        """When each journal event of that name was."""
        values = [record["value"] for record in self.records if record["topic"] == "soc.ticket-events"]
        return [value["at"] for value in values if value["type"] == name]


def replay(entries: Iterable[Entry] | bytes, *arguments: str | Path) -> Outcome:
    content = entries if isinstance(entries, bytes) else "\n".join(map(json.dumps, entries)).encode()
    command = ["replay", "file", "-", "--json", *map(str, arguments)]
    result = CliRunner().invoke(main_group, command, input=content)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return Outcome(result.exit_code, result.stdout, result.stderr)


DIRECTORY = TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire")


def fold(entries: Iterable[Entry], until: Instant | None = None) -> Outcome:
    """As `replay`, without the command around it: laws are tried many times."""
    said: list[bytes] = []
    content = io.BytesIO("\n".join(map(json.dumps, entries)).encode())
    done = file.replay(content, DIRECTORY, until, lambda output: said.append(line.write(output)))
    return Outcome(0, "\n".join(each.decode() for each in said), json.dumps(asdict(done.summary())))


def entry(value: Any, after: Instant = 0, topic: str = "soc.calls", **more: Any) -> Entry:
    return {"topic": topic, "recorded_at": show(NINE + after), "value": value, **more}


def event(kind: str, event_id: str, data: Entry, after: Instant = 0, tenant: str = "acme") -> Entry:
    """An input that was recorded when it happened."""
    value = {
        "specversion": "1.0",
        "id": event_id,
        "source": "test",
        "type": f"tocsin.{kind}",
        "tenant": tenant,
        "time": show(NINE + after),
        "data": data,
    }
    topic = {"call": "soc.calls", "desk": "soc.desk", "contract": "soc.desk"}.get(
        kind.split(".", 1)[0], "soc.security-events"
    )
    return entry(value, after, topic)


def missed(event_id: str = "m", after: Instant = 0, tenant: str = "acme", caller: str = "+14165550100") -> Entry:
    return event("call.missed", event_id, {"call": event_id, "from": caller, "to": "+18005550100"}, after, tenant)


def placed(event_id: str = "p", after: Instant = 0, tenant: str = "acme", callee: str = "+14165550100") -> Entry:
    data = {"call": event_id, "from": "+18005550100", "to": callee, "outcome": "reached"}
    return event("call.placed", event_id, {**data, "purpose": "callback", "analyst": "Ada"}, after, tenant)


def detection(event_id: str, after: Instant = 0, tenant: str = "acme", **data: str) -> Entry:
    filled = {"signature": "s", "severity": "high", "asset": "a", "title": "t", **data}
    return event("detection", event_id, filled, after, tenant)


@pytest.fixture
def example_plan(tmp_path: Path) -> Path:
    """The tenant acme under the plan whose escalation repeats without end."""
    path = tmp_path / "tenants.toml"
    path.write_text('[tenants.acme]\ncontract = "esentire"\nplan = "example"\n')
    return path


# ---- what is printed


def test_every_ticket_event_alert_and_dead_letter_is_a_line_in_the_order_of_the_log() -> None:
    outcome = replay([missed(), entry({"no": "event"}, SECOND), placed(after=2 * SECOND)])
    topics = [record["topic"] for record in outcome.records]
    assert set(topics) == {"soc.ticket-events", "soc.dead-letters"}
    dead = topics.index("soc.dead-letters")
    assert outcome.records[dead - 1]["recorded_at"] == "2026-03-01T09:00:00Z"
    assert outcome.records[dead]["recorded_at"] == "2026-03-01T09:00:01Z"
    assert outcome.records[dead + 1]["recorded_at"] == "2026-03-01T09:00:02Z"
    assert all(list(record) == ["topic", "recorded_at", "key", "headers", "value"] for record in outcome.records)


def test_a_dead_letter_keeps_its_bytes_key_and_headers_and_names_its_line() -> None:
    headers = {"tenant": "acme", "odd": {"base64": "/w=="}}
    odd = entry(base64.b64encode(b"\xff\x00").decode(), key="k", headers=headers)
    [_, dead] = replay([missed(), odd], "--until", show(NINE)).records[-2:]
    assert (dead["value"], dead["key"], dead["headers"]["odd"]) == ("/wA=", "k", {"base64": "/w=="})
    assert dead["headers"]["tocsin-origin-offset"] == "2"


def test_the_summary_counts_every_line_once() -> None:
    inputs = [
        missed("m1"),
        missed("m1"),
        missed("m2", SECOND),
        entry("/w=="),
        entry(None),
        entry({"event_type": "flow"}, topic="soc.security-events"),
        detection("d1"),
        detection("d2"),
        detection("d3", severity="informational", asset="b"),
        event("desk.note", "n", {"ticket": "ACME-000099", "analyst": "Ada", "note": "?"}),
    ]
    summary = replay(inputs).summary
    assert list(summary) == KEYS
    assert {key: summary[key] for key in KEYS[:-1]} == {
        "inputs": 10,
        "accepted": 6,
        "duplicates": 1,
        "dead_letters": 2,
        "ignored": 1,
        "tickets_opened": 2,
        "joined": 2,
        "noted": 2,
    }
    assert summary["alerts"]["detection"] == 1


INPUTS = st.builds(
    lambda make, number, seconds, tenant: make(f"e{number}", seconds * SECOND, f"t{tenant}"),
    st.sampled_from([missed, placed, detection]),
    st.integers(0, 12),
    st.integers(0, 4_000),
    st.integers(0, 3),
) | st.builds(entry, st.none() | st.just("/w==") | st.just({"type": 1}), st.integers(0, 4_000_000))


@settings(max_examples=USUAL // 3)
@given(st.lists(INPUTS, max_size=15))
def test_the_sums_hold_whatever_the_file(entries: list[Entry]) -> None:
    outcome = fold(entries)
    summary = outcome.summary
    parts = ("accepted", "duplicates", "dead_letters", "ignored")
    assert summary["inputs"] == len(entries) == sum(summary[part] for part in parts)
    assert summary["accepted"] == summary["tickets_opened"] + summary["joined"] + summary["noted"]
    assert summary["noted"] >= 0
    assert sum(summary["alerts"].values()) == len(outcome.alerts)
    assert len(outcome.events("TicketOpened")) == summary["tickets_opened"]


def test_the_same_file_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entries = [missed(), detection("d", SECOND), entry(None), placed(after=30 * MINUTE)]
    first = replay(entries)
    monkeypatch.setenv("TOCSIN_DEFAULT_CONTRACT", "sentinelone")
    monkeypatch.setenv("TOCSIN_VALUE_BYTES_MAX", "1")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tocsin.toml").write_text('default_contract = "sorb"\n')
    assert replay(entries) == first


def test_without_json_people_get_a_timeline_and_a_table() -> None:
    content = "\n".join(map(json.dumps, [missed(), entry("/w==")])).encode()
    result = CliRunner().invoke(main_group, ["replay", "file", "-"], input=content)
    assert result.exit_code == 0
    for shown in ("2026-03-01 09:20:00.000Z  ACME-000001    ! callback_overdue", "x dead letter", "tickets_opened"):
        assert shown in result.stdout


def test_an_empty_file_gives_nothing() -> None:
    outcome = replay(b"\n\n")
    assert (outcome.stdout, outcome.summary) == ("", dict.fromkeys(KEYS[:-1], 0) | {"alerts": {}})


# ---- the clock


def test_a_missed_call_that_nobody_returns_is_overdue_when_the_clock_runs_on() -> None:
    assert replay([missed()]).alerts[0] == ("2026-03-01T09:20:00Z", "callback_overdue")


def test_a_later_line_with_an_earlier_time_does_not_turn_the_clock_back() -> None:
    early = missed("m2", caller="+14165550199")
    outcome = replay([missed("m1", HOUR), early], "--until", show(NINE + HOUR))
    assert outcome.events("TicketOpened") == ["2026-03-01T10:00:00Z"] * 2


def test_until_runs_the_clock_to_that_time_and_no_further() -> None:
    until = "2026-03-01T09:20:00Z"
    assert replay([missed()], "--until", until).alerts == []
    after = replay([missed()], "--until", "2026-03-01T09:20:00.001Z")
    assert after.alerts == [("2026-03-01T09:20:00Z", "callback_overdue"), ("2026-03-01T09:20:00Z", "escalated")]


def test_until_leaves_out_what_was_recorded_later() -> None:
    outcome = replay([missed("m1"), missed("m2", HOUR), missed("m3", 2 * HOUR)], "--until", show(NINE + HOUR))
    assert outcome.summary["inputs"] == 2
    assert outcome == replay([missed("m1"), missed("m2", HOUR)], "--until", show(NINE + HOUR))


def test_a_step_that_repeats_without_end_is_cut_a_day_past_the_last_input_with_a_note(example_plan: Path) -> None:
    outcome = replay([missed()], "--tenants", example_plan)
    repeats = [at for at, kind in outcome.alerts if kind == "escalated"]
    assert repeats[-1] == "2026-03-02T09:00:00Z"
    assert repeats[-2] == "2026-03-02T08:30:00Z"
    assert "repeats without end" in outcome.stderr.splitlines()[0]


def test_what_ends_is_not_cut_however_far_it_lies() -> None:
    resolve = event("desk.resolve", "r", {"ticket": "ACME-000001", "analyst": "Ada"}, MINUTE)
    outcome = replay([missed(), placed(after=SECOND), resolve])
    assert outcome.events("TicketClosed") == [show(NINE + MINUTE + 72 * HOUR)]
    assert outcome.events("TicketForgotten") == [show(NINE + MINUTE + 72 * HOUR + 45 * 24 * HOUR)]
    assert len(outcome.stderr.splitlines()) == 1


# ---- lines of the inbox


def inbox_of(entries: list[Entry], partitions: int = 1) -> list[Entry]:
    """What stands in the inbox once `entries` have been taken in, behind the switches that the worker begins it with.

    These have the offset of the first input of their partition, so that inputs have the offsets of their replay.
    """
    intake = Intake(DIRECTORY, partitions)
    inbox: list[Record] = []
    clock = 0
    for number, each in enumerate(entries):
        read = line.read(json.dumps(each).encode())
        clock = max(clock, read.recorded_at)
        record = Record(read.topic, 0, number, read.recorded_at, read.key, read.value, read.headers)
        for chunk in intake.fold([record]):
            for output in chunk.outputs:
                offset = len([before for before in inbox if before.partition == output.partition])
                inbox.append(Record(Topic.INBOX, output.partition or 0, offset, clock, output.key, output.value))
    records = [json.loads(line.write(record)) for record in inbox if record.topic is Topic.INBOX]
    return [*(begun(partition=each) for each in sorted({record["partition"] for record in records})), *records]


def begun(**place: int) -> Entry:
    """The switch that a log of this release begins with."""
    return entry(json.loads(switch(RULES, first=True)), 0, "soc.inbox", offset=0, **place)


def tick(after: Instant, **place: int) -> Entry:
    return entry(json.loads(TICK), after, "soc.inbox", **place)


ACCEPTED = st.lists(
    st.builds(
        lambda make, number, seconds: make(f"e{number}", seconds * SECOND),
        st.sampled_from([missed, placed, detection]),
        st.integers(0, 30),
        st.integers(0, 4_000),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=USUAL // 5)
@given(ACCEPTED)
def test_the_inbox_gives_what_the_inputs_gave(entries: list[Entry]) -> None:
    until = NINE + 2 * HOUR
    from_inputs, from_inbox = fold(entries, until), fold(inbox_of(entries), until)
    assert from_inbox.stdout == from_inputs.stdout
    more = 2  # the switch, and the adoption
    assert from_inbox.summary == from_inputs.summary | {
        "inputs": len(entries) + more,
        "accepted": from_inputs.summary["accepted"] + more,
        "noted": from_inputs.summary["noted"] + more,
    }


@settings(max_examples=USUAL // 5)
@given(ACCEPTED, st.lists(st.integers(0, 4_000_000), max_size=10))
def test_ticks_change_nothing_but_their_count(entries: list[Entry], ticks: list[int]) -> None:
    def ids(outcome: Outcome) -> list[Any]:
        """Offsets apart, for a tick takes one up, and with them the hashes."""
        return [(record["recorded_at"], record["key"], record["value"].get("id")) for record in outcome.records]

    inbox = inbox_of(entries)
    for each in inbox:
        del each["offset"]
    clocked = sorted([*inbox, *map(tick, ticks)], key=lambda each: parse(each["recorded_at"]))
    steady = sorted(inbox, key=lambda each: parse(each["recorded_at"]))
    until = NINE + 2 * HOUR
    with_ticks, without = fold(clocked, until), fold(steady, until)
    assert ids(with_ticks) == ids(without)
    assert with_ticks.summary["noted"] == without.summary["noted"] + len(ticks)


def test_each_partitions_clock_stops_at_its_last_stamp() -> None:
    inbox = inbox_of([missed("m1", tenant="t0"), missed("m2", tenant="t1")], partitions=3)
    [first, second] = {each["partition"] for each in inbox}
    ticks = [tick(20 * MINUTE, partition=first, offset=5), tick(20 * MINUTE + 1, partition=second, offset=5)]
    outcome = replay([*inbox, *ticks])
    assert [kind for _, kind in outcome.alerts] == ["callback_overdue", "escalated"]
    assert outcome.summary == replay([*inbox, ticks[1], ticks[0]]).summary
    assert outcome.summary["noted"] == 6


def test_alerts_name_the_offsets_that_the_lines_give() -> None:
    inbox = inbox_of([missed()])
    for each, offset in zip(inbox, (60, 70, 75), strict=True):
        each["offset"] = offset
    [alert, *_] = [
        record["value"] for record in replay([*inbox, tick(HOUR)]).records if record["topic"] == "soc.alerts"
    ]
    assert alert["data"]["offsets"] == [75]


def test_an_inbox_without_its_beginning_is_refused_with_the_place() -> None:
    whole = inbox_of([missed()])
    for lacks, says in ((whole[1:], "soc.inbox/0/0"), ([whole[0], *whole[2:]], "soc.inbox/0/1: tenant")):
        outcome = replay(lacks)
        assert outcome.code == 2
        assert says in outcome.stderr
        assert "Traceback" not in outcome.stderr


def test_what_an_earlier_release_has_judged_is_refused_with_the_name_of_the_release_that_replays_it() -> None:
    _, *earlier = inbox_of([missed()])
    switched = entry(json.loads(switch(RULES, first=False)), HOUR, "soc.inbox", offset=2)
    outcome = replay([*earlier, switched])
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "release 0.2" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_an_inbox_from_the_switch_on_is_refused_since_the_state_that_it_switches_is_not_in_it() -> None:
    switched = entry(json.loads(switch(RULES, first=False)), HOUR, "soc.inbox", offset=2)
    outcome = replay([switched, tick(2 * HOUR, offset=3)])
    assert outcome.code == 2
    assert "soc.inbox/0/2" in outcome.stderr
    assert "state is missing" in outcome.stderr


def test_a_record_of_the_inbox_that_no_intake_wrote_is_refused_with_the_place() -> None:
    outcome = replay([begun(), entry({"type": "tocsin.later"}, topic="soc.inbox")])
    assert outcome.code == 2
    assert "soc.inbox/0/1" in outcome.stderr


# ---- what is wrong with a file or an option


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (b"no json", "malformed"),
        (b'{"topic":"soc.calls","value":{}}', "recorded_at"),
        (b'{"topic":"soc.calls","recorded_at":"9am","value":{}}', "no RFC 3339 time"),
        (b'{"topic":"soc.alerts","recorded_at":"2026-03-01T09:00:00Z","value":{}}', "soc.alerts in a file of input"),
        (b'{"topic":"soc.inbox","recorded_at":"2026-03-01T09:00:00Z","value":{}}', "soc.inbox in a file of input"),
        (b'{"topic":"\\u001b[2J","recorded_at":"2026-03-01T09:00:00Z","value":{}}', "there is no topic"),
    ],
)
def test_a_malformed_line_ends_with_its_number_and_exit_code_2(bad: bytes, complaint: str) -> None:
    outcome = replay(json.dumps(missed()).encode() + b"\n\n" + bad + b"\n")
    assert outcome.code == 2
    assert outcome.stderr.startswith("Error: line 3: ")
    assert complaint in outcome.stderr
    assert "\x1b" not in outcome.stderr


def test_a_line_of_an_input_topic_in_a_file_of_the_inbox_is_refused() -> None:
    outcome = replay([tick(0), missed()])
    assert (outcome.code, "line 2: soc.calls in a file of soc.inbox" in outcome.stderr) == (2, True)


def test_an_unknown_contract_and_a_wrong_tenants_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "tenants.toml").write_text('[tenants.acme]\ncontract = "nothing"\n')
    for arguments in (["--contract", "nothing"], ["--tenants", tmp_path / "tenants.toml"]):
        outcome = replay([missed()], *arguments)
        assert outcome.code == 2
        assert "nothing" in outcome.stderr
        assert "Traceback" not in outcome.stderr


def test_the_contract_of_a_tenant_that_is_not_configured_can_be_chosen() -> None:
    outcome = replay([detection("d")], "--contract", "sentinelone")
    [name] = [
        record["value"]["data"]["name"]
        for record in outcome.records
        if record["value"].get("type") == "ContractAdopted"
    ]
    assert name == "sentinelone"


# ---- hostile and real input


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("/w==", "not_utf8"),
        (b'{"a":"\xff"}', "not_utf8"),
        (base64.b64encode(b'{"a":"\xff"}').decode(), "not_utf8"),
        (base64.b64encode(b"no json").decode(), "not_json"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"a":NaN}', "not_finite"),
        (b'{"a":-Infinity}', "not_finite"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
        (b'{"a":"' + b"x" * 1_048_576 + b'"}', "too_large"),
        (b"{%s}" % b",".join(b'"k%d":0' % number for number in range(1_000_000)), "too_large"),
        (None, "empty"),
    ],
)
def test_bad_input_is_a_dead_letter_with_its_reason_and_disturbs_nothing(value: Any, reason: str) -> None:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    bad = b'{"topic":"soc.calls","recorded_at":"2026-03-01T09:00:00Z","value":' + raw + b"}\n"
    good = json.dumps(missed()).encode() + b"\n"
    outcome = replay(bad + good)
    assert outcome.summary["dead_letters"] == 1
    [dead] = [record for record in outcome.records if record["topic"] == "soc.dead-letters"]
    assert dead["headers"]["tocsin-reason"] == reason
    assert outcome.alerts == replay(good).alerts


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (SAMPLES / "suricata-first-2015.eve.jsonl", 136),
        (SAMPLES / "suricata-wrccdc-2018.eve.jsonl", 207),
        (DATA / "ocsf-guardduty-detection.json", 1),
        (DATA / "ocsf-okta-detection.json", 1),
    ],
)
def test_every_line_of_a_real_sensor_is_accounted_for_and_a_second_run_adds_only_duplicates(
    path: Path, lines: int
) -> None:
    messages = [path.read_bytes()] if lines == 1 else path.read_bytes().splitlines()
    entries = [
        entry(base64.b64encode(message).decode(), topic="soc.security-events", headers={"tenant": "acme"})
        for message in messages
    ]
    once, twice = replay(entries), replay([*entries, *entries])
    assert (
        once.summary["inputs"]
        == lines
        == once.summary["tickets_opened"]
        + once.summary["joined"]
        + (once.summary["noted"] + once.summary["duplicates"])
        + (once.summary["dead_letters"] + once.summary["ignored"])
    )
    added = once.summary["accepted"] + once.summary["duplicates"]
    assert twice.summary["duplicates"] == once.summary["duplicates"] + added
    assert twice.summary["tickets_opened"] == once.summary["tickets_opened"] > 0
    assert twice.alerts == once.alerts
