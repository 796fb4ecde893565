"""Answers that people give in PagerDuty and Alertmanager: signed or asked for, by name, and each counts once."""

import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from tocsin.domain.instant import HOUR, Instant, parse, show
from tocsin.notify.answers import pagerduty
from tocsin.notify.answers.desk import AnswerDesk
from tocsin.notify.answers.pagerduty import acknowledged, is_signed
from tocsin.notify.answers.server import AnswerPlace, serve
from tocsin.notify.answers.silences import silences
from tocsin.notify.memory import Memory
from tocsin.notify.pages.memory import PageMemory
from tocsin.notify.receipts import ACCEPTED, ANSWERED, Receipt, ReceiptData
from tocsin.roster.file import example_text
from tocsin.roster.keeper import RosterKeeper

NOW = parse("2026-03-02T09:00:00Z")
SECRET = "the-secret-of-the-webhook"
KEY = "acme/t-1/callback/0"


class Publisher:
    """Takes receipts in place of a broker."""

    source = "here"

    def __init__(self) -> None:
        self.written: list[tuple[str, str, ReceiptData]] = []

    async def put(self, kind: str, tenant: str, data: ReceiptData) -> None:
        self.written.append((kind, tenant, data))


def told(sink: str, alert: str, **more: Any) -> Receipt:
    data = ReceiptData(
        alert=alert,
        dedup_key=KEY,
        ticket="t-1",
        sink=sink,
        way=sink,
        lane=sink,
        action="trigger",
        partition=0,
        offset=1,
        attempt=1,
        page=True,
    )
    return Receipt(ACCEPTED, "there", "acme", msgspec.structs.replace(data, **more))


class House:
    """A desk, what it has written and who heard of it."""

    def __init__(self, keeper: RosterKeeper) -> None:
        self.publisher = Publisher()
        self.memory, self.pages = Memory(), PageMemory()
        self.taken: list[str] = []
        self.desk = AnswerDesk(self.publisher, self.memory, self.pages, keeper, self.taken.append)  # type: ignore[arg-type]  # takes its place

    @property
    def answers(self) -> list[tuple[str, str, str | None]]:
        return [(data.alert, data.sink, data.by) for kind, _, data in self.publisher.written if kind == ANSWERED]


@pytest.fixture
async def house(tmp_path: Path) -> House:
    file = tmp_path / "roster.toml"
    file.write_text(example_text())
    keeper = RosterKeeper(file, lambda: NOW)
    await keeper.look()
    return House(keeper)


# ---- PagerDuty


def event(**more: Any) -> bytes:
    agent = {"id": "PXPGF42", "type": "user_reference", "summary": "Grace Hopper"}
    data = {"id": "PT4KHLK", "type": "incident", "incident_key": KEY}
    about = {"id": "e1", "event_type": "incident.acknowledged", "occurred_at": show(NOW), "agent": agent, "data": data}
    return json.dumps({"event": {**about, **more}}).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    return "v1=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


def test_a_webhook_is_known_by_any_of_its_signatures() -> None:
    body = event()
    assert is_signed(body, SECRET, f"v1={'0' * 64},{signature(body)}")
    for shown in (
        "",
        signature(body)[3:],
        signature(body, "another"),
        signature(body + b" "),
        "v1=é",
        "v2" + signature(body)[2:],
    ):
        assert not is_signed(body, SECRET, shown)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        event(event_type="incident.resolved"),
        event(agent=None),
        event(agent={"type": "service_reference", "id": "S"}),
        event(data={}),
        event(occurred_at="yesterday"),
        event(agent="Grace"),
    ],
)
def test_only_a_person_who_acknowledges_an_incident_answers(body: bytes) -> None:
    assert acknowledged(body) is None


@pytest.fixture
async def site(house: House) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_routes(pagerduty.routes({"pagerduty": SECRET}, house.desk, lambda: NOW))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/pagerduty"
    await runner.cleanup()


async def ask(site: str, body: bytes, shown: str | None = None) -> int:
    headers = {pagerduty.SIGNATURE: signature(body) if shown is None else shown}
    async with aiohttp.ClientSession() as client, client.post(site, data=body, headers=headers) as answer:
        return answer.status


async def test_whoever_acknowledges_in_pagerduty_has_taken_the_incident_by_the_name_in_the_roster(
    house: House, site: str
) -> None:
    house.memory.note(told("pagerduty", "a1"))
    house.memory.note(told("pagerduty", "a2"))
    assert await ask(site, event(), shown="v1=00") == 403
    assert await ask(site, event(data={"incident_key": "acme/other"})) == 202
    assert await ask(site, event(occurred_at=show(NOW - 2 * HOUR))) == 202
    assert house.answers == []
    assert [await ask(site, event()) for _ in range(2)] == [202, 202]
    assert (house.answers, house.taken) == ([("a2", "pagerduty", "grace")], [KEY])
    assert await ask(site, b"x" * 300_000) == 413


async def test_a_webhook_is_taken_beside_the_links_in_the_length_that_it_really_has(house: House) -> None:
    house.memory.note(told("pagerduty", "a1"))
    place = AnswerPlace("127.0.0.1", 0, "https://notify.soc.example", [b"k" * 32])
    routes = pagerduty.routes({"pagerduty": SECRET}, house.desk, lambda: NOW)
    async with serve(place, house.desk, lambda: NOW, lambda: 0.0, *routes) as address:
        assert await ask(f"{address}/pagerduty", event(more="x" * 5_000)) == 202
    assert house.answers == [("a1", "pagerduty", "grace")]


# ---- Alertmanager


def silence(**more: Any) -> dict[str, Any]:
    matchers = [{"name": "dedup_key", "value": KEY, "isRegex": False, "isEqual": True}]
    return {"id": "s1", "status": {"state": "active"}, "createdBy": "hedy@soc.example", "matchers": matchers} | more


def test_a_silence_answers_if_it_is_active_and_names_the_incident() -> None:
    wide = [{"name": "tenant", "value": "acme", "isRegex": False}]
    regex = [{"name": "dedup_key", "value": ".*", "isRegex": True}]
    other = [{"name": "dedup_key", "value": KEY, "isRegex": False, "isEqual": False}]
    listed = [
        silence(),
        silence(status={"state": "expired"}),
        silence(matchers=wide),
        silence(matchers=regex),
        silence(matchers=other),
        silence(createdBy=""),
        {},
        {"status": "active"},
    ]
    assert [each.dedup_key for each in silences(json.dumps(listed).encode())] == [KEY]
    for wrong in (b"<html>", b'[{"id": "\xff"}]', b'[{"id":' + b"[" * 100_000):
        assert silences(wrong) == []


async def test_a_silence_is_an_answer_by_whoever_made_it_and_no_second_one_when_the_incident_climbs(
    house: House,
) -> None:
    instant: Instant = NOW
    assert not await house.desk.elsewhere(KEY, "am", "am/silence/s1", "hedy@soc.example")  # it was not told there
    house.memory.note(told("am", "a1", page=False))
    assert await house.desk.elsewhere(KEY, "am", "am/silence/s1", "hedy@soc.example")
    house.memory.note(told("am", "a2", page=False))
    assert not await house.desk.elsewhere(KEY, "am", "am/silence/s1", "hedy@soc.example")
    assert house.answers == [("a1", "am", "hedy")]
    later = PageMemory()
    later.learn(Receipt(*house.publisher.written[0][:1], "here", "acme", house.publisher.written[0][2]), instant)
    assert later.has_answered(KEY, "am/silence/s1")
    assert (later.answered_by("a1"), later.taken_by(KEY)) == ("hedy", "hedy")
