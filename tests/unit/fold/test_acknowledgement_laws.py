"""What is true of acknowledgements and incidents in every history."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contracts import contract, response, step
from driver import Driver, folded, states, values
from hypothesis import given
from hypothesis import strategies as st
from logs import SPACING, Step, closing_tick, log, tick
from random_histories import HISTORIES, histories

from tocsin.domain.commands.desk import Acknowledge, Close, Unacknowledge
from tocsin.domain.contract.escalation import EscalationStep
from tocsin.domain.instant import DAY, MINUTE, Instant, parse
from tocsin.domain.state.acknowledgements import open_incidents
from tocsin.engine import snapshot
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic

ABOUT_WHO_HAS_IT = ("acknowledged", "unacknowledged")


def of_tickets(outputs: list[Output]) -> list[dict[str, Any]]:
    return [alert for alert in values(outputs, Topic.ALERTS) if alert["data"]["ticket"]]


def keys_taken(outputs: list[Output]) -> set[str]:
    return {
        f"{event['tenant']}/{event['ticket']}/{name}"
        for event in values(outputs, Topic.TICKET_EVENTS)
        if event["type"] == "TicketAcknowledged"
        for name in event["data"].get("covers", ())
    }


def nobody_takes_anything(records: list[Record], steps: list[Step]) -> list[Record]:
    """The same log with a tick in the place of each acknowledgement."""
    about = [step.body for step in steps]
    first = len(records) - len(steps)
    return [
        tick(record.offset, record.timestamp)
        if place >= first and isinstance(about[place - first], Acknowledge | Unacknowledge)
        else record
        for place, record in enumerate(records)
    ]


@HISTORIES
@given(histories())
def test_acknowledging_never_silences_a_later_incident(steps: list[Step]) -> None:
    steps = [replace(step, input_id=None) for step in steps]
    records = log(steps)
    end = closing_tick(records)
    outputs = folded(Shard(0), [*records, end])
    without = folded(Shard(0), [*nobody_takes_anything(records, steps), end])
    taken = keys_taken(outputs)

    def said(outputs: list[Output]) -> list[str]:
        return [
            json.dumps(alert)
            for alert in of_tickets(outputs)
            if alert["data"]["kind"] not in ABOUT_WHO_HAS_IT
            if alert["data"]["kind"] != "escalated" or alert["data"]["dedup_key"] not in taken
        ]

    assert said(outputs) == said(without)


@HISTORIES
@given(histories())
def test_what_is_taken_is_open_and_taken_by_one(steps: list[Step]) -> None:
    records = log(steps)
    for output in folded(Shard(0), [*records, closing_tick(records)]):
        if output.topic is not Topic.TICKETS or output.value is None:
            continue
        ticket = snapshot.decode_ticket(output.value)
        names = [name for each in ticket.taken_by for name in each.covers]
        assert len(names) == len(set(names))
        assert set(names) <= set(open_incidents(ticket, ticket.touched_at))


@HISTORIES
@given(histories())
def test_no_alert_is_dated_before_the_one_before_it_on_its_ticket(steps: list[Step]) -> None:
    records = log(steps)
    outputs = folded(Shard(0), [*records, closing_tick(records)])
    last: dict[str, Instant] = {}
    for alert in of_tickets(outputs):
        at = parse(alert["time"])
        assert last.get(alert["subject"], 0) <= at, alert
        last[alert["subject"]] = at


@HISTORIES
@given(histories())
def test_every_incident_of_a_ticket_ends_with_it_at_the_latest(steps: list[Step]) -> None:
    records = log(steps)
    before = folded(Shard(0), records)
    offset, stamp = records[-1].offset, max(record.timestamp for record in records)
    closing = [
        Step(0, ticket.tenant, Close(ticket=ticket.number, analyst="eve"))
        for ticket in states(before).values()
        if ticket.closed_at is None
    ]
    records = log([*steps, *closing])
    shard = Shard(0)
    outputs = folded(shard, records)
    shard.cut_repeats_after(stamp)
    outputs += folded(shard, [tick(offset + SPACING * (1 + len(closing)), stamp + 3000 * DAY)])
    assert not shard.open_tickets()
    left: dict[str, dict[str, Any]] = {}
    for alert in of_tickets(outputs):
        data = alert["data"]
        if data["action"] == "trigger":
            left[data["dedup_key"]] = alert
        elif data["action"] == "resolve":
            left.pop(data["dedup_key"], None)
    assert not left


STEPS = (
    step("analyst", "start", every=8),
    step("engineer", "start", after=25, every=10),
    step("shift lead", "fraction", fraction=0.5, every=7),
    step("SOC manager", every=30, repeat_at_most=3),
    step("management", after=45),
)


@given(st.permutations(STEPS))
def test_in_whatever_order_steps_are_written_they_are_taken_in_that_of_time(steps: list[EscalationStep]) -> None:
    def told(steps: Iterable[EscalationStep]) -> list[str]:
        terms = contract(response({"P2": 60}), steps=tuple(steps), acknowledgement_expires=20 * MINUTE)
        desk = Driver(terms).at("09:00").mail().at("09:26").acknowledge().at("12:00").tick()
        return desk.told("escalated")

    assert told(steps) == told(STEPS)
