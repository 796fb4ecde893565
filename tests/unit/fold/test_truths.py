"""What is true of whatever the shard says, in every history."""

from collections import Counter, defaultdict
from typing import Any

from chain import faults, without_persons
from driver import folded, states, values
from hypothesis import given
from logs import Step, closing_tick, log
from random_histories import HISTORIES, OF_ONE_CONTRACT, histories

from tocsin.domain.instant import parse
from tocsin.domain.state.ticket import Clock
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Topic

LATE = ("breached", "callback_overdue")


def told(steps: list[Step]) -> list[Output]:
    records = log(steps)
    return folded(Shard(0), [*records, closing_tick(records)])


def alerts(outputs: list[Output]) -> list[dict[str, Any]]:
    return values(outputs, Topic.ALERTS)


def clocks(outputs: list[Output]) -> list[tuple[str, Clock]]:
    """Every clock with the key of its incident."""
    return [
        (f"{ticket.tenant}/{ticket.id}/{clock.rule}/{clock.cycle}", clock)
        for ticket in states(outputs).values()
        for clock in ticket.clocks
    ]


@HISTORIES
@given(histories())
def test_no_alert_has_the_id_of_another(steps: list[Step]) -> None:
    ids = Counter(alert["id"] for alert in alerts(told(steps)))
    assert [alert for alert, times in ids.items() if times > 1] == []


@HISTORIES
@given(histories())
def test_the_incident_of_a_kept_promise_is_closed_and_that_of_an_overdue_one_open(steps: list[Step]) -> None:
    outputs = told(steps)
    last: dict[str, str] = {}
    for alert in alerts(outputs):
        if alert["data"]["action"] in ("trigger", "resolve"):
            last[alert["data"]["dedup_key"]] = alert["data"]["action"]
    for key, clock in clocks(outputs):
        if not clock.running:
            assert last.get(key, "resolve") == "resolve", key
        elif clock.breached:
            assert last.get(key) == "trigger", key


@HISTORIES
@given(histories())
def test_an_incident_is_closed_only_if_it_was_open(steps: list[Step]) -> None:
    opened = set()
    for alert in alerts(told(steps)):
        key, action = alert["data"]["dedup_key"], alert["data"]["action"]
        if action == "trigger":
            opened.add(key)
        elif action == "resolve":
            assert key in opened, alert
            opened.remove(key)


@HISTORIES
@given(histories())
def test_no_deadline_fires_early_and_none_of_a_promise_kept_in_time(steps: list[Step]) -> None:
    for alert in alerts(told(steps)):
        data = alert["data"]
        if data["kind"] in LATE and data["ticket"]:
            assert parse(alert["time"]) >= parse(data["deadline"]), alert


@HISTORIES
@given(histories())
def test_every_clock_says_truly_whether_its_promise_was_broken(steps: list[Step]) -> None:
    end = closing_tick(log(steps)).timestamp
    for _, clock in clocks(told(steps)):
        if clock.void:
            continue
        if clock.deadline is None:
            assert not clock.breached or clock.running  # it stands still, and was broken before
        elif clock.fulfilled_at is not None:
            assert clock.breached == (clock.fulfilled_at > clock.deadline), clock
        elif clock.deadline < end:
            assert clock.breached, clock


@HISTORIES
@given(histories())
def test_the_journal_is_a_chain_without_gaps_also_when_persons_are_forgotten(steps: list[Step]) -> None:
    journal = [output.value or b"" for output in told(steps) if output.topic is Topic.TICKET_EVENTS]
    assert faults(journal) == []
    assert faults(map(without_persons, journal)) == []
    places = defaultdict(list)
    for event in values(told(steps), Topic.TICKET_EVENTS):
        places[event["ticket"] or event["tenant"]].append(event["seq"])
    for sequence in places.values():
        assert sequence == list(range(1, len(sequence) + 1))


@HISTORIES
@given(histories())
def test_time_in_the_journal_never_goes_back(steps: list[Step]) -> None:
    times = [parse(event["at"]) for event in values(told(steps), Topic.TICKET_EVENTS)]
    assert times == sorted(times)


@HISTORIES
@given(histories())
def test_every_alert_names_the_records_that_caused_it(steps: list[Step]) -> None:
    offsets = {record.offset for record in log(steps)}
    for alert in alerts(told(steps)):
        assert alert["data"]["offsets"] or alert["data"]["ticket"] is None, alert
        assert set(alert["data"]["offsets"]) <= offsets


@HISTORIES
@given(histories(OF_ONE_CONTRACT))
def test_the_months_count_what_the_clocks_say(steps: list[Step]) -> None:
    outputs = told(steps)
    (tenant,) = [it for it in values(outputs, Topic.TENANTS) if it and it.get("name") == "globex"][-1:]
    counted = Counter[bool]()
    for tally in tenant["months"].values():
        counted[True] += tally["met"]
        counted[False] += tally["missed"]
    judged = [
        clock
        for _, clock in clocks(outputs)
        if clock.rule == "response" and clock.deadline is not None
        if clock.breached or clock.fulfilled_at is not None
    ]
    assert +counted == Counter(not clock.breached for clock in judged)
