"""The parts of a record that can hold text: members of JSON, headers and bodies of a mail, or all of it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tocsin.forgetting.readings import texts_of
from tocsin.messages.mail import words
from tocsin.messages.mail.headers import Headers, looks_like_mail
from tocsin.messages.mail.parts import content, parts

_HALVES = re.compile("[\ud800-\udfff]")
_CHARACTER_SET = re.compile(r'charset\s*=\s*"?([^\s";]{1,40})', re.IGNORECASE)


class Part(NamedTuple):
    """A text and the field that it stands in, such as `data.from`; the name is empty for all of a value."""

    field: str
    text: str


def parts_of(data: bytes) -> Iterator[Part]:
    """The texts in `data`, as they are written there: what is encoded within them is not decoded."""
    try:
        document = json.loads(data.decode("utf-8", "surrogateescape"), object_pairs_hook=list, strict=False)
    except (ValueError, RecursionError):
        if looks_like_mail(data):
            yield from _of_mail(data)
        yield from (Part("", text) for text in texts_of(data))  # also of a mail: it may be cut off, or broken
    else:
        yield from _of_json(document)


def _of_json(document: Any) -> Iterator[Part]:
    """Members one by one; of a name that stands there twice both. An object is a list of pairs here."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        field, value = waiting.pop()
        if isinstance(value, tuple):
            name, value = value
            yield from _texts(field, name)
            field = f"{field}.{name}" if field else name
        if isinstance(value, list):
            waiting += ((field, each) for each in reversed(value))
        elif value is not None and not isinstance(value, bool):
            yield from _texts(field, str(value))


def _texts(field: str, text: str) -> Iterator[Part]:
    yield Part(field, text)
    if not text.isascii() and _HALVES.search(text):  # bytes that are no UTF-8
        yield from (Part(field, each) for each in texts_of(_bytes(text)))


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _of_mail(data: bytes) -> Iterator[Part]:
    """Headers and bodies, as deep and as many as intake reads them."""
    mail = Headers(data)
    yield from _headers(mail)
    for part in parts(mail):
        if part is not mail:
            yield from _headers(part)
        charset = _CHARACTER_SET.search(part.text("content-type"))
        body = content(part)
        yield Part("body", words.text(body, charset[1] if charset else ""))
        yield from (Part("body", text) for text in texts_of(body))


def _headers(mail: Headers) -> Iterator[Part]:
    return (Part(f"header {name}", text) for name in mail.names() for text in mail.all(name))
