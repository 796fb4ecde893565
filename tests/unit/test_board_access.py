"""Who may look at the board and who may act there: asked of a real server, over a day that the real fold has told."""

from html import escape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession
from tests.board.sites import ADA, EVE, KEY, PROXY, SPEC, WALL, Clock, hashed, site

from tocsin.board.identity.sessions import Sessions

# Who may look


async def test_on_this_machine_everybody_looks_at_everything_and_nobody_acts(tmp_path: Path) -> None:
    async with site(tmp_path, None) as asking:
        status, page = await asking.get("/")
        assert status == 200
        assert "zorgcorp" in page
        assert "Sign in" not in page
        answer = await asking.post(f"/tickets/{asking.ticket_of('acme')}/act", {"verb": "acknowledge"})
        assert answer.status == 403


async def test_where_nobody_is_limited_this_machine_looks_without_a_token_and_acts_with_one(tmp_path: Path) -> None:
    async with site(tmp_path, {"tokens": {"Ada": SPEC["tokens"]["Ada Okafor"]}}) as asking:
        ticket = f"/tickets/{asking.ticket_of('acme')}"
        _, page = await asking.get(ticket)
        assert "Sign in to act on this ticket" in page
        assert "Acknowledge" not in page
        await asking.sign_in(ADA)
        _, page = await asking.get(ticket)
        assert "Signed in as <b><bdi>Ada</bdi></b>" in page
        assert "<button" in page[page.index('id="acting"') :]


async def test_a_page_leads_a_stranger_to_the_sign_in_and_from_there_back(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        async with ClientSession() as session:
            answer = await session.get(
                f"{asking.address}/?tenant=acme&theme=dark", headers={"Accept": "text/html"}, allow_redirects=False
            )
        assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?next=/?tenant%3Dacme%26theme%3Ddark")
        _, page = await asking.get(answer.headers["Location"])
        assert 'name="next" value="/?tenant=acme&amp;theme=dark"' in page
        assert (await asking.sign_in(ADA, "/?tenant=acme")).headers["Location"] == "/?tenant=acme"
        assert (await asking.get("/"))[0] == 200


async def test_a_long_address_is_led_back_to_as_it_was(tmp_path: Path) -> None:
    back = f"/?tenant=acme&{'&'.join(f'role=role-{number}' for number in range(60))}"
    async with site(tmp_path, SPEC) as asking:
        _, page = await asking.get(f"/sign-in?next={quote(back)}")
        assert f'name="next" value="{escape(back)}"' in page


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "", "/a\nb"])
async def test_signing_in_leads_to_no_other_site(tmp_path: Path, back: str) -> None:
    async with site(tmp_path, SPEC) as asking:
        assert (await asking.sign_in(ADA, back)).headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/", "/months", "/months/acme", "/find?ticket=ACME-000001", "/tickets/x"])
async def test_nothing_is_shown_to_who_cannot_say_who_they_are(tmp_path: Path, path: str) -> None:
    async with site(tmp_path, SPEC) as asking:
        status, text = await asking.get(path, Accept="*/*")
        assert status == 401
        assert "acme" not in text.lower()


async def test_probes_need_no_identity_and_tell_of_no_client(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        assert (await asking.get("/healthz", Host="10.0.0.7:8644"))[0] == 200
        assert (await asking.get("/readyz", Host="10.0.0.7:8644"))[1] == '{"ready": true, "health": "fresh"}'


# Names of the board


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "board.example"])
async def test_a_foreign_name_is_refused_also_at_the_sign_in(tmp_path: Path, host: str) -> None:
    async with site(tmp_path, SPEC) as asking:
        assert (await asking.get("/", Host=host))[0] == 421
        assert (await asking.get("/sign-in", Host=host))[0] == 421


async def test_with_an_address_of_its_own_the_board_answers_to_that_name_alone(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC, url="https://board.example/", open=False) as asking:
        assert (await asking.get("/sign-in", Host="Board.Example:443"))[0] == 200
        assert (await asking.get("/sign-in"))[0] == 421


async def test_a_proxy_that_nobody_has_told_the_board_of_opens_it_to_nobody(tmp_path: Path) -> None:
    async with site(tmp_path, None) as asking:
        assert (await asking.get("/", X_Forwarded_For="203.0.113.7"))[0] == 421


# Tokens and sessions


