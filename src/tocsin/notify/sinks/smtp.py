"""Mail. The alert's id is the Message-ID, the incident's is the thread."""

import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

import aiosmtplib
import structlog

from tocsin.domain.decide.decision import derived_id
from tocsin.domain.instant import SECOND
from tocsin.domain.vocabulary import DeliveryFailure, PagingAction
from tocsin.notify.message import Message
from tocsin.notify.model import SmtpSpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.base import SinkError
from tocsin.settings import SettingsError

_REFUSED_FOR_GOOD = 500

_log = structlog.get_logger()


class SmtpSink:
    """See `Sink`."""

    gathers = True
    actions = frozenset(action.value for action in PagingAction)

    def __init__(self, name: str, spec: SmtpSpec, secrets: Secrets) -> None:
        """Raises `SettingsError`."""
        self._name = name
        self._spec = spec
        self._password = secrets.value(spec.password, f"sinks.{name}.password") if spec.password else None
        if spec.security == "none":
            secrets.require_tls(spec.host, f"sinks.{name}.security")
        self._tls = None if spec.security == "none" else _tls(name, spec)
        self._sender, self._domain = _sender(name, spec.sender)

    async def send(self, message: Message) -> None:
        """See `Sink`."""
        recipients = (message.to,) if message.to else self._spec.to
        if not recipients:
            raise SinkError(DeliveryFailure.NO_WAY, "the sink has no `to`", retryable=False)
        try:
            mail = mail_of(message, self._spec.sender, recipients, self._domain)
            async with self._client() as client:
                refused, _ = await client.sendmail(self._sender, list(recipients), mail.as_bytes(policy=SMTP))
        except aiosmtplib.SMTPException as error:
            raise _failure(error) from None
        except OSError:
            raise SinkError(DeliveryFailure.UNREACHABLE, "the connection failed", retryable=True) from None
        except ValueError:  # an address that no mail server could be told, such as one with an umlaut before its @
            raise SinkError(
                DeliveryFailure.REFUSED, "an address is none that mail can go to", retryable=False
            ) from None
        if refused:
            _log.warning("recipients_refused", sink=self._name, refused=len(refused), of=len(recipients))

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._spec.host,
            port=self._spec.port,
            username=self._spec.username,
            password=self._password,
            use_tls=self._spec.security == "tls",
            start_tls=self._spec.security == "starttls",
            tls_context=self._tls,
            timeout=self._spec.timeout / SECOND,
        )

    async def close(self) -> None:
        """See `Sink`; each mail has a connection of its own."""


def mail_of(message: Message, sender: str, recipients: tuple[str, ...], domain: str) -> EmailMessage:
    """The mail. Its headers hold no line end of a stranger's: `EmailMessage` refuses one."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = message.subject
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    if message.thread:
        mail["References"] = f"<{derived_id(message.thread)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def _failure(error: aiosmtplib.SMTPException) -> SinkError:
    """Without the server's own words."""
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return SinkError(DeliveryFailure.TIMED_OUT, "no answer in time", retryable=True)
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return SinkError(DeliveryFailure.UNREACHABLE, "nobody answers", retryable=True)
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return SinkError(DeliveryFailure.TIMED_OUT, "the connection ended before an answer", retryable=True)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return SinkError(DeliveryFailure.REFUSED, f"the login was refused ({error.code})", retryable=True)
    codes = [each.code for each in error.recipients] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else []
    if isinstance(error, aiosmtplib.SMTPResponseException):
        codes = [error.code]
    for_good = bool(codes) and min(codes) >= _REFUSED_FOR_GOOD
    return SinkError(DeliveryFailure.REFUSED, f"SMTP reply {max(codes, default=0)}", retryable=not for_good)


def _tls(name: str, spec: SmtpSpec) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=spec.ca_file)
    except (OSError, ValueError):
        raise SettingsError(f"sinks.{name}.ca_file ({spec.ca_file}) cannot be used.") from None


def _sender(name: str, written: str) -> tuple[str, str]:
    """Address and domain. Raises `SettingsError`."""
    try:
        address = Address(addr_spec=parseaddr(written)[1])
    except (ValueError, IndexError):
        raise SettingsError(f"sinks.{name}.from is no mail address.") from None
    return address.addr_spec, address.domain
