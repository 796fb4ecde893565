"""Splits a file into messages: JSON lines, one JSON document of any layout, or one mail."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from tocsin.messages.record import RAW_MAIL, Topic

DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
"""No broker takes a longer message; a longer file consists of lines."""

_CHUNK_BYTES = 256 * 1024
_MAIL_HEADER = re.compile(rb"(?:From |[A-Za-z][A-Za-z0-9-]*:)")


class LineTooLong(ValueError):  # noqa: N818  # says what is the matter with the file
    """A line is longer than any message can be."""


def messages(stream: BinaryIO, topic: Topic) -> Iterator[list[bytes]]:
    """The messages in `stream` with their exact bytes, in lists, each as long as one read gives.

    A mail's file (only for `soc.emails`) and a JSON document over several lines are one message; anything else is
    one message a line, without the line's end, blank lines left out. Raises `LineTooLong`.
    """
    batches = _lines(stream)
    read: list[bytes] = []
    while not (first := next((line for line in read if line.strip()), b"")):
        batch = next(batches, None)
        if batch is None:
            return
        read += batch
    if _may_go_on(first, topic):
        for batch in batches:
            read += batch
            if sum(map(len, read)) > DOCUMENT_BYTES_MAX:
                break
        else:
            whole = b"\n".join(read)
            if not first.lstrip().startswith((b"{", b"[")) or _is_json(whole):
                yield [whole]
                return
    yield from ([line.removesuffix(b"\r") for line in batch if line.strip()] for batch in chain([read], batches))


def _lines(stream: BinaryIO) -> Iterator[list[bytes]]:
    r"""The lines of `stream` as they come in; joined by `\n` they are the stream again."""
    rest = b""
    while chunk := stream.read1(_CHUNK_BYTES):  # type: ignore[attr-defined]  # every buffered reader has it
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > DOCUMENT_BYTES_MAX:
            raise LineTooLong(f"a line is longer than {DOCUMENT_BYTES_MAX} bytes")
        yield whole
    yield [rest]


def _may_go_on(first: bytes, topic: Topic) -> bool:
    """True if the message that begins with the line `first` may have further lines."""
    if first.lstrip().startswith((b"{", b"[")):
        return not _is_json(first)
    return topic in RAW_MAIL and _MAIL_HEADER.match(first) is not None


def _is_json(text: bytes) -> bool:
    """True if `text` has the layout of one JSON document. Intake decides if its content is acceptable."""
    try:
        json.loads(text.decode("utf-8", "replace"), strict=False)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True
