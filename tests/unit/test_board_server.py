"""What the board's server answers, to whom, and with which headers; no browser takes part."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import parse_qsl, urlencode

import aiohttp
import pytest
from aiohttp import web
from tests.board.screenshots import SCRIPT
from tests.board.stage import Stage, served
from yarl import URL

from tocsin.board.access import Access, Viewer, access_for
from tocsin.board.stories import KEPT
from tocsin.settings import Settings, SettingsError

PAGES = ("/", "/months", "/months/acme", "/tickets/ACME-000002", "/tickets/NONE", "/nowhere", "/static/board.js")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage.of(SCRIPT.read_text(encoding="utf-8"), tmp_path_factory.mktemp("stage"))


@pytest.fixture
async def address(stage: Stage) -> AsyncIterator[str]:
    async with served(stage) as where:
        yield where


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class OfTenants(Access):
    """Whoever asks sees these tenants, as a token may say."""

    def __init__(self, *tenants: str) -> None:
        machine = access_for(Settings())
        super().__init__(machine.place, None, machine.sessions)
        self._tenants = frozenset(tenants)

    def viewer(self, request: web.Request) -> Viewer:
        return Viewer("ada", self._tenants)


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_lets_nothing_run_that_is_not_the_boards_own(
    address: str, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(address + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        text = await answer.text()
    assert not re.search(r"<script(?! src=)|\son\w+=|\sstyle=|<style", text)


@pytest.mark.parametrize(
    "host", ["board.example", "127.0.0.1.evil.example", "169.254.169.254", "localhost.evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/events", "/static/board.js", "/tickets/ACME-000002"])
async def test_a_request_under_another_name_is_refused(
    address: str, http: aiohttp.ClientSession, host: str, path: str
) -> None:
    async with http.get(address + path, headers={"Host": host}) as answer:
        assert answer.status == 421
        assert "ACME" not in await answer.text()


@pytest.mark.parametrize("host", ["127.0.0.1:8644", "localhost:8644", "[::1]:8644", "localhost"])
async def test_the_names_of_this_machine_are_answered(address: str, http: aiohttp.ClientSession, host: str) -> None:
    async with http.get(address, headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_written(address: str, http: aiohttp.ClientSession, method: str) -> None:
    for path in ("/", "/tickets/ACME-000002", "/events"):
        async with http.request(method, address + path, data=b"x", headers={"Origin": address}) as answer:
            assert answer.status == 405


def test_an_address_that_a_network_reaches_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"board_host is 0\.0\.0\.0"):
        access_for(Settings(board_host="0.0.0.0"))  # noqa: S104 - which is what must be refused
    assert access_for(Settings(board_host="::1")).place.open


@pytest.mark.parametrize("path", ["/tickets/GLOBEX-000001", "/months/globex", "/find?ticket=GLOBEX-000001"])
async def test_another_tenants_page_is_not_there_for_who_may_not_see_it(
    stage: Stage, http: aiohttp.ClientSession, path: str
) -> None:
    async with served(stage, OfTenants("acme")) as address, http.get(address + path) as answer:
        assert answer.status == 404
        assert "globex" not in (await answer.text()).lower()


@pytest.mark.parametrize(
    "path", ["/", "/?tenant=globex", "/months", "/events", "/events?tenant=globex", "/events?last=0.0"]
)
async def test_another_tenants_words_are_never_sent(stage: Stage, http: aiohttp.ClientSession, path: str) -> None:
    async with served(stage, OfTenants("acme")) as address, http.get(address + path) as answer:
        if path.startswith("/events"):
            text = b"".join([await answer.content.readuntil(b"\n\n") for _ in range(2)]).decode()
        else:
            text = await answer.text()
    others = [ticket.number for ticket in map(stage.state, stage.model.known) if ticket.tenant != "acme"]
    assert others
    for number in others:
        assert number not in text
    assert not re.search("initech|hooli|umbrella|GLOBEX", text)
    assert "ACME-" in text or "tenant=globex" in path or path == "/months"


async def test_a_stream_goes_on_with_the_alert_after_the_last_one_that_was_told(
    stage: Stage, address: str, http: aiohttp.ClientSession
) -> None:
    async def first(path: str, **headers: str) -> tuple[str, list[str]]:
        async with http.get(address + path, headers=headers) as answer:
            assert answer.content_type == "text/event-stream"
            await answer.content.readuntil(b"\n\n")
            event = (await answer.content.readuntil(b"\n\n")).decode()
        name = re.search(r"^id: (\S+)$", event, re.MULTILINE)
        assert name
        return name[1], re.findall(r'id=\\"(a0-\d+)\\"', event)

    name, told = await first("/events")
    assert len(told) == 12
    last = int(name.partition(".")[2])
    assert told[-1] == f"a0-{last - 1}"
    resumed, missed = await first("/events", **{"Last-Event-ID": f"0.{last - 30}"})
    assert missed == [f"a0-{number}" for number in range(last - 30, last)]
    assert resumed == name
    assert await first("/events?last=" + name) == (name, [])
    assert (await first("/events", **{"Last-Event-ID": "nonsense\u00a0"}))[1] == told


async def test_a_stream_that_goes_on_too_late_says_that_alerts_are_missing(
    stage: Stage, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.model, "alerts_from", {0: 20})
    async with served(stage) as address:
        for last, missing in ((19, True), (20, False)):
            async with http.get(f"{address}/events?last=0.{last}") as answer:
                await answer.content.readuntil(b"\n\n")
                event = (await answer.content.readuntil(b"\n\n")).decode()
            assert ("Earlier alerts are not shown" in event) is missing


async def test_a_page_beyond_the_last_and_whatever_stands_in_the_address_is_answered(
    address: str, http: aiohttp.ClientSession
) -> None:
    for query in (
        "page=0",
        "page=-1",
        "page=999999999999",
        "page=x",
        "page=\u0663",
        "tenant=%00",
        "theme=evil",
        "role=%FF",
    ):
        async with http.get(f"{address}/?{query}") as answer:
            assert answer.status == 200, query


async def test_a_long_address_is_that_of_the_page_its_stream_and_its_links(
    stage: Stage, http: aiohttp.ClientSession
) -> None:
    tenants = [("tenant", f"somebody-with-a-long-name-{number}") for number in range(30)]
    query = urlencode([("role", "shift #1+2 & 3"), *tenants, ("tenant", "acme")])
    async with served(stage, rows=5) as address, http.get(URL(f"{address}/?{query}", encoded=True)) as answer:
        stream = re.search(r'data-stream="/events\?([^"]*)"', await answer.text())
    assert stream
    assert unescape(stream[1]) == query
    everybody = {*tenants, *(("tenant", tenant) for tenant in stage.model.tenants)}
    async with served(stage, rows=5) as address, http.get(f"{address}/?{urlencode(list(everybody))}") as answer:
        more = re.search(r'href="/\?([^"]*&amp;page=2)"', await answer.text())
    assert more
    assert set(parse_qsl(unescape(more[1]))) == {*everybody, ("page", "2")}


async def test_the_story_of_an_open_page_stays_whatever_else_is_looked_at(
    stage: Stage, address: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.board.ticket_pages._TICKET_BEATS", 1)
    async with http.get(f"{address}/tickets/{stage.model.found('ACME-000002')}/events") as answer:
        await answer.content.readuntil(b"\n\n")
        assert b'"story":["' in await answer.content.readuntil(b"\n\n")
        for number in range(KEPT):
            stage.model.stories.follow(f"another-{number}")
        event = await answer.content.readuntil(b"\n\n")
    assert b'"story":[]' not in event


async def test_a_number_leads_to_its_ticket_however_it_is_written(address: str, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{address}/find?ticket=%20acme-000002%20") as answer:
        assert answer.status == 200
        assert "Spyware calls home" in await answer.text()
