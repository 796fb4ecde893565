"""Answer links: only what we signed answers, once and in time, and only by the button."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.instant import HOUR, MINUTE, Instant, parse
from tocsin.notify.answers.server import AnswerPlace, Unanswered, serve
from tocsin.notify.answers.token import (
    TOKEN_LENGTH_MAX,
    Claim,
    ExpiredError,
    ForgedError,
    keys_of,
    read,
    sign,
)

NOW = parse("2026-03-02T09:00:00Z")
KEY, OTHER = b"k" * 32, b"o" * 32
CLAIM = Claim(
    expires=NOW + HOUR,
    alert="5f0c",
    tenant="acme",
    dedup_key="acme/t-1/callback/0",
    ticket="t-1",
    number="ACME-000003",
    role="shift lead",
    person="grace",
    sink="mail",
    way="mail/0123",
    roster="ab" * 32,
)


def token_of(claim: Claim = CLAIM, key: bytes = KEY) -> str:
    token = sign(claim, key)
    assert token is not None
    return token


# ---- the token


def test_a_token_says_what_was_signed_and_fits_into_a_link() -> None:
    token = token_of()
    assert read(token, [KEY], NOW) == CLAIM
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)
    assert len(token) < 300


def test_what_would_not_fit_into_a_link_has_none() -> None:
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(TOKEN_LENGTH_MAX))
    assert sign(CLAIM._replace(role=noise), KEY) is None


@given(st.data())
def test_no_change_of_a_token_passes(data: st.DataObject) -> None:
    token = token_of()
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_.é").filter(lambda it: it != token[place]))
    with pytest.raises(ForgedError):
        read(token[:place] + other + token[place + 1 :], [KEY], NOW)


@given(st.text(max_size=200))
def test_whatever_is_shown_is_refused_as_forged(text: str) -> None:
    with pytest.raises(ForgedError):
        read(text, [KEY, OTHER], NOW)


def test_a_token_ends_with_its_time_and_with_its_key() -> None:
    token = token_of()
    assert read(token, [OTHER, KEY], NOW) == CLAIM  # the key is being changed
    with pytest.raises(ForgedError):
        read(token, [OTHER], NOW)
    with pytest.raises(ExpiredError):
        read(token, [KEY], CLAIM.expires)


def test_a_key_that_is_easily_guessed_is_refused() -> None:
    assert keys_of(f"{KEY.decode()}, {OTHER.decode()}") == (KEY, OTHER)
    for secret in ("short", f"{KEY.decode()},short", ""):
        with pytest.raises(ValueError, match="characters"):
            keys_of(secret)


# ---- the page


class Desk:
    """Takes answers, and remembers them."""

    def __init__(self) -> None:
        self.answers: list[Claim] = []
        self.down = False
        self.over: str | None = None

    def name_of(self, person: str) -> str:
        return f"<b>{person.title()}</b>"

    def settled(self, claim: Claim) -> str | None:
        return self.over

    def used_by(self, claim: Claim) -> str | None:
        return next((each.person for each in self.answers if each.alert == claim.alert), None)

    async def answer(self, claim: Claim) -> None:
        if self.down:
            raise Unanswered
        self.answers.append(claim)


class Site:
    """The server, its desk and its clocks."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.now: Instant = NOW
        self.seconds = 0.0
        self.address = ""

    async def ask(self, method: str, token: str, **more: Any) -> tuple[int, str, dict[str, str]]:
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.address}/answer/{token}", **more) as answer,
        ):
            return answer.status, await answer.text(), dict(answer.headers)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    place = AnswerPlace("127.0.0.1", 0, "https://notify.soc.example", [KEY])
    async with serve(place, made.desk, lambda: made.now, lambda: made.seconds) as made.address:
        yield made


async def test_a_link_that_is_opened_answers_nothing_however_often(site: Site) -> None:
    """Mail scanners open links, with GET and with HEAD, and again."""
    for method in ("GET", "HEAD", "GET", "OPTIONS", "PUT", "DELETE"):
        await site.ask(method, token_of())
    assert site.desk.answers == []
    status, text, _ = await site.ask("GET", token_of())
    assert (status, text.count("<button"), '<form method="post">' in text) == (200, 1, True)
    assert "Nothing has happened yet" in text


