"""Where a partition goes on: group, state and log must agree, and where the group knows nothing the others do."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import cast

import pytest

from tocsin.messages.dead_letters import DeadLetterReason, Rejected, dead_letter
from tocsin.messages.record import Record, Topic
from tocsin.streams.core.port import DamagedError, Extent, Log, Source
from tocsin.streams.core.position import TakenIn, inbox_position, input_position

INBOX = Source(Topic.INBOX, 1)
CALLS = Source(Topic.CALLS, 0)


class MemoryLog:
    """Of the port's log, what is asked here; `records` stand in the partitions that they name."""

    def __init__(self, *records: Record) -> None:
        self.records = records
        self.readings = 0
        self.is_read = asyncio.Event()

    def partitions(self, topic: Topic) -> int:
        return 2

    async def history(
        self, source: Source, start: int | None, end: int | None
    ) -> AsyncGenerator[Sequence[Record], None]:
        self.readings += 1
        self.is_read.set()
        yield []
        await asyncio.sleep(0)
        yield [
            r
            for r in self.records
            if Source(r.topic, r.partition, r.own) == source and (start or 0) <= r.offset < (end or 10_000)
        ]


def log_of(*records: Record) -> Log:
    return cast("Log", MemoryLog(*records))


def inbox(offset: int, origin: str = "") -> Record:
    value = b'{"v":1,"type":"tocsin.call.missed","origin":"%s"}' % origin.encode()
    return Record(Topic.INBOX, 1, offset, 0, b"acme", value)


def letter(of: Source, offset: int) -> Record:
    came = Record(of.topic, of.partition, offset, 0, None, b"rubbish", own=of.own)
    output = dead_letter(came, Rejected(DeadLetterReason.NOT_JSON, "x"))
    return Record(Topic.DEAD_LETTERS, 0, 5, 0, output.key, output.value, output.headers)


@pytest.mark.parametrize(
    ("extent", "applied", "position"),
    [
        (Extent(0, 0, None), None, 0),
        (Extent(7, 9, None), None, 7),
        (Extent(0, 90, 50), 50, 50),
        (Extent(0, 90, 53), 50, 53),  # markers of transactions stand between
        (Extent(0, 90, None), 50, 50),
        (Extent(0, 90, 20), 50, 50),
        (Extent(60, 90, 50), 50, 60),
    ],
    ids=[
        "nothing yet",
        "nothing read yet",
        "they agree",
        "behind markers",
        "the group's offset has expired",
        "the group's offset is older than the state",
        "records were deleted before they were read",
    ],
)
async def test_an_inbox_goes_on_where_its_state_ends(extent: Extent, applied: int | None, position: int) -> None:
    log = log_of(inbox(40), inbox(49), inbox(53), inbox(60))
    assert await inbox_position(log, INBOX, extent, applied) == position


@pytest.mark.parametrize("applied", [None, 40], ids=["all of it", "its end"])
async def test_an_inbox_whose_state_is_missing_is_not_read_on(applied: int | None) -> None:
    with pytest.raises(DamagedError, match=r"soc\.inbox/1 .* state is missing"):
        await inbox_position(log_of(inbox(40), inbox(49)), INBOX, Extent(0, 90, 50), applied)


@pytest.mark.parametrize("extent", [Extent(0, 30, 50), Extent(0, 30, None)])
async def test_a_log_that_ends_before_what_was_applied_is_not_read_on(extent: Extent) -> None:
    with pytest.raises(DamagedError, match="ends at offset 30, and 50 of it were applied"):
        await inbox_position(log_of(), INBOX, extent, 50)


@pytest.mark.parametrize(
    ("extent", "position"),
    [
        (Extent(0, 90, 50), 50),
        (Extent(60, 90, 50), 60),
        (Extent(5, 5, None), 5),
        (Extent(0, 90, None), 34),
        (Extent(70, 90, None), 70),
    ],
    ids=["where the group stands", "deleted before it was read", "empty", "behind what was taken in", "all newer"],
)
async def test_an_input_goes_on_behind_what_stands_in_the_inbox_or_among_the_dead_letters(
    extent: Extent, position: int
) -> None:
    taken_in = inbox(1, "soc.calls/0/31"), inbox(2, "soc.calls/1/80"), inbox(3, "soc.emails/0/99"), inbox(4)
    log = log_of(*taken_in, letter(CALLS, 33))
    assert await input_position(TakenIn(log), CALLS, extent) == position


async def test_a_dead_letter_of_somebody_else_says_nothing() -> None:
    log = log_of(Record(Topic.DEAD_LETTERS, 0, 0, 0, None, b""))
    assert await input_position(TakenIn(log), CALLS, Extent(3, 9, None)) == 3


async def test_one_reading_of_the_inbox_answers_all_who_ask_before_it_begins() -> None:
    own = [Source(Topic.CALLS, 0, f"client-{number}") for number in range(50)]
    log = MemoryLog(*(inbox(number, f"{source}/{number}") for number, source in enumerate(own)), letter(own[3], 70))
    taken_in = TakenIn(cast("Log", log))
    found = await asyncio.gather(*(taken_in.behind(source) for source in [*own, CALLS]))
    assert found == [71 if number == 3 else number + 1 for number in range(50)] + [0]
    assert log.readings == 4  # of two topics with two partitions each


async def test_who_asks_while_the_inbox_is_read_gets_an_answer_of_another_reading() -> None:
    log = MemoryLog(inbox(1, "soc.calls/0/31"))
    taken_in = TakenIn(cast("Log", log))
    first = asyncio.create_task(taken_in.behind(CALLS))
    await log.is_read.wait()
    assert (await taken_in.behind(CALLS), await first, log.readings) == (32, 32, 8)
