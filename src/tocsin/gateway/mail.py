"""Mail in, over SMTP or LMTP: what arrives at the mailbox, and on a listener of its own what we have sent.

Which topic a mail goes to is the listener's word, not the sender's. A mail is taken when Kafka has it; until then the
mail server that hands it over keeps it, and tries again.
"""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tocsin.client.publishing import NewRecord
from tocsin.gateway.outlet import Busy, Outlet, TooLarge, Unconfirmed
from tocsin.gateway.trust import gateway_tls, require_trust
from tocsin.messages.record import Topic
from tocsin.settings import Settings, SettingsError
from tocsin.web.server import PortError

MAIL_BYTES_MAX = 16 * 1024 * 1024
"""The largest mail that is taken. Of one that is larger than `mail_bytes_max` the beginning is kept."""

_LINE_BYTES_MAX = 1024 * 1024  # RFC 5321 has 1,000, and real mail keeps to nothing
_CONNECTIONS_MAX = 16
_IDLE_SECONDS = 60.0
_RECIPIENTS_MAX = 100

_TAKEN = "250 2.0.0 It is in the log"
_LATER = "451 4.3.0 The log does not confirm it; try again"
_TOO_BUSY = "451 4.3.2 Too much waits; try again"
_TOO_LARGE = "552 5.3.4 The topic takes no mail of that size"
_ONE_AT_A_TIME = "452 4.5.3 One recipient at a time"
_TOO_MANY = "452 4.5.3 Too many recipients"


class Listener(NamedTuple):
    """One port for mail, and the topic that its mail goes to."""

    topic: Topic
    port: int


def listeners(settings: Settings) -> list[Listener]:
    """The ports for mail. Raises `SettingsError` where one has no topic."""
    found = [Listener(Topic.EMAILS, settings.gateway_mail_port)]
    if settings.gateway_sent_port is None:
        return found
    if not settings.sent_topic:
        raise SettingsError("gateway_sent_port is set and sent_topic is not: there is no topic for what we sent.")
    return [*found, Listener(Topic.SENT, settings.gateway_sent_port)]


@asynccontextmanager
async def receive(settings: Settings, outlet: Outlet, listener: Listener) -> AsyncIterator[str]:
    """Take mail while the context is open; gives the address. Raises `PortError` or `SettingsError`."""
    for name in ("mail.log", "mail.debug"):  # it would log what strangers wrote
        logging.getLogger(name).setLevel(logging.CRITICAL)
    loop = asyncio.get_running_loop()
    admit = _protocol(settings, outlet, listener.topic)
    try:
        server = await loop.create_server(admit, settings.gateway_host, listener.port)
    except (OSError, UnicodeError) as error:
        raise PortError(f"{settings.gateway_host}:{listener.port} cannot be served: {error}") from error
    scheme = settings.gateway_mail_protocol
    try:
        yield f"{scheme}://{settings.gateway_host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def _protocol(settings: Settings, outlet: Outlet, topic: Topic) -> Callable[[], asyncio.BaseProtocol]:
    token, tls = require_trust(settings), gateway_tls(settings)
    by_certificate = settings.gateway_tls_client_ca_file is not None
    kind = _Lmtp if settings.gateway_mail_protocol == "lmtp" else _Smtp
    mailbox = _Mailbox(settings, outlet, topic, one_at_a_time=kind is _Lmtp)

    def admit() -> asyncio.BaseProtocol:
        if mailbox.connections >= _CONNECTIONS_MAX:
            return _Full()
        mailbox.connections += 1
        return kind(
            mailbox,
            data_size_limit=MAIL_BYTES_MAX,
            enable_SMTPUTF8=True,
            hostname="tocsin",
            ident="Tocsin",
            tls_context=tls,
            require_starttls=tls is not None,
            timeout=_IDLE_SECONDS,
            auth_required=token is not None and not by_certificate,
            auth_require_tls=tls is not None,
            authenticator=_authenticator(token) if token else None,
            loop=asyncio.get_running_loop(),
        )

    return admit


class _Smtp(SMTP):
    """Gives its place back when the connection ends."""

    line_length_limit = _LINE_BYTES_MAX

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.connections -= 1
        super().connection_lost(error)


class _Lmtp(_Smtp, LMTP):
    """The same over LMTP."""


def _authenticator(token: str) -> Callable[[SMTP, Session, Envelope, str, object], AuthResult]:
    """Any user name is taken: the password is the gateway's token."""

    def shown(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object) -> AuthResult:
        password = login.password if isinstance(login, LoginPassword) else b""
        return AuthResult(success=hmac.compare_digest(password, token.encode()), handled=False)

    return shown


class _Mailbox:
    """Puts each mail on the topic, with the trace that the last mail server of its way adds (RFC 5321, 4.4)."""

    def __init__(self, settings: Settings, outlet: Outlet, topic: Topic, *, one_at_a_time: bool) -> None:
        self._settings = settings
        self._outlet = outlet
        self._topic = topic
        self.connections = 0
        self._one_at_a_time = one_at_a_time  # LMTP wants an answer for each recipient of a mail

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Any mailbox is taken; whose it is, intake knows."""
        if envelope.rcpt_tos and self._one_at_a_time:
            return _ONE_AT_A_TIME
        if len(envelope.rcpt_tos) >= _RECIPIENTS_MAX:
            return _TOO_MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Taken when Kafka has it."""
        mail = _trace(envelope) + (envelope.original_content or b"")
        kept = mail[: self._settings.bytes_max(self._topic)]
        try:
            await self._outlet.put(self._topic, NewRecord(kept, headers=(("content-type", b"message/rfc822"),)))
        except Busy:
            return _TOO_BUSY
        except TooLarge:
            return _TOO_LARGE
        except Unconfirmed:
            return _LATER
        return _TAKEN


def _trace(envelope: Envelope) -> bytes:
    """`Return-Path` and `Delivered-To`, as no stranger can write them: below them stands what came."""
    sender = envelope.mail_from or ""
    lines = [f"Return-Path: <{sender}>", *(f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


class _Full(asyncio.Protocol):
    """A connection that is not taken."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections; try again\r\n")
        transport.close()
