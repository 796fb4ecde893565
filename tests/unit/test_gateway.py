"""Whom the gateway trusts and what it refuses, before anything reaches Kafka. What it takes: `tests/kafka`."""

import asyncio
import base64
import contextlib
import hmac
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import aiohttp
import pytest
from secured import Authority

from tocsin.client.publishing import NewRecord, Position
from tocsin.gateway import http, mail
from tocsin.gateway.counts import Counts
from tocsin.gateway.outlet import Busy, Outlet, TooLarge, Unconfirmed
from tocsin.gateway.trust import require_trust
from tocsin.gateway.twilio import is_signed
from tocsin.messages.record import Topic
from tocsin.settings import Settings, SettingsError

TOKEN = "a-token-of-sufficient-length"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Certified(NamedTuple):
    """A folder with certificates and keys by name."""

    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "gateway_tls_certificate_file": self.folder / "gateway.pem",
            "gateway_tls_key_file": self.folder / "gateway.key",
            "gateway_tls_client_ca_file": self.folder / "authority.pem",
        }

    def shown(self, name: str | None) -> ssl.SSLContext:
        """A client's context that trusts our authority and shows the certificate of that name."""
        context = ssl.create_default_context(cafile=self.folder / "authority.pem")
        if name is not None:
            context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


class Shelf:
    """Keeps what would go to Kafka."""

    def __init__(self) -> None:
        self.taken: list[tuple[Topic, NewRecord]] = []
        self.refuses: Exception | None = None

    async def put(self, topic: Topic, message: NewRecord) -> Position:
        if self.refuses is not None:
            raise self.refuses
        self.taken.append((topic, message))
        return Position(0, len(self.taken) - 1)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


Door = Callable[..., AbstractAsyncContextManager[aiohttp.ClientSession]]


@pytest.fixture
def door(shelf: Shelf) -> Door:
    """Serves with these settings; gives a client of it."""

    @asynccontextmanager
    async def door(**values: Any) -> AsyncIterator[aiohttp.ClientSession]:
        settings = Settings(gateway_http_port=0, **values)
        async with (
            http.serve(settings, cast("Outlet", shelf), Counts()) as address,
            aiohttp.ClientSession(address) as client,
        ):
            yield client

    return door


async def test_bytes_media_type_and_tenant_reach_the_topic_unchanged(door: Door, shelf: Shelf) -> None:
    async with door() as client, client.post("/security-events?tenant=acme", data=b'{"a": 1}') as answer:
        assert answer.status == 200
        assert await answer.json() == {"topic": "soc.security-events", "partition": 0, "offset": 0}
    ((topic, message),) = shelf.taken
    assert (topic, message.value, message.key) == (Topic.SECURITY_EVENTS, b'{"a": 1}', b"acme")
    assert dict(message.headers)["tenant"] == b"acme"


async def test_the_trace_of_a_request_goes_along_unless_it_is_too_long_for_one(door: Door, shelf: Shelf) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"Traceparent": parent, "tracestate": "a=1"}
    async with door() as client, client.post("/calls", data=b"{}", headers=headers):
        pass
    async with door() as client, client.post("/calls", data=b"{}", headers={"traceparent": "0" * 2_000}):
        pass
    first, second = (dict(message.headers) for _, message in shelf.taken)
    assert (first["traceparent"], first["tracestate"]) == (parent.encode(), b"a=1")
    assert "traceparent" not in second


async def test_a_binary_event_has_the_headers_of_the_kafka_binding(door: Door, shelf: Shelf) -> None:
    headers = {"ce-specversion": "1.0", "CE-Subject": "Gr%C3%B6%C3%9Fe", "Content-Type": "application/json"}
    async with door() as client, client.post("/calls", data=b"{}", headers=headers):
        pass
    assert dict(shelf.taken[0][1].headers) == {
        "ce_specversion": b"1.0",
        "ce_subject": "Größe".encode(),
        "content-type": b"application/json",
    }


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
async def test_with_a_token_nobody_is_heard_without_it(door: Door, shelf: Shelf, headers: dict[str, str]) -> None:
    async with (
        door(gateway_token=TOKEN) as client,
        client.post("/security-events", data=b"{}", headers=headers) as answer,
    ):
        assert answer.status == 401
    assert shelf.taken == []


