"""A mail server that keeps what it is given, and can refuse or be down."""

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

_LINK = re.compile(r"https?://\S+/answer/\S+")


class Mail(NamedTuple):
    """A mail that arrived, and to whom."""

    to: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return str(self.message.get_content())

    @property
    def token(self) -> str:
        """What stands in its answer link behind /answer/; empty without one."""
        found = _LINK.search(self.text)
        return found[0].rpartition("/")[2] if found else ""


class Mailbox:
    """Its mails in the order in which they came. `refuses`: addresses for which it takes none."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refuses: set[str] = set()
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.mails += [Mail(address, message) for address in envelope.rcpt_tos]
        return "250 taken"

    def to(self, name: str) -> list[Mail]:
        """Those to `name` at soc.example."""
        return [mail for mail in self.mails if mail.to == f"{name}@soc.example"]

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Mailbox"]:
        """It has the port that it had before."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self), "127.0.0.1", self.port)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            yield self
