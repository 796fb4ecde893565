"""What a takeover loads of the state: what Kafka's compaction would leave, however little of it was compacted."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import islice
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_lane import INBOX, MemoryLog, Tally

from tocsin.messages.record import Output, Record, Topic
from tocsin.streams.core import takeover
from tocsin.streams.core.port import Source
from tocsin.streams.core.position import TakenIn

STATE = st.lists(st.tuples(st.sampled_from((b"a", b"b", b"c", b"d", b"e")), st.none() | st.binary(max_size=1)))


class Loaded(Tally):
    """Keeps what it is given, as a compacted topic would."""

    def __init__(self) -> None:
        super().__init__()
        self.state: dict[bytes, bytes | None] = {}
        self.records = 0

    def load(self, topic: Topic, key: bytes, value: bytes | None) -> None:
        self.records += 1
        self.state.pop(key, None)
        self.state[key] = value


class Chopped(MemoryLog):
    """Gives its history a few records at a time."""

    def __init__(self, state: Sequence[tuple[bytes, bytes | None]], at_a_time: int) -> None:
        super().__init__()
        self.written = [Output(Topic.TICKETS, 0, key, value, 0) for key, value in state]
        self._at_a_time = at_a_time

    async def history(
        self, source: Source, start: int | None, end: int | None
    ) -> AsyncGenerator[Sequence[Record], None]:
        async for records in super().history(source, start, end):
            left = iter(records)
            while some := list(islice(left, self._at_a_time)):
                yield some


def restored(log: MemoryLog) -> Loaded:
    step = Loaded()
    asyncio.run(takeover.take_over(log, INBOX, step, TakenIn(log)))
    return step


@given(STATE, st.integers(1, 6), st.integers(1, 6))
def test_however_the_state_is_read_what_stands_last_is_loaded_and_in_its_order(
    state: list[tuple[bytes, bytes | None]], at_a_time: int, keys_at_once: int
) -> None:
    last: dict[bytes, bytes | None] = {}
    for key, value in state:
        last.pop(key, None)
        last[key] = value
    with patch.object(takeover, "_KEYS_AT_ONCE", keys_at_once):
        found = restored(Chopped(state, at_a_time))
    assert list(found.state.items()) == list(last.items())


def test_a_ticket_that_changed_often_is_loaded_once() -> None:
    state = [(b"a", b"%d" % number) for number in range(500)]
    found = restored(Chopped([(b"b", b"other"), *state], 100))
    assert (found.state, found.records) == ({b"b": b"other", b"a": b"499"}, 2)
