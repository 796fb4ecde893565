"""Signing in to the board at an OpenID provider: a real exchange with a provider of the test's own."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey
from tests.board.provider import CLIENT, SECRET, OpenIdProvider, provided
from tests.board.sites import Site, openid, site
from yarl import URL

AS_BROWSERS_HAVE_IT = {"Host": "board.example"}


class Visitor:
    """Somebody with a browser, who goes to the provider and comes back."""

    def __init__(self, asking: Site, provider: OpenIdProvider) -> None:
        self.site = asking
        self.provider = provider
        self.cookies: dict[str, str] = {}

    async def go(self, path: str) -> tuple[int, str, str]:
        """Status, text, and where the answer leads."""
        self.provider.now = int(self.site.clock.now)
        self.site.cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer, text = await self.site.answer(path, **AS_BROWSERS_HAVE_IT)
        for line in answer.headers.getall("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')  # empty for one that is taken away
        return answer.status, text, answer.headers.get("Location", "")

    async def depart(self, back: str = "/") -> str:
        """What the provider would have the browser open."""
        status, text, away = await self.go(f"/sign-in/provider?next={back}")
        assert status == 303, text
        page = await self.site.fetch(away)
        found = re.search(r'href="([^"]+)"', page)
        assert found
        url = URL(unescape(found[1]))
        assert str(url.origin()) == "https://board.example"
        return url.path_qs

    async def sign_in(self, back: str = "/") -> tuple[int, str]:
        status, text, _ = await self.go(await self.depart(back))
        return status, text


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with provided() as serving:
        yield serving


@pytest.fixture
async def visitor(tmp_path: Path, provider: OpenIdProvider) -> AsyncIterator[Visitor]:
    spec = openid(provider)
    async with site(tmp_path, spec, secret=SECRET, url="https://board.example/", open=False) as asking:
        asking.clock.now = 2_000_000_000.0
        yield Visitor(asking, provider)


async def test_who_signs_in_at_the_provider_looks_and_acts_under_the_name_that_it_gives(visitor: Visitor) -> None:
    status, _, leads = await visitor.go("/?priority=P1")
    assert (status, leads) == (303, "/sign-in?next=/?priority%3DP1")
    _, page, _ = await visitor.go(leads)
    assert "Sign in with Example SSO" in page
    assert "Your token" not in page
    status, page = await visitor.sign_in("/?priority=P1")
    assert status == 200
    assert 'content="0;url=/?priority=P1"' in page  # a page of ours: the cookie is for our own pages alone
    status, page, _ = await visitor.go("/")
    assert (status, "Signed in as <b><bdi>ada" in page) == (200, True)
    assert "zorgcorp" not in page
    ticket = f"/tickets/{visitor.site.ticket_of('acme')}"
    fields = await visitor.site.fields(ticket, **AS_BROWSERS_HAVE_IT)
    form = {**fields, "verb": "acknowledge"}
    answer = await visitor.site.post(f"{ticket}/act", form, Origin="https://board.example", **AS_BROWSERS_HAVE_IT)
    assert answer.status == 303
    assert b'"analyst": "ada"' in visitor.site.sent[0].value


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"login": None}, "gives no name"),
        ({"login": ""}, "gives no name"),
        ({"login": "a\u202eb"}, "gives no name"),
        ({"login": 7}, "gives no name"),
        ({"groups": ["sales"]}, "in no group"),
        ({"groups": None}, "in no group"),
        ({"tenants": [f"tenant-{number}" for number in range(400)]}, "more tenants than a session can hold"),
        ({"nonce": "another"}, "not valid"),
        ({"nonce": None}, "not valid"),
        ({"iss": "https://evil.example"}, "not valid"),
        ({"aud": "another-client"}, "not valid"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "not valid"),
        ({"exp": 1_999_999_000}, "not valid"),
        ({"exp": None}, "not valid"),
        ({"sub": None}, "not valid"),
    ],
    ids=str,
)
async def test_whoever_is_not_vouched_for_is_not_signed_in(visitor: Visitor, claims: dict[str, Any], says: str) -> None:
    visitor.provider.claims |= claims
    status, text = await visitor.sign_in()
    assert (status, says in text) == (403, True), text
    assert (await visitor.go("/"))[0] == 303


async def test_who_is_in_a_group_that_may_only_look_does_not_act(visitor: Visitor) -> None:
    visitor.provider.claims |= {"groups": ["soc"], "tenants": "*"}
    await visitor.sign_in()
    _, page, _ = await visitor.go(f"/tickets/{visitor.site.ticket_of('zorgcorp')}")
    assert "Signed in as" in page
    assert 'id="acting"' not in page


async def test_without_its_claim_of_tenants_nobody_sees_any(visitor: Visitor) -> None:
    visitor.provider.claims["tenants"] = None
    await visitor.sign_in()
    status, page, _ = await visitor.go("/")
    assert (status, "acme" in page) == (200, False)


@pytest.mark.filterwarnings("ignore:JWS algorithm")
async def test_a_token_that_another_key_has_signed_or_none_is_no_proof(visitor: Visitor) -> None:
    visitor.provider.shown_key = RSAKey.generate_key(2048, {"kid": "one"})
    assert (await visitor.sign_in())[0] == 403
    visitor.provider.shown_key = visitor.provider.key
    for header, key in (
        ({"alg": "HS256", "kid": "one"}, OctKey.import_key(SECRET)),
        ({"alg": "none"}, OctKey.import_key(SECRET)),
    ):
        visitor.provider.header, visitor.provider.key = header, key  # type: ignore[assignment]  # as an attacker would
        assert (await visitor.sign_in())[0] == 403


async def test_a_sign_in_that_was_begun_elsewhere_or_long_ago_ends_nowhere(visitor: Visitor) -> None:
    back = await visitor.depart()
    begun = dict(visitor.cookies)

    async def returns(path: str, cookies: dict[str, str], later: int = 0) -> tuple[int, str]:
        visitor.cookies, visitor.site.clock.now = dict(cookies), visitor.site.clock.now + later
        status, text, _ = await visitor.go(path)
        visitor.site.clock.now -= later
        return status, text

    for refused in (
        await returns(back, {}),  # a stranger's code in this browser
        await returns(back.replace("state=", "state=x"), begun),
        await returns(back, begun, 601),
    ):
        assert (refused[0], "begun elsewhere, or too long ago" in refused[1]) == (403, True)
    mixed_up = await returns(back.replace("localhost", "evil.example"), begun)
    assert (mixed_up[0], "Another provider" in mixed_up[1]) == (403, True)
    assert (await returns(back, begun))[0] == 200
    assert (await returns(back, begun))[0] == 403  # the code was used


async def test_a_session_is_worth_nothing_once_the_provider_is_another_one(
    visitor: Visitor, provider: OpenIdProvider, tmp_path: Path
) -> None:
    await visitor.sign_in()
    changed = openid(provider, client_id="another")
    async with site(tmp_path, changed, secret=SECRET, url="https://board.example/", open=False) as asking:
        asking.cookie = visitor.site.cookie
        asking.clock.now = visitor.site.clock.now
        assert (await asking.get("/", **AS_BROWSERS_HAVE_IT))[0] == 303


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://another.example"},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"padding": "x" * 300_000},
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_configuration_that_cannot_be_trusted_leads_nowhere(
    visitor: Visitor, configuration: dict[str, Any]
) -> None:
    visitor.provider.configuration = configuration
    status, text, leads = await visitor.go("/sign-in/provider?next=/")
    assert (status, leads) == (502, "")
    assert "Try again" in text


async def test_no_secret_of_the_exchange_stands_in_the_log(visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    await visitor.sign_in()
    visitor.provider.claims["nonce"] = "x"
    await visitor.sign_in()
    out, err = capfd.readouterr()
    assert "provider_failed" in out + err
    for secret in (SECRET, "code-", *filter(None, visitor.cookies.values())):
        assert secret not in out + err
