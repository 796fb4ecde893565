"""A board with two clients that is served in this process, and whoever asks it."""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from tests.board.provider import CLIENT, OpenIdProvider
from tests.board.stage import Stage, served

from tocsin.board.access import Access
from tocsin.board.acting.desk import BoardDesk
from tocsin.board.identity.file import AccessSpec
from tocsin.board.identity.openid import Provider
from tocsin.board.identity.place import Place
from tocsin.board.identity.sessions import Sessions
from tocsin.client.publishing import NewRecord

KEY = b"k" * 32
ADA, EVE, WALL = "token-of-ada-0123456789", "token-of-eve-0123456789", "token-of-the-wall-0123456789"

SCRIPT = """
contract: esentire
promise: Two clients have open tickets.
clause: none
shows: none
tenant: acme
date: 2026-03-02
until: 2026-03-02T09:01:00Z
tenants:
  [tenants.acme]
  contract = "esentire"
  plan = "example"
  [tenants.zorgcorp]
  contract = "sentinelone"
  plan = "professional"

09:00 call.missed call=1 from=+14165550100 to=+18445525837
09:00 zorgcorp call.missed call=2 from=+14165550177 to=+18445525837
"""


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


SPEC: dict[str, Any] = {
    "tokens": {
        "Ada Okafor": {"sha256": hashed(ADA), "acts": True},
        "Eve Larsen": {"sha256": hashed(EVE), "acts": True, "tenants": ["acme"]},
        "The wall": {"sha256": hashed(WALL), "tenants": ["acme"]},
    }
}
PROXY: dict[str, Any] = {
    "proxy": {
        "addresses": ["127.0.0.1"],
        "user": "X-User",
        "groups": "X-Groups",
        "viewers": ["soc"],
        "analysts": ["soc-analysts"],
        "tenants": "X-Tenants",
    }
}


def openid(provider: OpenIdProvider, **more: Any) -> dict[str, Any]:
    """An access file with that provider alone."""
    known = {"issuer": provider.issuer, "client_id": CLIENT, "name": "login", "groups": "groups", "tenants": "tenants"}
    return {"openid": {**known, "viewers": ["soc"], "analysts": ["soc-analysts"], "title": "Example SSO", **more}}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Site:
    """A board that is served, and whoever asks it."""

    def __init__(self, address: str, session: ClientSession, stage: Stage, clock: Clock) -> None:
        self.address = address
        self.stage = stage
        self.clock = clock
        self.sent: list[NewRecord] = []
        self.unsent: Exception | None = None
        self.cookie = ""
        self._session = session

    async def send(self, record: NewRecord) -> None:
        if self.unsent:
            raise self.unsent
        self.sent.append(record)

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        answer, text = await self.answer(path, **headers)
        return answer.status, text

    async def answer(self, path: str, **headers: str) -> tuple[ClientResponse, str]:
        """The answer, and its text."""
        async with self._session.get(self.address + path, headers=self._headers(headers), **_PLAINLY) as answer:
            return answer, await answer.text()

    async def fetch(self, url: str) -> str:
        """The text that stands elsewhere."""
        async with self._session.get(url) as answer:
            assert answer.status == 200
            return await answer.text()

    async def leads_to(self, path: str) -> str:
        """The address that a request is led to."""
        async with self._session.get(self.address + path, headers=self._headers({}), **_PLAINLY) as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]

    async def post(self, path: str, form: Mapping[str, str] | bytes, **headers: str) -> ClientResponse:
        headers = {"Origin": self.address, "Content_Type": "application/x-www-form-urlencoded", **headers}
        async with self._session.post(
            self.address + path, data=form, headers=self._headers(headers), **_PLAINLY
        ) as answer:
            await answer.read()
            return answer

    async def sign_in(self, token: str, back: str = "/") -> ClientResponse:
        answer = await self.post("/sign-in", {"token": token, "next": back})
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer

    @asynccontextmanager
    async def streaming(self, path: str) -> AsyncIterator[Callable[[], Awaitable[bytes]]]:
        """Gives the next event of a stream, each time that it is asked."""
        async with self._session.get(self.address + path, headers=self._headers({}), **_PLAINLY) as answer:

            async def following() -> bytes:
                while not (line := await answer.content.readline()).startswith(b"data: "):
                    assert line, "the stream has ended"
                return line

            yield following

    async def stream(self, path: str, events: int = 1, **headers: str) -> bytes:
        """The bytes of the first events of a stream."""
        async with self._session.get(self.address + path, headers=self._headers(headers), **_PLAINLY) as answer:
            assert answer.status == 200, await answer.text()
            read = b""
            while read.count(b"data: ") < events:
                line = await answer.content.readline()
                if not line:
                    break
                read += line
            return read

    def ticket_of(self, tenant: str) -> str:
        return next(name for name, known in self.stage.model.known.items() if known.tenant == tenant)

    async def fields(self, page: str, **headers: str) -> dict[str, str]:
        """The hidden fields of the forms on a page."""
        _, text = await self.get(page, **headers)
        return dict(re.findall(r'name="(form|page)" value="([^"]*)"', text))

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        return {"Accept": "text/html", **cookie, **{name.replace("_", "-"): value for name, value in more.items()}}


_PLAINLY: dict[str, Any] = {"allow_redirects": False}


@asynccontextmanager
async def site(
    tmp_path: Path, spec: Mapping[str, Any] | None, *, secret: str = "", port: int = 0, **place: Any
) -> AsyncIterator[Site]:
    """A board with that access file. `secret`: what it shows to the provider of the file."""
    stage, clock = Stage.of(SCRIPT, tmp_path), Clock()
    access_spec = None if spec is None else AccessSpec.model_validate(spec)
    opened = access_spec is None or not access_spec.hides
    found = Place(**{"url": None, "tls": False, "open": opened, **place})
    provider = None
    if access_spec and access_spec.openid:
        provider = Provider(access_spec.openid, f"{found.url}sign-in/back", lambda: secret, clock)
    access = Access(found, access_spec, Sessions((KEY,), 3_600, clock), provider)
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        asking = Site("", session, stage, clock)
        desk = BoardDesk(stage.deeds, asking.send, stage.time.now, answered=0) if access.lets_act else None
        async with served(stage, access, desk=desk, port=port) as address:
            asking.address = address
            yield asking
