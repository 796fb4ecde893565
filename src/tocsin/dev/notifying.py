"""What `tocsin dev` gives its notify: sinks, routes, people, a key for answer links; and a server that shows mail."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

from tocsin.dev.kafka import HOST, first_free_port
from tocsin.settings import Settings

_MAIL_PORT = 8627
_LINK = re.compile(r"https?://\S+/answer/\S+")
_PAGED = '"detection", "escalated", "callback_overdue", "management_notice"'
_NOTIFY = """\
[sinks.mail]
kind = "smtp"
host = "{host}"
port = {port}
security = "none"
from = "Tocsin <tocsin@soc.example>"
per_minute = 60

[[routes]]
to = ["roster"]
kinds = [{paged}]
role = "analyst"
"""
_ALERTMANAGER = """
[sinks.alertmanager]
kind = "alertmanager"
url = "{url}"
resend = "10 s"

[[routes]]
to = ["alertmanager"]
"""
_PEOPLE = {
    "grace": ("Grace Hopper", ("analyst",)),
    "alan": ("Alan Turing", ("shift lead", "support lead")),
    "hedy": ("Hedy Lamarr", ("SOC manager", "support manager")),
    "edith": ("Edith Clarke", ("senior management",)),
}


class Mail(NamedTuple):
    """A mail as it is shown. `link`: where its reader can answer."""

    to: str
    subject: str
    text: str
    link: str | None


class Notifying(NamedTuple):
    """The settings of the notify, and the port of the mail server that it sends to."""

    settings: Settings
    mail_port: int


def prepared(settings: Settings, folder: Path, alertmanager: str | None) -> Notifying:
    """Writes the files into `folder`. `alertmanager` is the address of one that is told, too."""
    mail, answers = first_free_port(_MAIL_PORT), first_free_port(max(settings.answer_port, settings.board_port + 1))
    others = max(settings.web_port, settings.gateway_http_port, settings.board_port, answers)
    text = _NOTIFY.format(host=HOST, port=mail, paged=_PAGED)
    text += _ALERTMANAGER.format(url=alertmanager) if alertmanager else ""
    files = {"notify.toml": text, "roster.toml": "\n".join(_roster()), "answer.key": secrets.token_urlsafe(32)}
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    own = {
        "notify_file": folder / "notify.toml",
        "roster_file": folder / "roster.toml",
        "answer_url": f"http://{HOST}:{answers}/",
        "answer_host": HOST,
        "answer_port": answers,
        "answer_key": None,
        "answer_key_file": folder / "answer.key",
        "answer_tls_certificate_file": None,
        "notify_port": first_free_port(max(settings.notify_port, others + 1)),
    }
    return Notifying(settings.model_copy(update=own), mail)


def _roster() -> list[str]:
    """Each role has one person, at every hour."""
    lines = []
    for key, (name, roles) in _PEOPLE.items():
        lines += [f"[people.{key}]", f'name = "{name}"', f'reach = [{{via = "mail", to = "{key}@soc.example"}}]']
        for role in roles:
            lines += [f'[[roles."{role}"]]', 'kind = "weekly"']
            lines += [f'shifts = [{{days = "mon-sun", hours = "00:00-24:00", who = "{key}"}}]']
    return lines


@asynccontextmanager
async def mail_server(port: int, show: Callable[[Mail], None]) -> AsyncIterator[None]:
    """Take mail on this machine while the context is open, and give each to `show`."""
    loop = asyncio.get_running_loop()
    handler = _Handler(show)
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True, loop=loop), HOST, port)
    try:
        yield
    finally:
        server.close()


class _Handler:
    def __init__(self, show: Callable[[Mail], None]) -> None:
        self._show = show

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Shown is taken."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        text = str(mail.get_content())
        link = _LINK.search(text)
        self._show(Mail(", ".join(envelope.rcpt_tos), str(mail["Subject"]).strip(), text, link[0] if link else None))
        return "250 2.0.0 Shown"
