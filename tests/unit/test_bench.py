"""`make bench`, without a broker: its oracle, its check of what a contender has said, and its table."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
sys.path.append(str(Path(__file__).parents[1] / "benchmarks" / "peers"))

from naive_job import done, matter
from race import faults
from results import Anatomy, Kept, Part, Round, page, table
from streams import STREAMS, Expected, Message, expected

from tocsin.contracts.library import ContractLibrary
from tocsin.engine.shard import Shard
from tocsin.messages.intake import Intake
from tocsin.messages.record import Output, Record, Topic
from tocsin.tenants.directory import TenantDirectory

NOW = 1_772_355_600_000
EVENTS = 1_500

Entry = dict[str, Any]


@pytest.fixture(params=STREAMS)
def messages(request: pytest.FixtureRequest) -> list[Message]:
    return STREAMS[request.param](EVENTS, NOW)


def test_tocsin_comes_to_what_the_oracle_computes(messages: list[Message]) -> None:
    outputs = _folded(messages)
    journal = [msgspec.json.decode(output.value or b"") for output in outputs if output.topic is Topic.TICKET_EVENTS]
    alerts = [output for output in outputs if output.topic is Topic.ALERTS]
    assert faults(expected(messages), journal, len(alerts)) == []


def test_the_naive_job_comes_to_what_the_oracle_computes(messages: list[Message]) -> None:
    journal, alerts = _naive(messages)
    assert faults(expected(messages), journal, len(alerts)) == []


def test_the_mix_has_repeats_and_rises_returns_and_mails_of_two_hundred_tenants() -> None:
    said = [msgspec.json.decode(message.value) for message in STREAMS["mix"](6_000, NOW)]
    assert {one["type"] for one in said} == {
        "tocsin.detection",
        "tocsin.call.missed",
        "tocsin.call.placed",
        "tocsin.email.received",
    }
    assert len({one["tenant"] for one in said}) == 200
    right = expected(STREAMS["mix"](6_000, NOW))
    detections = {one["data"]["signature"] for one in said if one["type"] == "tocsin.detection"}
    assert right.alerts > 1.2 * len(detections)
    assert max(right.tickets) > 4


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda journal: journal.pop(), "inputs: 1499 instead of 1500"),
        (lambda journal: journal.append(journal[7]), "1 entries of the journal stand there twice"),
        (lambda journal: journal[9].update(ticket="another"), "tickets: "),
    ],
)
def test_what_was_lost_doubled_or_joined_to_another_ticket_is_a_fault(damage: Any, says: str) -> None:
    messages = STREAMS["plain"](EVENTS, NOW)
    journal, alerts = _naive(messages)
    damage(journal)
    assert any(fault.startswith(says) for fault in faults(expected(messages), journal, len(alerts)))


def test_an_alert_too_many_is_a_fault() -> None:
    messages = STREAMS["plain"](EVENTS, NOW)
    journal, alerts = _naive(messages)
    assert faults(expected(messages), journal, len(alerts) + 1) == ["alerts: 301 instead of 300"]


def test_ratios_are_of_medians_and_who_is_wrong_is_not_compared() -> None:
    rows = table(
        [
            *(_round("tocsin", 10.0, 5.0) for _ in range(3)),
            *(_round("slow", seconds, 20.0) for seconds in (40.0, 20.0, 900.0)),
            _round("wrong", 1.0, 1.0, "alerts: 301 instead of 300"),
        ]
    ).splitlines()[2:]
    assert rows == [
        "| TOCSIN | 3 | 1,000 | 100 (100 to 100) | 200 (200 to 200) |  |",
        "| SLOW | 3 | 1,000 | 25 (1 to 50) | 50 (50 to 50) | 4.0, 4.0 |",
        "| WRONG | 1 | 1,000 | wrong: alerts: 301 instead of 300 | | |",
    ]


def test_the_page_says_what_the_fold_alone_allows_and_what_a_faster_client_library_would() -> None:
    parts = [Part("read", 20.0, 5.0), Part("fold", 80.0), Part("write", 40.0, 15.0)]
    kept = Kept([_round("tocsin", 10.0, 0.2)], {"plain": Anatomy(parts, {"fold": 0.61, "event loop": 0.39})})
    about = dict.fromkeys(("date", "machine", "kafka"), "x")
    told = page(kept, about)
    assert "| all parts | 140.0 | 20.0 |\n| the whole worker, of the rounds above | 200.0 | |" in told
    assert "alone allow 12,500 events per second of processor, with librdkafka's\nreading and writing 10,000." in told
    assert "| fold | 61% |\n| event loop | 39% |" in told


def test_what_was_measured_is_there_in_the_next_run(tmp_path: Path) -> None:
    kept = Kept([_round("tocsin", 10.0, 0.2)], {"mix": Anatomy([Part("read", 20.0, 5.0)], {"fold": 1.0})})
    kept.write(tmp_path / "new" / "kept.json")
    assert Kept.read(tmp_path / "new" / "kept.json") == kept


def test_the_oracle_counts_an_opening_and_each_rise_as_alerts() -> None:
    severities = ("medium", "medium", "critical", "high", "critical")
    same = [_detection(number, severity) for number, severity in enumerate(severities)]
    assert expected(same) == Expected(inputs=5, tickets=Counter({5: 1}), alerts=2)


def _detection(number: int, severity: str) -> Message:
    data = {"signature": "s", "asset": "a", "severity": severity}
    said = {"id": str(number), "type": "tocsin.detection", "tenant": "acme", "data": data}
    return Message(Topic.SECURITY_EVENTS, b"s", msgspec.json.encode(said))


def _round(name: str, seconds: float, processor: float, *found: str) -> Round:
    return Round(
        stream="plain",
        contender=name,
        title=name.upper(),
        events=1_000,
        seconds=seconds,
        processor=processor,
        load=1.0,
        faults=list(found),
    )


def _folded(messages: list[Message]) -> list[Output]:
    intake = Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), 1)
    came = [Record(m.topic, 0, number, NOW + number, m.key, m.value) for number, m in enumerate(messages)]
    taken = [output for chunk in intake.fold(came) for output in chunk.outputs if output.topic is Topic.INBOX]
    log = [Record(Topic.INBOX, 0, number, NOW, o.key, o.value, o.headers) for number, o in enumerate(taken)]
    return [output for chunk in Shard(0).fold(log) for output in chunk.outputs]


def _naive(messages: list[Message]) -> tuple[list[Entry], list[Entry]]:
    tickets: dict[str, Entry] = {}
    journal, alerts = [], []
    for message in messages:
        event = msgspec.json.decode(message.value)
        key = matter(event)
        tickets[key], entry, alert = done(key, tickets.get(key), event)
        journal.append(entry)
        alerts += [alert] if alert is not None else []
    return journal, alerts
