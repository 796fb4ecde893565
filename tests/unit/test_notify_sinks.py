"""Each sink before a counterpart that listens: what arrives there, and what a refusal means."""

import asyncio
import base64
import hmac
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from counterparts import Listener, Mailbox, PagerDuty

from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.notify.alert import Place, Received, read_alert
from tocsin.notify.delivery import send_once
from tocsin.notify.message import message_of
from tocsin.notify.model import NotifySpec, SinkSpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.base import Sink, SinkError
from tocsin.notify.sinks.opening import open_sink
from tocsin.settings import SettingsError

SECRET = "a-secret-of-sufficient-length"
KEY = "0123456789abcdef0123456789abcdef"

Open = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "key").write_text(KEY)
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Open:
    """Opens the sink of these values for as long as the context; gives it and its spec."""

    @asynccontextmanager
    async def opened(**values: Any) -> AsyncIterator[tuple[Sink, SinkSpec]]:
        spec = specified(values)
        sink = open_sink("tried", spec, Secrets(folder, plaintext=False))
        try:
            yield sink, spec
        finally:
            await sink.close()

    return opened


def specified(values: dict[str, Any]) -> Any:
    """The spec of these values, as a file has them."""
    return NotifySpec.model_validate({"sinks": {"tried": values}, "routes": [{"to": ["tried"]}]}).sinks["tried"]


def alert(name: str = "a1", action: str = "trigger", key: str = "acme/t/callback/0", **more: Any) -> Received:
    data = {"kind": "breached", "action": action, "dedup_key": key, "tenant": "acme", "priority": "P1", **more}
    raw = msgspec.json.encode({"id": name, "time": "2026-03-01T09:00:00Z", "data": data, "unknown": 1})
    found = read_alert(raw, Place(0, 0), 0)
    assert found
    return found


async def refusal(sink: Sink, spec: SinkSpec, received: Received | None = None, to: str | None = None) -> SinkError:
    with pytest.raises(SinkError) as refused:
        await send_once(sink, spec, message_of([received or alert()], to))
    return refused.value


WEBHOOK = {"kind": "webhook", "secret": {"file": "secret"}}
MAIL = {"kind": "smtp", "host": "127.0.0.1", "security": "none", "from": "Tocsin <tocsin@soc.example>"}


async def test_a_webhook_is_signed_over_its_id_its_time_and_its_body(opened: Open) -> None:
    async with Listener().listening() as siem, opened(url=f"{siem.url}/hook?a=1", **WEBHOOK) as (sink, spec):
        await send_once(sink, spec, message_of([alert(), alert("a2")]))
    (told,) = siem.told
    signed = f"{told.headers['webhook-id']}.{told.headers['webhook-timestamp']}.".encode() + told.body
    proof = base64.b64encode(hmac.new(SECRET.encode(), signed, sha256).digest()).decode()
    assert told.headers["webhook-signature"] == f"v1,{proof}"
    assert told.json["digest"]
    assert [each["id"] for each in told.json["alerts"]] == ["a1", "a2"]
    assert told.json["alerts"][0]["unknown"] == 1, "the alert is as it stood there"


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (413, False), (401, True), (404, True), (429, True), (500, True), (302, True)],
)
async def test_an_answer_of_http_is_final_only_where_it_is_about_the_message(
    opened: Open, status: int, retryable: bool
) -> None:
    async with Listener().listening() as siem, opened(url=siem.url, **WEBHOOK) as (sink, spec):
        siem.status = status
        error = await refusal(sink, spec)
    assert (error.reason, error.retryable) == (DeliveryFailure.REFUSED, retryable)
    assert str(status) in error.detail


async def test_nobody_there_no_answer_in_time_and_an_answer_that_is_lost_are_told_apart(opened: Open) -> None:
    async with Listener().listening() as siem, opened(url=siem.url, timeout="1 s", **WEBHOOK) as (sink, spec):
        siem.loses = lambda number: number == 1
        assert (await refusal(sink, spec)).reason is DeliveryFailure.TIMED_OUT
        siem.seconds = 30
        assert (await refusal(sink, spec)).reason is DeliveryFailure.TIMED_OUT
    async with opened(url=siem.url, **WEBHOOK) as (sink, spec):
        error = await refusal(sink, spec)
        assert (error.reason, error.retryable) == (DeliveryFailure.UNREACHABLE, True)


async def test_pagerduty_opens_takes_and_closes_an_incident_by_its_key(opened: Open) -> None:
    async with (
        PagerDuty().listening() as pager,
        opened(kind="pagerduty", url=f"{pager.url}/v2/enqueue", key={"file": "key"}) as (sink, spec),
    ):
        states: list[str] = []
        for number, action in enumerate(("trigger", "acknowledge", "resolve")):
            await send_once(sink, spec, message_of([alert(f"a{number}", action, title="x" * 3_000)]))
            states += pager.incidents.values()
        assert states == ["triggered", "acknowledged", "resolved"]
        await send_once(sink, spec, message_of([alert("long", key="k" * 300, priority=None)]))
        pager.status = 429
        limited = await refusal(sink, spec)
    assert pager.wrong == []
    assert (limited.retryable, limited.after) == (True, 1.0)