async def test_the_button_answers_once(site: Site) -> None:
    status, text, _ = await site.ask("POST", token_of())
    assert (status, "Taken: ACME-000003" in text, site.desk.answers) == (200, True, [CLAIM])
    for method in ("POST", "GET"):
        status, text, _ = await site.ask(method, token_of())
        assert (status, "Already taken" in text, "<button" in text) == (200, True, False)
    assert len(site.desk.answers) == 1


async def test_expired_and_forged_links_are_told_in_plain_words_and_answer_nothing(site: Site) -> None:
    assert (await site.ask("POST", token_of(key=OTHER)))[:1] == (404,)
    assert "not valid" in (await site.ask("GET", "1.abc.def"))[1]
    site.now = CLAIM.expires
    for method in ("GET", "POST"):
        status, text, _ = await site.ask(method, token_of())
        assert (status, "has expired" in text, "<button" in text) == (410, True, False)
    assert site.desk.answers == []


async def test_what_is_over_cannot_be_taken(site: Site) -> None:
    site.desk.over = "It was corrected."
    for method in ("GET", "POST"):
        status, text, _ = await site.ask(method, token_of())
        assert (status, "It was corrected." in text, "<button" in text) == (200, True, False)
    assert site.desk.answers == []


async def test_an_answer_that_is_not_written_down_is_not_said_to_be_taken(site: Site) -> None:
    site.desk.down = True
    status, text, _ = await site.ask("POST", token_of())
    assert (status, "Not taken" in text, "<button" in text) == (503, True, True)
    site.desk.down = False
    assert (await site.ask("POST", token_of()))[0] == 200


async def test_no_word_of_anybody_is_markup_and_nothing_is_kept_run_framed_or_passed_on(site: Site) -> None:
    claim = CLAIM._replace(number="<script>alert(1)</script>", role='"><img src=x>')
    for method in ("GET", "POST"):
        _, text, headers = await site.ask(method, token_of(claim))
        assert "<script" not in text
        assert "<img" not in text
        assert "&lt;b&gt;Grace" in text
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
    for path in ("/", "/answer/", "/answer/a/b"):
        async with aiohttp.ClientSession() as client, client.get(site.address + path) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store")


async def test_only_our_own_names_are_answered(site: Site) -> None:
    for host, expected in (("notify.soc.example", 200), ("localhost:1", 200), ("evil.example", 421)):
        assert (await site.ask("GET", token_of(), headers={"Host": host}))[0] == expected
    assert (await site.ask("POST", token_of(), headers={"Host": "evil.example"}))[0] == 421
    assert site.desk.answers == []


async def test_who_guesses_waits_and_who_has_a_link_does_not(site: Site) -> None:
    tried = [(await site.ask("GET", f"1.a{number}.b"))[0] for number in range(25)]
    assert (tried[:20], tried[20:]) == ([404] * 20, [429] * 5)
    assert (await site.ask("POST", token_of()))[0] == 200
    site.seconds = 60.0
    assert (await site.ask("GET", "1.a.b"))[0] == 404


async def test_too_much_is_refused_before_it_is_read(site: Site) -> None:
    assert (await site.ask("POST", token_of(), data=b"x" * 1_025))[0] == 413
    assert (await site.ask("GET", "1." + "a" * 4_000))[0] == 400
    assert (await site.ask("GET", "1." + "a" * 1_900))[0] == 404
    assert site.desk.answers == []


async def test_a_page_can_be_read_on_a_telephone_and_by_a_screen_reader(site: Site) -> None:
    _, text, _ = await site.ask("GET", token_of())
    for part in ('<html lang="en">', 'name="viewport"', "<main>", "<h1>", "<title>Do you take ACME-000003?</title>"):
        assert part in text


async def test_the_link_ends_when_it_says(site: Site) -> None:
    site.now = CLAIM.expires - MINUTE
    assert (await site.ask("GET", token_of()))[0] == 200
