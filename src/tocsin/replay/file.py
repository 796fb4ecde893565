"""Replay of a recorded file: the fold alone."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from tocsin.domain.instant import Instant
from tocsin.messages.known_tenants import Tenants
from tocsin.messages.record import Output, Topic
from tocsin.replay import line
from tocsin.replay.fold import InboxReplay, InputReplay, MakeFolding, Replay, shard_of
from tocsin.replay.line import LINE_BYTES_MAX, Line, LineError

Numbered = tuple[int, Line]


class MalformedLine(ValueError):  # noqa: N818  # says what is the matter with the file
    """A line of the file cannot be replayed; the message names its number."""


def replay(
    stream: BinaryIO,
    tenants: Tenants,
    until: Instant | None,
    say: Callable[[Output], None],
    make: MakeFolding = shard_of,
) -> Replay:
    """Fold the lines of `stream`, calling `say` with every ticket event, alert and dead letter in order.

    The first line decides whether it is a file of input topics or of `soc.inbox`. `make` makes the fold over each
    partition. Raises `MalformedLine`, or `Unreplayable`.
    """
    lines = _lines(stream)
    first = next(lines, None)
    from_inbox = first is not None and first[1].topic is Topic.INBOX
    fold: Replay = InboxReplay(until, make) if from_inbox else InputReplay(tenants, until, make)
    for number, each in chain([first] if first else [], lines):
        try:
            for output in fold.feed(each, number):
                say(output)
        except LineError as error:
            raise MalformedLine(f"line {number}: {error}") from error
    for output in fold.finish():
        say(output)
    return fold


def _lines(stream: BinaryIO) -> Iterator[Numbered]:
    """The lines that are not blank, numbered from 1."""
    number = 0
    while text := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(text) > LINE_BYTES_MAX:
            raise MalformedLine(f"line {number}: longer than {LINE_BYTES_MAX} bytes")
        if text.strip():
            yield number, _read(text, number)


def _read(text: bytes, number: int) -> Line:
    try:
        return line.read(text)
    except LineError as error:
        raise MalformedLine(f"line {number}: {error}") from error