async def test_alertmanager_is_not_told_again_what_ends_at_the_same_moment(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[bool] = []  # whether it fires, as it arrives
    slow = asyncio.Event()

    async def post(_session: Any, _url: str, body: bytes, *_: Any) -> None:
        fires = [parse(each["endsAt"]) > time.time() * 1_000 + 1_000 for each in msgspec.json.decode(body)]
        if all(fires) and posted:
            await slow.wait()
        posted.extend(fires)

    monkeypatch.setattr("tocsin.notify.sinks.alertmanager.post", post)
    async with opened(kind="alertmanager", url="http://127.0.0.1:1") as (sink, spec):
        await send_once(sink, spec, message_of([alert()]))
        telling = asyncio.create_task(sink.tend())
        await asyncio.sleep(0)
        ending = asyncio.create_task(send_once(sink, spec, message_of([alert("a2", "resolve")])))
        await asyncio.sleep(0.01)
        slow.set()
        await ending
        telling.cancel()
    assert posted == [True, True, False]


async def test_a_mail_has_the_alerts_id_and_the_incidents_thread(opened: Open) -> None:
    async with (
        Mailbox().listening() as mailbox,
        opened(port=mailbox.port, to=["soc@soc.example"], **MAIL) as (sink, spec),
    ):
        await send_once(sink, spec, message_of([alert(title="Ümlaut\r\nBcc: eve@evil.example")]))
        await send_once(sink, spec, message_of([alert("a2", "resolve")], to="ada@soc.example"))
    first, second = mailbox.mails
    assert first["Message-ID"] == "<a1@soc.example>"
    assert first["References"] == second["References"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert "Bcc" not in first
    assert "Ümlaut\\r\\nBcc" in str(first["Subject"])
    assert mailbox.recipients == [["soc@soc.example"], ["ada@soc.example"]]


@pytest.mark.parametrize(("reply", "retryable"), [("550 5.7.1 no", False), ("451 4.3.0 later", True)])
async def test_a_mail_server_says_for_good_or_for_now(opened: Open, reply: str, retryable: bool) -> None:
    async with (
        Mailbox().listening() as mailbox,
        opened(port=mailbox.port, to=["soc@soc.example"], **MAIL) as (sink, spec),
    ):
        mailbox.reply = reply
        assert (await refusal(sink, spec)).retryable is retryable
        mailbox.reply, mailbox.refuses = "250 OK", {"soc@soc.example": reply}
        assert (await refusal(sink, spec)).retryable is retryable
    assert (await refusal(sink, spec)).reason is DeliveryFailure.UNREACHABLE


@pytest.mark.parametrize("address", ["jürgen@soc.example", "two words@soc.example"])
async def test_an_address_that_no_mail_server_takes_is_refused_for_good(opened: Open, address: str) -> None:
    async with Mailbox().listening() as mailbox, opened(port=mailbox.port, **MAIL) as (sink, spec):
        assert not (await refusal(sink, spec, to=address)).retryable


async def test_a_mail_server_that_says_nothing_is_left_after_a_while(opened: Open) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(60), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with opened(port=port, timeout="1 s", to=["soc@soc.example"], **MAIL) as (sink, spec):
        assert (await refusal(sink, spec)).reason is DeliveryFailure.TIMED_OUT
    server.close()


async def test_apprise_speaks_to_a_service_and_calls_nobody_for_a_stranger(
    opened: Open, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Listener().listening() as chat:
        (folder / "url").write_text(chat.url.replace("http://", "json://") + "/hooks-of-secret/{to}")
        async with opened(kind="apprise", url={"file": "url"}) as (sink, spec):
            await send_once(sink, spec, message_of([alert(title="@everyone <!channel> [x](http://evil)")], to="+1 416"))
            chat.status = 500
            with caplog.at_level(logging.DEBUG):
                error = await refusal(sink, spec)
    (told,) = chat.told
    assert told.path == "/hooks-of-secret/+1 416"
    said = told.json["title"] + told.json["message"]
    assert "@everyone" not in said
    assert "<!" not in said
    assert "](" not in said
    assert error.retryable
    assert "hooks-of-secret" not in caplog.text + str(error)


async def test_a_sink_without_an_address_for_a_person_says_that_there_is_no_way(opened: Open, folder: Path) -> None:
    (folder / "url").write_text("json://127.0.0.1:1/")
    async with opened(kind="apprise", url={"file": "url"}) as (sink, spec):
        assert (await refusal(sink, spec, to="ada")).reason is DeliveryFailure.NO_WAY
    async with opened(port=1, **MAIL) as (sink, spec):
        assert (await refusal(sink, spec)).reason is DeliveryFailure.NO_WAY


@pytest.mark.parametrize(
    "values",
    [
        {"url": "http://siem.example/hook", **WEBHOOK},
        {**MAIL, "host": "mail.example"},
        {"kind": "alertmanager", "url": "http://alertmanager.example"},
    ],
)
async def test_nothing_leaves_this_machine_in_plaintext_unless_somebody_has_allowed_it(
    values: dict[str, Any], folder: Path
) -> None:
    with pytest.raises(SettingsError, match="in plaintext"):
        open_sink("tried", specified(values), Secrets(folder, plaintext=False))
    sink = open_sink("tried", specified(values), Secrets(folder, plaintext=True))
    await sink.close()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"url": "https://x.example/", "kind": "webhook", "secret": {"file": "missing"}}, "missing"),
        ({"url": "https://x.example/", "kind": "webhook", "secret": {"env": "NOT_THERE"}}, "NOT_THERE"),
        ({"url": {"file": "secret"}, **WEBHOOK}, "must be https"),
        ({"url": {"file": "secret"}, "kind": "apprise"}, "no address that Apprise knows"),
    ],
)
async def test_a_secret_that_cannot_be_had_or_is_none_is_named_and_not_told(
    values: dict[str, Any], said: str, folder: Path
) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        open_sink("tried", specified(values), Secrets(folder, plaintext=False))
    assert SECRET not in str(refused.value)