async def test_the_cookie_of_a_session_is_for_this_board_and_its_own_pages_alone(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        cookie = SimpleCookie((await asking.sign_in(ADA)).headers["Set-Cookie"])["tocsin-board"]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Strict", "/", "3600")
        assert not cookie["secure"]
    async with site(tmp_path, SPEC, url="https://board.example/", open=False) as asking:
        answer = await asking.post("/sign-in", {"token": ADA}, Host="board.example", Origin="https://board.example")
        assert answer.headers["Set-Cookie"].startswith("__Host-tocsin-board=")
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_a_session_expires_and_one_that_has_ended_counts_no_longer_for_a_copy_of_its_cookie(
    tmp_path: Path,
) -> None:
    async with site(tmp_path, SPEC) as asking:
        await asking.sign_in(ADA)
        asking.clock.now += 3_599
        assert (await asking.get("/"))[0] == 200
        asking.clock.now += 1
        assert (await asking.get("/"))[0] == 303
        await asking.sign_in(ADA)
        form = (await asking.fields("/"))["form"]
        assert (await asking.post("/sign-out", {"form": "x"})).status == 403
        assert (await asking.post("/sign-out", {"form": form})).status == 303
        assert (await asking.get("/"))[0] == 303


@pytest.mark.parametrize("change", [lambda it: it[:-3] + "abc", lambda it: "x" + it, lambda it: it + "x" * 5_000])
async def test_a_cookie_that_was_changed_is_worth_nothing(tmp_path: Path, change: Any) -> None:
    async with site(tmp_path, SPEC) as asking:
        await asking.sign_in(ADA)
        name, _, value = asking.cookie.partition("=")
        asking.cookie = f"{name}={change(value)}"
        assert (await asking.get("/"))[0] in (303, 400)


def test_what_was_signed_for_a_form_is_no_session_nor_the_other_way_round() -> None:
    sessions = Sessions((KEY,), 60, Clock())
    begun = sessions.begin("Ada", "proof")
    found = sessions.read(begun)
    assert found
    assert sessions.read(sessions.form_token(found.id)) is None
    assert not sessions.is_form_of(found.id, begun)
    assert sessions.is_form_of(found.id, sessions.form_token(found.id))
    assert not sessions.is_form_of("another", sessions.form_token(found.id))


def test_a_key_that_was_rotated_still_holds_and_a_stranger_s_does_not() -> None:
    clock = Clock()
    begun = Sessions((KEY,), 60, clock).begin("Ada", "proof")
    assert Sessions((b"n" * 32, KEY), 60, clock).read(begun)
    assert Sessions((b"n" * 32,), 60, clock).read(begun) is None


async def test_a_token_that_is_taken_from_the_file_takes_its_sessions_with_it(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        await asking.sign_in(ADA)
        cookie = asking.cookie
    changed = {"tokens": {**SPEC["tokens"], "Ada Okafor": {"sha256": hashed("another token of ada"), "acts": True}}}
    async with site(tmp_path, changed) as asking:
        asking.cookie = cookie
        assert (await asking.get("/"))[0] == 303


async def test_who_guesses_waits_and_who_has_a_token_does_not(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        statuses = [(await asking.sign_in(f"no token of anybody {number}")).status for number in range(22)]
        assert statuses == [401] * 20 + [429] * 2
        assert (await asking.get("/", Authorization="Bearer no-token-of-anybody"))[0] == 429
        assert (await asking.sign_in(ADA)).status == 303


async def test_a_program_shows_its_token_with_each_request_and_needs_no_form(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        bearer = {"Authorization": f"Bearer {ADA}"}
        assert (await asking.get("/", **bearer))[0] == 200
        said = {"verb": "note", "note": "by a script", "page": "1"}
        ticket = f"/tickets/{asking.ticket_of('acme')}/act"
        answer = await asking.post(ticket, said, **bearer, Origin="null")
        assert answer.status == 303
        assert b'"analyst": "Ada Okafor"' in asking.sent[0].value


async def test_no_secret_stands_in_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with site(tmp_path, SPEC) as asking:
        await asking.sign_in(ADA)
        await asking.sign_in("no token of anybody")
        cookie = asking.cookie.partition("=")[2]
    out, err = capfd.readouterr()
    assert "signed_in" in out + err
    for secret in (ADA, "no token of anybody", cookie):
        assert secret not in out + err


# A proxy in front


async def test_a_name_is_believed_from_the_proxy_and_its_groups_say_what_it_may(tmp_path: Path) -> None:
    async with site(tmp_path, PROXY) as asking:
        assert (await asking.get("/"))[0] == 401
        assert (await asking.get("/", X_User="ada", X_Groups="sales"))[0] == 403
        status, page = await asking.get("/", X_User="ada", X_Groups="sales, soc", X_Tenants="acme")
        assert (status, "zorgcorp" in page, "Signed in as <b><bdi>ada" in page) == (200, False, True)
        headers = {"X_User": "ada", "X_Groups": "soc-analysts", "X_Tenants": "*"}
        ticket = f"/tickets/{asking.ticket_of('zorgcorp')}"
        fields = await asking.fields(ticket, **headers)
        answer = await asking.post(f"{ticket}/act", {**fields, "verb": "acknowledge"}, **headers)
        assert (answer.status, len(asking.sent)) == (303, 1)
        as_another = {**headers, "X_User": "eve"}
        answer = await asking.post(f"{ticket}/act", {**fields, "verb": "resume"}, **as_another)
        assert (answer.status, len(asking.sent)) == (403, 1)


async def test_a_name_from_elsewhere_or_told_twice_is_believed_by_nobody(tmp_path: Path) -> None:
    elsewhere = {"proxy": {**PROXY["proxy"], "addresses": ["10.0.0.0/8", "fd00::/8"]}}
    async with site(tmp_path, elsewhere) as asking:
        assert (await asking.get("/", X_User="ada", X_Groups="soc"))[0] == 403
    async with site(tmp_path, PROXY) as asking, ClientSession() as session:
        twice = [("X-User", "ada"), ("X-User", "eve"), ("X-Groups", "soc")]
        assert (await session.get(asking.address, headers=twice)).status == 403


async def test_without_its_header_of_tenants_a_proxy_shows_none(tmp_path: Path) -> None:
    async with site(tmp_path, PROXY) as asking:
        status, page = await asking.get("/", X_User="ada", X_Groups="soc")
        assert (status, "acme" in page, "zorgcorp" in page) == (200, False, False)


# Another tenant's data


async def test_what_is_another_tenant_s_is_sent_on_no_page_and_no_stream(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        await asking.sign_in(WALL)
        mine, other = asking.ticket_of("acme"), asking.ticket_of("zorgcorp")
        strange = ("zorgcorp", "+14165550177", other, "sentinel")
        paths = ("/", "/?tenant=acme", "/?page=2", "/months", "/months/acme", f"/tickets/{mine}")
        for path in paths:
            status, page = await asking.get(path)
            assert status == 200
            assert [each for each in strange if each.lower() in page.lower()] == [], path
        for path in ("/events?", "/events?last=0.0", "/months/acme/events", f"/tickets/{mine}/events"):
            stream = await asking.stream(path)
            assert b'"set"' in stream
            assert [each for each in strange if each.lower().encode() in stream.lower()] == [], path


async def test_the_wall_of_who_sees_everything_is_not_the_one_of_who_looks_at_the_same_time(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        for token, sees in ((ADA, True), (WALL, False), (ADA, True), (EVE, False)):
            await asking.sign_in(token)
            assert ("zorgcorp" in (await asking.get("/"))[1]) is sees


async def test_a_ticket_of_another_tenant_looks_like_one_that_does_not_exist(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        other = asking.ticket_of("zorgcorp")
        number = asking.stage.state(other).number
        await asking.sign_in(EVE)
        form = (await asking.fields("/"))["form"]
        for path, missing in (
            (f"/tickets/{other}", "/tickets/nothing"),
            (f"/tickets/{number}", "/tickets/ACME-999999"),
            (f"/tickets/{other}/events", "/tickets/nothing/events"),
            (f"/find?ticket={number}", "/find?ticket=ACME-999999"),
            ("/months/zorgcorp", "/months/nothing"),
            ("/months/zorgcorp/events", "/months/nothing/events"),
        ):
            assert await asking.get(path) == await asking.get(missing)
            assert (await asking.get(path))[0] == 404
        answer = await asking.post(f"/tickets/{other}/act", {"form": form, "verb": "acknowledge", "page": "1"})
        assert (answer.status, asking.sent) == (404, [])


async def test_a_stream_ends_with_the_session_and_says_so(tmp_path: Path) -> None:
    async with site(tmp_path, SPEC) as asking:
        await asking.sign_in(WALL)
        async with asking.streaming("/events?") as lines:
            assert b'"set"' in await lines()
            asking.clock.now += 3_600
            assert await lines() == b'data: {"over":true}\n'
        assert await asking.stream("/events?", Accept="text/event-stream") == b'data: {"over":true}\n'


async def test_the_number_of_a_ticket_leads_to_it(tmp_path: Path) -> None:
    async with site(tmp_path, None) as asking:
        ticket = asking.ticket_of("acme")
        number = asking.stage.state(ticket).number.lower()
        assert await asking.leads_to(f"/find?ticket={number}") == f"/tickets/{ticket}"
