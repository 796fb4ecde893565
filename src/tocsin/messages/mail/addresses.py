"""The addresses in a header: what stands in angle brackets, or alone; never what stands in a name.

Read once from left to right, so the time grows with the length and nothing recurses. The standard library's parser
takes `Muster` for the sender of `Muster, Mia <mia@acme.example>` and grows with the square of the length.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from tocsin.messages.mail import words

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ANGLE = re.compile(r'<((?:"(?:[^"\\<>]|\\.)*"|[^<>"])*)>')
_LITERAL = re.compile(r"@[ \t]*\[[^][<>]*\]")
_PLAIN = re.compile(r'[^"()<>,;:\\@]+')
_AROUND = re.compile(r" ?([@.]) ?")
_COMMENT = re.compile(r"\([^()]*\)")
_STRIPPED = "'`.,;:|[]{}*\u2018\u2019\u201c\u201d"


@lru_cache(maxsize=32)  # a header is asked for several times in a row
def addresses(header: str) -> tuple[str, ...]:
    """The addresses of a header in lower case, each once. Names are not in encoded words yet: they stay as they are."""
    return tuple(dict.fromkeys(_found(header)))


def address_in(text: str) -> str:
    """The first address of `text`, which may have a name beside it; `text` itself in lower case if there is none."""
    return next(_found(text), "") or text.strip().lower()


def hidden_address(header: str) -> str:
    """The address in a header that hides it in encoded words or in quotes, with no angle brackets; empty if none."""
    if "<" in header:
        return ""
    return next(_found(words.decoded(header)), "") or next(_found(header.replace('"', " ")), "")


def _found(header: str) -> Iterator[str]:
    scanner = _Scanner(header)
    while not scanner.is_done:
        yield from scanner.next_addresses()


class _Scanner:
    def __init__(self, header: str) -> None:
        self._header = header
        self._at = 0
        self._phrase: list[str] = []
        """The words since the last comma: a name, or a bare address."""
        self._quotes_close = self._comments_close = self._angles_close = True

    @property
    def is_done(self) -> bool:
        return self._at > len(self._header)

    def next_addresses(self) -> Iterator[str]:
        """The addresses that the next token ends."""
        if self._at == len(self._header):
            self._at += 1
            yield from self._bare()
            return
        character = self._header[self._at]
        if character == "<":
            yield from self._angle()
        elif character in ",;":
            self._at += 1
            yield from self._bare()
        elif character == '"':
            self._quoted()
        elif character == "(":
            self._comment()
        else:
            self._words(character)

    def _bare(self) -> Iterator[str]:
        phrase, self._phrase = "".join(self._phrase), []
        if "@" in phrase:
            for word in _joined(phrase).split(" "):
                yield from _addr_spec(word)

    def _angle(self) -> Iterator[str]:
        match = _ANGLE.match(self._header, self._at) if self._angles_close else None
        self._phrase = []
        if match:
            self._at = match.end()
            yield from _addr_spec(_joined(_COMMENT.sub("", match[1])).replace(" ", ""))
            return
        self._at += 1  # a second bracket, or one that is not closed: what follows stands alone
        self._angles_close = self._header.find(">", self._at) >= 0

    def _quoted(self) -> None:
        match = _QUOTED.match(self._header, self._at) if self._quotes_close else None
        if match is None:
            self._quotes_close = False
            self._at += 1
            return
        self._at = match.end()
        if self._header[self._at : self._at + 1] == "@":  # the local part of an address may be quoted
            self._phrase.append(match[0].replace(" ", "\0"))

    def _comment(self) -> None:
        end = end_of_comment(self._header, self._at) if self._comments_close else -1
        self._comments_close = end >= 0
        self._at = end if end >= 0 else self._at + 1
        self._phrase.append(" ")

    def _words(self, character: str) -> None:
        literal = _LITERAL.match(self._header, self._at) if character == "@" else None
        match = literal or _PLAIN.match(self._header, self._at)
        if match is not None:
            self._at = match.end()
            self._phrase.append(match[0])
            return
        self._at += 1
        if character == ":":
            self._phrase = []  # the name of a group, or `mailto`
        elif character == "@":
            self._phrase.append(character)


def end_of_comment(header: str, start: int) -> int:
    """The place behind the comment that begins at `start`; -1 if it does not end. Comments nest."""
    depth = 0
    for bracket in re.compile(r"\\.|[()]", re.DOTALL).finditer(header, start):
        if bracket[0] in "()":
            depth += 1 if bracket[0] == "(" else -1
            if depth == 0:
                return bracket.end()
    return -1


def _joined(text: str) -> str:
    """`text` without the white space that may stand around the `@` and the dots of an address."""
    return _AROUND.sub(r"\1", " ".join(text.split()))


def _addr_spec(written: str) -> Iterator[str]:
    """The address in one word, without a route, `mailto:` or the marks that stand around it."""
    if written.startswith("@") or written[:7].lower() == "mailto:":
        written = written.rpartition(":")[2]
    local, at, domain = written.rpartition("@")
    local, domain = local.lstrip(_STRIPPED), domain.rstrip(_STRIPPED) if not domain.startswith("[") else domain
    if at and local and domain:
        yield f"{local}@{domain}".replace("\0", " ").lower()
