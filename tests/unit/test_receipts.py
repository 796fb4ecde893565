"""Receipts on the wire: who may say what became of a page, and what the journal keeps of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from driver import FIRST, Driver
from tests.unit.taking import Take

from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.deliveries import (
    DeliveryAccepted,
    DeliveryAnswered,
    DeliveryAttempted,
    DeliveryFailed,
    NotifyAlive,
)
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.messages.record import INPUT_TOPICS, OURS_ALONE, Topic
from tocsin.notify.receipts import FAILED, Publisher, ReceiptData
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory

RECEIPT: dict[str, Any] = {
    "alert": "a1",
    "dedup_key": "acme/t1/standard.callback/1",
    "ticket": "t1",
    "sink": "mail",
    "way": "mail/9f86d081",
    "person": "mia",
    "role": "shift lead",
    "roster": "ab" * 32,
    "attempt": 1,
    "page": True,
}
ALL: dict[str, dict[str, Any]] = {
    "delivery.attempted": RECEIPT,
    "delivery.accepted": RECEIPT | {"digest": True},
    "delivery.failed": RECEIPT | {"reason": "nobody_on_duty", "ways_left": 0, "detail": "a gap in the roster"},
    "delivery.answered": RECEIPT | {"by": "mia"},
    "notify.alive": {"name": "tocsin-notify-pages", "next_within_seconds": 60},
}
COMMON: dict[str, Any] = {
    "alert": "a1",
    "dedup_key": "acme/t1/standard.callback/1",
    "sink": "mail",
    "way": "mail/9f86d081",
    "attempt": 1,
    "person": "mia",
    "role": "shift lead",
}


def event(kind: str, data: dict[str, Any]) -> bytes:
    about = {"specversion": "1.0", "id": "r1", "source": "tocsin-notify", "tenant": "acme"}
    return json.dumps({**about, "type": f"tocsin.{kind}", "data": data}).encode()


async def test_a_receipt_is_taken_whatever_words_of_a_calendar_say_why_it_failed(take: Take) -> None:
    sent: list[bytes] = []

    class Producer:
        async def send_and_wait(self, _topic: str, value: bytes, _key: bytes) -> None:
            sent.append(value)

    detail = "leads.ics: \x1b[2J\u202e cannot be reckoned " + "x" * 9_000
    failed: dict[str, Any] = {"action": "trigger", "reason": "nobody_on_duty", "detail": detail, "ways_left": 0}
    lost = ReceiptData(**RECEIPT, lane="pages", partition=0, offset=1, **failed)
    await Publisher(Settings(), Producer(), "tocsin-notify").put(FAILED, "acme", lost)
    assert isinstance(take(Topic.DELIVERIES, sent[0]).input.body, DeliveryFailed)


@pytest.mark.parametrize("kind", ALL)
def test_the_topic_for_receipts_takes_each_of_them_and_no_other_topic_takes_one(take: Take, kind: str) -> None:
    taken = take(Topic.DELIVERIES, event(kind, ALL[kind])).input
    told = {"next_within_seconds": None, **{name: getattr(taken.body, name) for name in ALL[kind]}}
    assert told == {"next_within_seconds": None, **ALL[kind]}
    assert taken.tenant == "acme"
    for topic in set(INPUT_TOPICS) - {Topic.DELIVERIES}:
        assert take(topic, event(kind, ALL[kind])).reason == "unknown_type"


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("delivery.failed", {"reason": "bad weather"}),
        ("delivery.failed", {"ways_left": -1}),
        ("delivery.accepted", {"attempt": 0}),
        ("delivery.accepted", {"page": "yes"}),
        ("delivery.answered", {"by": ""}),
        ("notify.alive", {"next_within_seconds": 0}),
        ("notify.alive", {"next_within_seconds": 86_401}),
    ],
)
def test_a_receipt_that_means_nothing_is_a_dead_letter(take: Take, kind: str, changed: dict[str, object]) -> None:
    assert take(Topic.DELIVERIES, event(kind, ALL[kind] | changed)).reason == "invalid_data"


def test_a_notify_that_stops_for_good_must_say_so(take: Take) -> None:
    assert isinstance(
        take(Topic.DELIVERIES, event("notify.alive", {"name": "n", "next_within_seconds": None})).input.body,
        NotifyAlive,
    )
    assert take(Topic.DELIVERIES, event("notify.alive", {"name": "n"})).reason == "invalid_data"


def test_nothing_but_receipts_stands_on_their_topic(take: Take) -> None:
    respond = event("desk.respond", {"ticket": "ACME-000001", "analyst": "eve"})
    assert take(Topic.DELIVERIES, respond).reason == "unknown_type"


def test_no_gateway_takes_receipts_and_no_client_has_a_topic_for_them(tmp_path: Path) -> None:
    assert set(OURS_ALONE) == {Topic.SENT, Topic.DELIVERIES}
    for desk in (False, True):
        assert not {*OURS_ALONE} & {*Settings(gateway_desk=desk, sent_topic=True).gateway_accepts}
    file = tmp_path / "tenants.toml"
    file.write_text('[tenants.acme.sources]\ntopics = ["deliveries.acme"]\n')
    with pytest.raises(ContractError, match=r"deliveries\.acme"):
        TenantDirectory.from_file(file, ContractLibrary.load(None), "esentire")


def test_the_journal_says_who_was_paged_how_and_what_became_of_it() -> None:
    desk = Driver().at("09:00").missed().at("09:21").tick()
    about = COMMON | {"ticket": desk.ticket().id, "page": True}
    desk.publish(DeliveryAttempted(**about)).publish(DeliveryAccepted(**about, digest=True))
    desk.publish(
        DeliveryFailed(**about, reason=DeliveryFailure.UNREACHABLE, ways_left=1, detail="450 mia@soc.example is full")
    )
    desk.publish(DeliveryAnswered(**about, by="mia"))
    told = desk.journal("PageAttempted", "PageAccepted", "PageFailed", "PageAnswered")
    common = {name: value for name, value in COMMON.items() if name != "person"}
    assert [(each["type"], each["number"], each["data"]) for each in told] == [
        ("PageAttempted", FIRST, common),
        ("PageAccepted", FIRST, common | {"digest": True}),
        ("PageFailed", FIRST, common | {"reason": "unreachable", "ways_left": 1}),
        ("PageAnswered", FIRST, common),
    ]
    persons = [{name: text for name, text in each["persons"].items() if name != "salt"} for each in told]
    assert persons == [
        {"person": "mia"},
        {"person": "mia"},
        {"person": "mia", "detail": "450 mia@soc.example is full"},
        {"person": "mia", "by": "mia"},
    ]


def test_what_became_of_a_copy_is_in_the_log_and_not_in_the_journal() -> None:
    desk = Driver().at("09:00").missed()
    before = len(desk.outputs)
    desk.publish(DeliveryAccepted(**COMMON, ticket=desk.ticket().id, page=False))
    assert {output.topic for output in desk.outputs[before:]} <= {Topic.TENANTS}


def test_a_receipt_of_a_ticket_that_is_not_known_is_the_tenants() -> None:
    desk = Driver().at("09:00").missed().publish(DeliveryAccepted(**COMMON, ticket="gone", page=True))
    (told,) = desk.journal("PageAccepted")
    assert (told["ticket"], told["tenant"]) == (None, "acme")
