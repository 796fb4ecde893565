"""The worker's web server: who is answered, and what a stranger can do to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from patience import HANG_SECONDS

from tocsin.settings import Settings, SettingsError
from tocsin.streams.core.stats import Stats
from tocsin.web import access
from tocsin.web.server import PortError, serve

TOKEN = "a-token-of-sufficient-length"

Server = Callable[..., AbstractAsyncContextManager[int]]


@pytest.fixture
def server() -> Server:
    """Serves with these settings; gives the port."""

    @asynccontextmanager
    async def server(**values: Any) -> AsyncIterator[int]:
        settings = Settings(web_port=0, **values)
        async with serve(settings, Stats(settings)) as address:
            yield int(address.rpartition(":")[2])

    return server


async def ask(port: int, path: str, *headers: str, host: str = "127.0.0.1") -> tuple[int, str]:
    """Status and body."""
    status, body = await say(port, f"GET {path} HTTP/1.0", f"Host: {host}", *headers, "", "")
    return status, body.rpartition("\r\n\r\n")[2]


async def say(port: int, *lines: str) -> tuple[int, str]:
    """Status and whole answer; (0, "") where the connection was just ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join(lines).encode("utf-8", "surrogateescape"))
    try:
        answer = (await asyncio.wait_for(reader.read(), HANG_SECONDS)).decode()
    except ConnectionResetError:
        answer = ""
    writer.close()
    return int(answer.split()[1]) if answer else 0, answer


@pytest.mark.parametrize("path", ["/readyz", "/metrics", "/", "/nothing"])
@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Authorization: Bearer wrong"],
        [f"Authorization: Bearer {TOKEN}x"],
        [f"Authorization: Basic {TOKEN}"],
        ["Authorization: Bearer"],
        ["Authorization: Bearer \udcff\udcfe"],
    ],
)
async def test_with_a_token_nobody_is_answered_without_it(server: Server, path: str, headers: list[str]) -> None:
    async with server(web_token=TOKEN) as port:
        assert (await ask(port, path, *headers))[0] == 401


async def test_who_shows_the_token_is_answered(server: Server) -> None:
    async with server(web_token=TOKEN) as port:
        status, body = await ask(port, "/readyz", f"Authorization: Bearer {TOKEN}")
        assert (status, json.loads(body)["ready"]) == (503, False)
        assert (await ask(port, "/readyz", f"authorization: bearer {TOKEN}"))[0] == 503


async def test_the_token_may_stand_in_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    async with server(web_token_file=tmp_path / "token") as port:
        assert (await ask(port, "/readyz"))[0] == 401
        assert (await ask(port, "/readyz", f"Authorization: Bearer {TOKEN}"))[0] == 503


async def test_a_probe_learns_without_a_token_that_the_process_lives_and_no_more(server: Server) -> None:
    async with server(web_token=TOKEN) as port:
        assert await ask(port, "/healthz") == (200, '{"alive": true}')


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "soc.example"])  # noqa: S104 - must be refused
async def test_nothing_is_served_to_a_network_without_a_token(server: Server, host: str) -> None:
    with pytest.raises(SettingsError, match="set web_token_file"):
        async with server(web_host=host):
            pass


async def test_with_a_token_a_network_may_ask(server: Server) -> None:
    async with server(web_host="0.0.0.0", web_token=TOKEN) as port:  # noqa: S104 - what a container needs
        assert (await ask(port, "/readyz"))[0] == 401
        assert (await ask(port, "/readyz", f"Authorization: Bearer {TOKEN}", host="worker-1"))[0] == 503


async def test_a_token_that_is_easily_guessed_is_refused(server: Server) -> None:
    with pytest.raises(SettingsError, match="easily guessed") as refused:
        async with server(web_token="hunter2"):
            pass
    assert "hunter2" not in str(refused.value)


async def test_on_this_machine_no_token_is_needed(server: Server) -> None:
    async with server() as port:
        assert (await ask(port, "/readyz"))[0] == 503
        assert (await ask(port, "/readyz", host="localhost:8642"))[0] == 503


async def test_a_page_from_elsewhere_cannot_make_a_browser_here_ask(server: Server) -> None:
    async with server() as port:
        assert (await ask(port, "/metrics", host="rebound.example"))[0] == 421


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /" + 5_000 * "a" + " HTTP/1.1", "", ""],
        ["GET /healthz HTTP/1.1", "X: " + 5_000 * "a", "", ""],
        ["GET /healthz HTTP/1.1", *(f"X-{n}: a" for n in range(100)), "", ""],
    ],
)
async def test_a_request_that_is_too_large_is_refused_and_not_logged(
    server: Server, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with server() as port:
        assert (await say(port, *lines))[0] == 400
    assert not caplog.records


@pytest.mark.parametrize("sent", [[""], ["GET /healthz HTTP/1.1", "Host: x"]])
async def test_a_connection_that_says_nothing_more_is_ended(
    server: Server, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(access.LIMITS, "keepalive_timeout", 0.2)
    async with server() as port:
        assert await say(port, *sent) == (0, "")


async def test_a_body_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(access.LIMITS, "lingering_time", 0.2)
    async with server() as port:
        status, _ = await say(port, "POST /healthz HTTP/1.1", "Host: x", "Content-Length: 1000000000", "", "a")
        assert status == 405


async def test_connections_beyond_the_limit_are_ended_and_others_served_again_when_some_have_gone(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(access, "_CONNECTIONS_MAX", 3)
    monkeypatch.setitem(access.LIMITS, "keepalive_timeout", HANG_SECONDS)
    async with server() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for _ in range(2):
            assert await say(port, "GET /healthz HTTP/1.0", "", "") == (0, "")
        assert "".join(capfd.readouterr()).count("connections_refused") == 1
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(HANG_SECONDS):
            while (await say(port, "GET /healthz HTTP/1.0", "", ""))[0] != 200:
                pass


async def test_a_page_that_takes_too_long_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_ANSWER_SECONDS", 0.05)

    async def stuck(_request: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("tocsin.web.server._healthz", stuck)
    async with server() as port:
        assert (await ask(port, "/healthz"))[0] == 500


async def test_a_taken_port_is_said_with_its_address(server: Server) -> None:
    async with server() as port:
        with pytest.raises(PortError, match=f"127.0.0.1:{port}"):
            async with serve(settings := Settings(web_port=port), Stats(settings)):
                pass
