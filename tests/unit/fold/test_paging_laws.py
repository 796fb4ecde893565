"""What is true of receipts in every history: they hasten a step, repeat none, and disturb nobody who has it."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from driver import folded, values
from hypothesis import given
from hypothesis import strategies as st
from logs import SPACING, Step, closing_tick, log, record, ticked
from random_histories import HISTORIES, histories

from tocsin.domain.commands.deliveries import (
    DeliveryAccepted,
    DeliveryAnswered,
    DeliveryAttempted,
    DeliveryFailed,
)
from tocsin.domain.decide.deliveries import ReceiptBody
from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic

Entry = dict[str, Any]

PAGED = ("escalated", "breached", "detection")


@dataclass
class Log:
    """A log with receipts between what happens, each about an alert that came of what stands before."""

    records: list[Record]
    outputs: list[Output]


def with_receipts(steps: list[Step], seed: int) -> Log:
    """The log of `steps`, with receipts that come in time, late, twice, against each other, or of copies."""
    chance = random.Random(seed)
    shard, made = Shard(0), Log([], [])
    alerts: list[Entry] = []
    for each in log(steps):
        stamp = max(each.timestamp, shard.clock)
        for number in range(chance.choice((0, 0, 1, 2, 3)) if alerts else 0):
            pages = [alert for alert in alerts if alert["kind"] == "escalated"][-2:] or alerts
            alert = chance.choice((*pages, *pages, chance.choice(alerts)))
            later = min(stamp, shard.clock + chance.choice((0, 1, MINUTE, 4 * MINUTE)))
            told = Step(0, alert["tenant"], _receipt(alert, chance), input_id=f"r{each.offset}/{number}")
            _fold(shard, record(told, each.offset - SPACING + 1 + 2 * number, later, later), made, alerts)
        _fold(shard, each, made, alerts)
    return made


def _fold(shard: Shard, each: Record, made: Log, alerts: list[Entry]) -> None:
    came = folded(shard, [each])
    made.records.append(each)
    made.outputs += came
    alerts += (it["data"] | {"id": it["id"]} for it in values(came, Topic.ALERTS) if it["data"]["kind"] in PAGED)


def _receipt(alert: Entry, chance: random.Random) -> ReceiptBody:
    about: Entry = {
        "alert": chance.choice((alert["id"],) * 9 + ("nobody's",)),
        "dedup_key": alert["dedup_key"],
        "ticket": alert["ticket"],
        "sink": "mail",
        "way": chance.choice(("mail/1", "sms/1")),
        "attempt": 1,
        "page": chance.random() < 0.8,
    }
    kind = chance.choice(("attempted", *["accepted"] * 5, *["failed"] * 5, "answered"))
    if kind == "failed":
        return DeliveryFailed(**about, reason=DeliveryFailure.REFUSED, ways_left=chance.choice((0, 0, 1)))
    if kind == "answered":
        return DeliveryAnswered(**about, by="mia")
    return DeliveryAccepted(**about) if kind == "accepted" else DeliveryAttempted(**about)


def alerts_of(outputs: Iterable[Output]) -> list[Entry]:
    return values(outputs, Topic.ALERTS)


def told(outputs: Iterable[Output]) -> list[bytes | None]:
    return [output.value for output in outputs if output.topic in (Topic.ALERTS, Topic.TICKET_EVENTS)]


def receipts_as(records: list[Record], change: Callable[[Record], list[Record]]) -> list[Record]:
    return [it for each in records for it in (change(each) if b'"tocsin.delivery.' in (each.value or b"") else [each])]


def rewritten(each: Record, *, twice: bool = False, **data: Any) -> list[Record]:
    """`each` with other `data`; or again, under another id, right behind itself."""
    event = json.loads(each.value or b"")
    changed = each._replace(value=json.dumps({**event, "data": {**event["data"], **data}}).encode())
    if not twice:
        return [changed]
    again = each._replace(value=json.dumps({**event, "id": event["id"] + " again"}).encode(), offset=each.offset + 1)
    return [each, again]


with_seed = given(histories(), st.integers(0, 2**32))


@HISTORIES
@with_seed
def test_a_receipt_that_comes_twice_tells_nobody_anything_else(steps: list[Step], seed: int) -> None:
    records = with_receipts(steps, seed).records
    twice = receipts_as(records, lambda each: rewritten(each, twice=True))
    end = closing_tick(records)
    assert alerts_of(folded(Shard(0), [*twice, end])) == alerts_of(folded(Shard(0), [*records, end]))


@HISTORIES
@with_seed
def test_without_receipts_of_pages_and_answers_nothing_changes(steps: list[Step], seed: int) -> None:
    records = with_receipts(steps, seed).records
    copies = receipts_as(
        records, lambda each: [] if b"answered" in (each.value or b"") else rewritten(each, page=False)
    )
    end = closing_tick(records)
    without = folded(Shard(0), [*receipts_as(records, lambda _: []), end])
    assert told(folded(Shard(0), [*copies, end])) == told(without)


@HISTORIES
@with_seed
def test_no_page_is_raised_twice_and_each_climb_names_the_receipt_that_says_why(steps: list[Step], seed: int) -> None:
    made = with_receipts(steps, seed)
    outputs = folded(Shard(0), [*made.records, closing_tick(made.records)])
    alerts = alerts_of(outputs)
    assert len({alert["id"] for alert in alerts}) == len(alerts)
    told_by = {each.offset: json.loads(each.value or b"") for each in made.records}
    for event in values(outputs, Topic.TICKET_EVENTS):
        why = event["data"].get("climbed") or (event["data"].get("why") if event["type"] == "NobodyReached" else None)
        if why:
            receipt = told_by[event["data"]["receipt"]]
            failed = receipt["type"].endswith("failed") and receipt["data"]["ways_left"] == 0
            assert failed if why == "undelivered" else receipt["type"].endswith("accepted")
            assert receipt["data"]["page"]


@HISTORIES
@with_seed
def test_between_an_acknowledgement_and_a_climb_there_is_always_another_page(steps: list[Step], seed: int) -> None:
    made = with_receipts(steps, seed)
    taken: set[tuple[str, str]] = set()
    for event in values(folded(Shard(0), [*made.records, closing_tick(made.records)]), Topic.TICKET_EVENTS):
        data, ticket = event["data"], event["ticket"]
        if event["type"] == "TicketAcknowledged":
            taken |= {(ticket, name) for name in data.get("covers", ())}
        if event["type"] in ("EscalationRaised", "NobodyReached"):
            incident = (ticket, f"{data['rule']}/{data['cycle']}")
            if "climbed" in data or event["type"] == "NobodyReached":
                assert incident not in taken, event
            taken.discard(incident)


@HISTORIES
@given(histories(), st.integers(0, 2**32), st.data())
def test_a_replay_with_more_or_fewer_ticks_says_the_same(steps: list[Step], seed: int, data: st.DataObject) -> None:
    made = with_receipts(steps, seed)
    end = closing_tick(made.records)
    dense = data.draw(ticked(made.records))
    at_once, again = (alerts_of(folded(Shard(0), [*each, end])) for each in (made.records, dense))
    assert at_once == again
    assert at_once[: len(alerts_of(made.outputs))] == alerts_of(made.outputs)


@HISTORIES
@with_seed
def test_at_the_top_of_the_matrix_it_is_told_once_for_each_incident(steps: list[Step], seed: int) -> None:
    made = with_receipts(steps, seed)
    said: set[tuple[str, str]] = set()
    for alert in alerts_of(folded(Shard(0), [*made.records, closing_tick(made.records)])):
        key = (alert["data"]["tenant"], alert["data"]["dedup_key"])
        if alert["data"]["kind"] == "unreached":
            assert key not in said
            said.add(key)
        elif alert["data"]["action"] == "resolve" or alert["data"]["kind"] == "escalated":
            said.discard(key)
