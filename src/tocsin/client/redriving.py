"""Publishes dead letters again where they stood first, and tells what became of each.

What is published again is known by its name (`tocsin.messages.redriven`): said twice, also after a kill, it counts
once. It goes in steps: intake halts where many in a row are refused, so a step of which nothing was accepted ends it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import NamedTuple

import msgspec

from tocsin.client.publishing import NewRecord, Producer, Sent, producing
from tocsin.client.reading import Reader, opened
from tocsin.client.start import BEGINNING, NOW
from tocsin.domain.instant import Instant
from tocsin.messages.record import Record, Topic
from tocsin.messages.refused import DeadLetter, Wanted, once_more, read
from tocsin.settings import Settings

STEP_MAX = 200


class Became(StrEnum):
    """What became of a dead letter that was to be published again."""

    ACCEPTED = "accepted"
    REFUSED = "refused again"
    UNANSWERED = "no answer"
    TAKEN_IN = "accepted before"
    IMPOSSIBLE = "impossible"
    TO_SEND = "to be sent"


class Outcome(NamedTuple):
    """What became of the dead letter at `place`. `detail` is where it stands now, or why not."""

    place: str
    origin: str
    became: Became
    detail: str = ""


class Candidate(NamedTuple):
    """A dead letter that may be published again: the last attempt of its input. `before` is what is known already."""

    partition: int
    offset: int
    at: Instant
    place: str
    origin: str
    root: str
    name: str
    obstacle: str | None
    before: Outcome | None = None


class _Named(msgspec.Struct):
    redriven: str = ""


_decode = msgspec.json.Decoder(_Named).decode
_MARK = b'"redriven":"'


async def candidates(settings: Settings, wanted: Wanted, value: bytes | None = None) -> list[Candidate]:
    """The dead letters that are `wanted`, each input once, with what the inbox says of them.

    With `value` they are edited ones. Where an input was refused several times its last attempt counts, unless places
    are asked for.
    """
    last: dict[str, Candidate] = {}
    async with opened(settings, Topic.DEAD_LETTERS, BEGINNING) as reader:
        async for letter in _letters(reader):
            name = once_more(letter, value).name
            if wanted.has(letter):
                last.pop(name, None)
                last[name] = _candidate(letter, name, value)
            elif not wanted.places:
                last.pop(name, None)  # refused anew, and for another reason: that attempt is not asked for
    return await _with_what_is_known(settings, list(last.values()), edited=value is not None, named=bool(wanted.places))


def _candidate(letter: DeadLetter, name: str, value: bytes | None) -> Candidate:
    obstacle = letter.obstacle if value is None or letter.topic == Topic.DELIVERIES else None
    place = (letter.partition, letter.offset, letter.at, letter.place)
    return Candidate(*place, letter.origin, letter.root, name, obstacle)


async def _with_what_is_known(
    settings: Settings, found: list[Candidate], *, edited: bool, named: bool
) -> list[Candidate]:
    if not found:
        return []
    names, edits = await _taken_in(settings, found)
    return [each._replace(before=_before(each, names, {} if edited or named else edits)) for each in found]


def _before(each: Candidate, names: Mapping[str, str], edits: Mapping[str, str]) -> Outcome | None:
    if place := names.get(each.name):
        return Outcome(each.place, each.root, Became.TAKEN_IN, place)
    if place := edits.get(each.root):
        return Outcome(each.place, each.root, Became.TAKEN_IN, f"{place}, an edit of it; name its place to send it too")
    return Outcome(each.place, each.root, Became.IMPOSSIBLE, each.obstacle) if each.obstacle else None


async def _taken_in(settings: Settings, found: Iterable[Candidate]) -> tuple[dict[str, str], dict[str, str]]:
    """Where the inbox has an input of these, by name; and an edit of it, by the place where it first stood."""
    names, roots = {each.name for each in found}, {each.root for each in found}
    taken, edits = dict[str, str](), dict[str, str]()
    async with opened(settings, Topic.INBOX, min(each.at for each in found)) as reader:
        async for record in reader.to_end():
            name = _name_in(record)
            place = f"{record.name}/{record.partition}/{record.offset}"
            if name in names:
                taken.setdefault(name, place)
            elif (root := name.rpartition("/")[0]) in roots:
                edits.setdefault(root, place)
    return taken, edits


async def redrive(
    settings: Settings, chosen: Sequence[Candidate], seconds: float, value: bytes | None = None
) -> AsyncIterator[Outcome]:
    """Publish the `chosen` again, and yield what became of each, as it is known.

    Waits up to `seconds` for the answers to a step. Ends early at a step of which nothing was accepted.
    """
    left = {(each.partition, each.offset): each for each in chosen if each.before is None}
    size = max(1, min(STEP_MAX, settings.dead_letter_flood // 2))
    async with producing(settings) as producer, _answers(settings) as answers:
        async for step in _steps(settings, left, size):
            sent = [await _send(producer, settings, letter, value) for letter in step]
            taken = [await producer.confirmed(each) is not None for each in sent]
            names = [once_more(letter, value).name for letter in step]
            await answers.wait_for([name for name, is_there in zip(names, taken, strict=True) if is_there], seconds)
            outcomes = [
                answers.outcome(name, letter) if is_there else _too_large(letter)
                for name, letter, is_there in zip(names, step, taken, strict=True)
            ]
            for outcome in outcomes:
                yield outcome
            if not any(outcome.became is Became.ACCEPTED for outcome in outcomes):
                return


async def _steps(
    settings: Settings, left: dict[tuple[int, int], Candidate], size: int
) -> AsyncIterator[list[DeadLetter]]:
    """The dead letters of `left` by so many: only a step of them is held, however large they are."""
    if not left:
        return
    step: list[DeadLetter] = []
    async with opened(settings, Topic.DEAD_LETTERS, min(each.at for each in left.values())) as reader:
        async for letter in _letters(reader):
            if left.pop((letter.partition, letter.offset), None) is not None:
                step.append(letter)
            if len(step) == size or (step and not left):
                yield step
                step = []
            if not left:
                return
    if step:
        yield step


async def _send(producer: Producer, settings: Settings, letter: DeadLetter, value: bytes | None) -> Sent:
    again = once_more(letter, value)
    message = NewRecord(letter.value or b"" if value is None else value, letter.key, (*letter.headers, *again.headers))
    return await producer.send(settings.name_here(letter.topic), message, letter.origin_partition)


def _too_large(letter: DeadLetter) -> Outcome:
    return Outcome(letter.place, letter.root, Became.IMPOSSIBLE, f"It is larger than {letter.topic} takes.")


async def _letters(reader: Reader) -> AsyncIterator[DeadLetter]:
    async for record in reader.to_end():
        if (letter := read(record)) is not None:
            yield letter


def _name_in(record: Record) -> str:
    if _MARK not in (record.value or b""):
        return ""
    return _decode(record.value or b"").redriven


class _Answers:
    """What inbox and dead letters say of inputs that are published from now on, by their names."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[Became, str]] = {}
        self._news = asyncio.Event()

    async def listen(self, reader: Reader) -> None:
        async for record in reader.follow():
            self._hear(record)

    def _hear(self, record: Record) -> None:
        place = f"{record.name}/{record.partition}/{record.offset}"
        if record.topic is Topic.INBOX:
            name, said = _name_in(record), (Became.ACCEPTED, place)
        else:
            letter = read(record)
            if letter is None or not letter.redriven_from:
                return
            # of an array its elements are refused one by one; then it is known by its place
            name = letter.redriven_from if letter.element else once_more(letter).name
            said = Became.REFUSED, f"{letter.place}: {letter.reason}, {letter.detail}"
        if name:
            self._said.setdefault(name, said)
            self._news.set()

    async def wait_for(self, names: Sequence[str], seconds: float) -> None:
        """Returns when each has an answer, or after `seconds` without one."""
        try:
            while any(self._answer(name) is None for name in names):
                self._news.clear()
                async with asyncio.timeout(seconds):
                    await self._news.wait()
        except TimeoutError:
            return

    def outcome(self, name: str, letter: DeadLetter) -> Outcome:
        """What became of `letter`, which was published by that name."""
        unanswered = Became.UNANSWERED, "it was published; is a worker running?"
        return Outcome(letter.place, letter.root, *(self._answer(name) or unanswered))

    def _answer(self, name: str) -> tuple[Became, str] | None:
        return self._said.get(name) or self._said.get(name.rpartition("/")[0])


@asynccontextmanager
async def _answers(settings: Settings) -> AsyncIterator[_Answers]:
    answers = _Answers()
    async with opened(settings, Topic.INBOX, NOW) as log, opened(settings, Topic.DEAD_LETTERS, NOW) as dead:
        listening = [asyncio.create_task(answers.listen(reader)) for reader in (log, dead)]
        try:
            yield answers
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
