"""The header of a mail, read line by line as mail is really written.

A line that is no header is skipped and ends nothing: only an empty line ends the header. The time that this takes grows
with the length of the mail and with nothing else.
"""

import re
from collections.abc import Iterator

from tocsin.messages.mail import words

_START = re.compile(rb"[\s\xef\xbb\xbf]*(?:>?From (?![ \t]*:)[^\r\n]*[\r\n]+)?")
"""White space, a byte order mark, and the line that a mailbox file puts before each mail."""

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_BARE_CR = re.compile(rb"\r(?=[A-Za-z][A-Za-z0-9-]{0,75}[ \t]*:|\n)")
"""A bare CR ends a line only where a header begins behind it: else it is white space within one."""

_KNOWN = rb"From|Sender|To|Cc|Reply-To|Subject|Date|Message-ID|Received|Return-Path|Delivered-To|X-Original-To|"
_KNOWN_FIELD = re.compile(
    rb"(?:^|[\r\n])\xef?\xbb?\xbf?(?:" + _KNOWN + rb"MIME-Version|Content-Type)[ \t]*:", re.IGNORECASE
)


def looks_like_mail(value: bytes) -> bool:
    """True if a line of `value` begins as a header does that nearly every mail has; never of JSON."""
    return value[:1] not in (b"{", b"[") and _KNOWN_FIELD.search(value) is not None


class Headers:
    """The headers of a mail in order, and where its body begins."""

    def __init__(self, mail: bytes) -> None:
        head, self.body = _split(mail)
        self._fields: dict[str, list[bytes]] = {}
        for name, content in _fields(head):
            self._fields.setdefault(name.decode().lower(), []).append(content)
        charset = re.search(rb'charset="?([^\s";]{1,40})', self._raw("content-type"), re.IGNORECASE)
        self._charset = charset[1].decode("ascii", "replace") if charset else ""

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def names(self) -> tuple[str, ...]:
        """The names of the headers there are, in lower case."""
        return tuple(self._fields)

    def text(self, name: str) -> str:
        """The first header of that (lower case) name that says anything, encoded words as they are; empty if none."""
        return words.text(self._raw(name), self._charset)

    def all(self, name: str) -> list[str]:
        """Every header of that name, as `text` gives it."""
        return [words.text(content, self._charset) for content in self._fields.get(name, ())]

    def decoded(self, name: str) -> str:
        """The first header of that name that says anything, with its encoded words decoded."""
        return words.decoded(self.text(name))

    def _raw(self, name: str) -> bytes:
        return next((content for content in self._fields.get(name, ()) if content), b"")


def _split(mail: bytes) -> tuple[bytes, bytes]:
    """The header with a newline at the end of each line, and the body."""
    start = _START.match(mail)
    mail = mail[start.end() if start else 0 :]
    if b"\r" not in mail:
        head, _, body = mail.partition(b"\n\n")
        return head, body
    mail = mail.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")
    if b"\n" not in mail.partition(b"\r\r")[0]:  # of the days when CR ended a line
        head, _, body = mail.partition(b"\r\r")
        return head.replace(b"\r", b"\n"), body
    head, _, body = mail.partition(b"\n\n")
    return _BARE_CR.sub(b"\n", head).replace(b"\r", b" "), body


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each header's name and its content, unfolded."""
    name, lines = b"", [b""]
    for line in head.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            lines.append(line)
            continue
        if name:
            yield name, b"".join(lines).strip()
        field = _FIELD.match(line)
        name, lines = (field[1], [line[field.end() :]]) if field else (b"", [])
    if name:
        yield name, b"".join(lines).strip()