async def test_with_the_token_it_is_taken(door: Door, shelf: Shelf) -> None:
    async with door(gateway_token=TOKEN) as client, client.post("/calls", data=b"{}", headers=BEARER) as answer:
        assert answer.status == 200
    assert len(shelf.taken) == 1


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_a_web_page_in_a_browser_here_sends_nothing(door: Door, shelf: Shelf, headers: dict[str, str]) -> None:
    async with door() as client, client.post("/calls", data=b"{}", headers=headers) as answer:
        assert answer.status == 403
    assert shelf.taken == []


async def test_a_name_that_leads_here_from_elsewhere_is_not_answered(door: Door) -> None:
    async with door() as client, client.post("/calls", data=b"{}", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421


@pytest.mark.parametrize("path", ["/desk", "/inbox", "/alerts", "/nothing", "/twilio/voice"])
async def test_there_is_no_way_to_a_topic_that_was_not_opened(door: Door, shelf: Shelf, path: str) -> None:
    async with door() as client, client.post(path, data=b"{}") as answer:
        assert answer.status == 404
    assert shelf.taken == []


async def test_the_desk_is_open_where_the_settings_say_so(door: Door, shelf: Shelf) -> None:
    async with door(gateway_desk=True) as client, client.post("/desk", data=b"{}") as answer:
        assert answer.status == 200
    assert shelf.taken[0][0] is Topic.DESK


@pytest.mark.parametrize("chunked", [False, True])
async def test_what_is_too_large_is_refused_whether_its_length_is_told_or_not(
    door: Door, shelf: Shelf, chunked: bool
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 1_000

    async with (
        door(value_bytes_max=2_048) as client,
        client.post("/calls", data=parts() if chunked else b"x" * 3_000) as answer,
    ):
        assert answer.status == 413
    assert shelf.taken == []


async def test_what_the_topic_never_takes_is_not_asked_for_again(door: Door, shelf: Shelf) -> None:
    shelf.refuses = TooLarge()
    async with door() as client, client.post("/calls", data=b"{}") as answer:
        assert (answer.status, "Retry-After" in answer.headers) == (413, False)
        assert "max.message.bytes" in await answer.text()


async def test_a_body_without_bytes_is_no_message(door: Door) -> None:
    async with door() as client, client.post("/calls", data=b"") as answer:
        assert answer.status == 400


@pytest.mark.parametrize(("refuses", "status"), [(Busy(), 429), (Unconfirmed("Kafka has not confirmed it"), 503)])
async def test_under_pressure_the_sender_is_asked_to_come_again(
    door: Door, shelf: Shelf, refuses: Exception, status: int
) -> None:
    shelf.refuses = refuses
    async with door() as client, client.post("/calls", data=b"{}") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (status, "5")


# ---- Twilio

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
EXAMPLE = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
"""The example of Twilio's own documentation, under the token 12345."""


def test_the_signature_is_that_of_twilios_own_example() -> None:
    assert is_signed(EXAMPLE, URL, "12345", SIGNATURE)


@pytest.mark.parametrize(
    ("form", "url", "token", "shown"),
    [
        (EXAMPLE + b"&x=1", URL, "12345", SIGNATURE),
        (EXAMPLE, URL + "0", "12345", SIGNATURE),
        (EXAMPLE, URL, "12346", SIGNATURE),
        (EXAMPLE, URL, "12345", ""),
        (EXAMPLE, URL, "12345", "\udcff"),
        (b"\xff=1", URL, "12345", SIGNATURE),
    ],
)
def test_anything_else_is_not_signed(form: bytes, url: str, token: str, shown: str) -> None:
    assert not is_signed(form, url, token, shown)


async def test_a_callback_needs_its_signature_and_no_token_of_the_gateway(door: Door, shelf: Shelf) -> None:
    values = {"gateway_token": TOKEN, "gateway_twilio_token": "12345", "gateway_twilio_url": URL}
    async with door(**values) as client:
        for shown, status in (("wrong", 403), (SIGNATURE, 200)):
            headers = {"X-Twilio-Signature": shown}
            async with client.post("/twilio/voice", data=EXAMPLE, headers=headers) as answer:
                assert answer.status == status
    ((topic, message),) = shelf.taken
    assert (topic, message.value) == (Topic.CALLS, EXAMPLE)


async def test_a_call_that_we_placed_goes_to_the_topic_for_what_we_sent_where_there_is_one(
    door: Door, shelf: Shelf
) -> None:
    form = b"CallSid=CA1&CallStatus=completed&Direction=outbound-api"
    made = hmac.new(b"12345", f"{URL}CallSidCA1CallStatuscompletedDirectionoutbound-api".encode(), "sha1").digest()
    signed = {"X-Twilio-Signature": base64.b64encode(made).decode()}
    values = {"gateway_twilio_token": "12345", "gateway_twilio_url": URL}
    for sent_topic in (False, True):
        async with (
            door(**values, sent_topic=sent_topic) as client,
            client.post("/twilio/voice", data=form, headers=signed) as answer,
        ):
            assert answer.status == 200
    assert [topic for topic, _ in shelf.taken] == [Topic.CALLS, Topic.SENT]


async def test_nobody_speaks_in_our_name_over_http(door: Door) -> None:
    async with door(sent_topic=True, gateway_sent_port=0) as client, client.post("/sent", data=b"{}") as answer:
        assert answer.status == 404


# ---- mail


@pytest.fixture
def mailbox(shelf: Shelf) -> Callable[..., AbstractAsyncContextManager["Conversation"]]:
    @asynccontextmanager
    async def mailbox(**values: Any) -> AsyncIterator["Conversation"]:
        settings = Settings(**{"gateway_mail_port": 0, **values})
        listener = mail.listeners(settings)[-1]
        async with mail.receive(settings, cast("Outlet", shelf), listener) as address:
            yield await Conversation.begun(int(address.rpartition(":")[2]), settings.gateway_mail_protocol)

    return mailbox


class Conversation:
    """A mail server that hands over mail, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def begun(cls, port: int, protocol: str) -> "Conversation":
        talk = cls(*await asyncio.open_connection("127.0.0.1", port))
        assert (await talk.heard()).startswith("220")
        await talk.say("LHLO mx.example" if protocol == "lmtp" else "EHLO mx.example")
        return talk

    async def say(self, line: str) -> str:
        self.writer.write(f"{line}\r\n".encode())
        return await self.heard()

    async def heard(self) -> str:
        while (line := (await self.reader.readline()).decode())[3:4] == "-":
            pass
        return line

    async def hand_over(self, text: str, *recipients: str, sender: str = "mia@acme.example") -> str:
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        for recipient in recipients:
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")
        return await self.say(f"{text}\r\n.")


TEXT = "From: Mia <mia@acme.example>\r\nSubject: Help\r\n\r\nIt burns."


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_a_mail_is_taken_with_the_trace_of_its_way(mailbox: Any, shelf: Shelf, protocol: str) -> None:
    async with mailbox(gateway_mail_protocol=protocol) as talk:
        assert (await talk.hand_over(TEXT, "acme@soc.example")).startswith("250 2.0.0")
    ((topic, message),) = shelf.taken
    assert topic is Topic.EMAILS
    trace = b"Return-Path: <mia@acme.example>\r\nDelivered-To: acme@soc.example\r\n"
    assert message.value == trace + TEXT.encode() + b"\r\n"


async def test_mail_that_we_sent_comes_by_a_port_of_its_own_to_a_topic_of_its_own(mailbox: Any, shelf: Shelf) -> None:
    async with mailbox(sent_topic=True, gateway_sent_port=0) as talk:
        assert (await talk.hand_over(TEXT, "log@tocsin.invalid")).startswith("250")
    assert [topic for topic, _ in shelf.taken] == [Topic.SENT]


def test_the_gateway_has_no_such_port_unless_it_is_told_to_and_there_is_the_topic() -> None:
    assert [listener.topic for listener in mail.listeners(Settings(sent_topic=True))] == [Topic.EMAILS]
    with pytest.raises(SettingsError, match="sent_topic is not"):
        mail.listeners(Settings(gateway_sent_port=0))
    assert Topic.SENT not in Settings(sent_topic=True).gateway_topics
    assert Topic.SENT in Settings(sent_topic=True, gateway_sent_port=0).gateway_topics


@pytest.mark.parametrize(
    ("refuses", "says"), [(Busy(), "451"), (Unconfirmed("not confirmed"), "451"), (TooLarge(), "552 5.3.4")]
)
async def test_what_kafka_has_not_is_kept_by_the_server_that_hands_it_over_or_sent_back_where_it_never_will(
    mailbox: Any, shelf: Shelf, refuses: Exception, says: str
) -> None:
    shelf.refuses = refuses
    async with mailbox() as talk:
        assert (await talk.hand_over(TEXT, "acme@soc.example")).startswith(says)


async def test_over_lmtp_each_recipient_has_an_answer_of_its_own(mailbox: Any) -> None:
    async with mailbox(gateway_mail_protocol="lmtp") as talk:
        await talk.say("MAIL FROM:<>")
        assert (await talk.say("RCPT TO:<acme@soc.example>")).startswith("250")
        assert (await talk.say("RCPT TO:<soc@soc.example>")).startswith("452")


async def test_a_line_as_long_as_real_mail_has_is_taken_whole(mailbox: Any, shelf: Shelf) -> None:
    async with mailbox() as talk:
        assert (await talk.hand_over(TEXT + "x" * 100_000, "acme@soc.example")).startswith("250")
    assert shelf.taken[0][1].value.endswith(b"x" * 100_000 + b"\r\n")


async def test_of_a_very_long_mail_the_beginning_is_kept(mailbox: Any, shelf: Shelf) -> None:
    async with mailbox(mail_bytes_max=2_000) as talk:
        assert (await talk.hand_over(f"{TEXT}\r\n" + "x\r\n" * 5_000, "acme@soc.example")).startswith("250")
    assert len(shelf.taken[0][1].value) == 2_000


async def test_a_connection_too_many_is_told_to_come_again(mailbox: Any) -> None:
    async with mailbox() as talk:
        port = talk.writer.get_extra_info("peername")[1]
        others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(16)]
        assert (await others[-1][0].readline()).startswith(b"421")
        for _, writer in others:
            writer.close()


async def test_with_a_token_a_mail_server_must_log_in(mailbox: Any) -> None:
    async with mailbox(gateway_token=TOKEN) as talk:
        assert (await talk.say("MAIL FROM:<mia@acme.example>")).startswith("530")


# ---- certificates


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    """A gateway with a certificate, that asks for those of its senders."""
    authority, strangers = Authority("ours"), Authority("theirs")
    (tmp_path / "authority.pem").write_bytes(authority.pem())
    issued = {
        "gateway": authority.issue("gateway", ["127.0.0.1"]),
        "sensor": authority.issue("sensor"),
        "stranger": strangers.issue("sensor"),
    }
    for name, certificate in issued.items():
        (tmp_path / f"{name}.pem").write_bytes(certificate.pem())
        (tmp_path / f"{name}.key").write_bytes(certificate.key_pem())
    return Certified(tmp_path)


@pytest.mark.parametrize(("shown", "heard"), [("sensor", True), ("stranger", False), (None, False)])
async def test_where_certificates_are_asked_for_only_ours_are_heard(
    shelf: Shelf, certified: Certified, shown: str | None, heard: bool
) -> None:
    settings = Settings(gateway_http_port=0, **certified.settings)
    async with (
        http.serve(settings, cast("Outlet", shelf), Counts()) as address,
        aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(ssl=certified.shown(shown))) as client,
    ):
        assert address.startswith("https://")
        with contextlib.nullcontext() if heard else pytest.raises(aiohttp.ClientError):
            async with client.post("/calls", data=b"{}") as answer:
                assert answer.status == 200
    assert len(shelf.taken) == heard


@pytest.mark.parametrize(("shown", "heard"), [("sensor", True), ("stranger", False)])
async def test_mail_needs_starttls_and_a_certificate_of_ours(
    mailbox: Any, shelf: Shelf, certified: Certified, shown: str, heard: bool
) -> None:
    async with mailbox(**certified.settings) as talk:
        assert (await talk.say("MAIL FROM:<mia@acme.example>")).startswith("530")
        assert (await talk.say("STARTTLS")).startswith("220")
        with contextlib.nullcontext() if heard else pytest.raises((OSError, AssertionError)):
            await talk.writer.start_tls(certified.shown(shown), server_hostname="127.0.0.1")
            assert (await talk.say("EHLO mx.example")).startswith("250")
            assert (await talk.hand_over(TEXT, "acme@soc.example")).startswith("250")
    assert len(shelf.taken) == heard


# ---- settings

EXPOSED = {"gateway_host": "0.0.0.0"}  # noqa: S104 - that is what is refused


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (EXPOSED, "gateway_token_file"),
        (EXPOSED | {"gateway_token": TOKEN}, "gateway_tls_certificate_file"),
        ({"gateway_token": "short"}, "gateway_token"),
        ({"gateway_tls_client_ca_file": "ca.pem"}, "gateway_tls_certificate_file"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(values: dict[str, Any], names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        require_trust(Settings(**values))
