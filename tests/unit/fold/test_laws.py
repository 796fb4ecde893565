"""What holds of every history: ticks say nothing, a restart is no event, a repeat changes nothing."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from driver import folded, values
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import SPACING, Step, closing_tick, log, tick, ticked
from random_histories import HISTORIES, histories

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.instant import DAY, HOUR
from tocsin.domain.vocabulary import Severity
from tocsin.engine import shard as engine
from tocsin.engine.deduplication import Deduplication
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Chunk, Output, Record, Topic

STATE = (Topic.TICKETS, Topic.TENANTS)


def said(outputs: Iterable[Output]) -> list[Output]:
    """What the world hears: the journal and the alerts, byte by byte."""
    return [output for output in outputs if output.topic not in STATE]


def state(outputs: Iterable[Output]) -> dict[bytes | None, bytes]:
    latest = {output.key: output.value for output in outputs if output.topic in STATE}
    return {key: value for key, value in latest.items() if value is not None}


@HISTORIES
@given(histories(silenced=True), st.data())
def test_more_or_fewer_ticks_change_no_alert_and_no_byte_of_the_journal(steps: list[Step], data: st.DataObject) -> None:
    records = log(steps)
    end = closing_tick(records)
    bare, mixed = Shard(0), Shard(0)
    assert said(folded(mixed, [*data.draw(ticked(records)), end])) == said(folded(bare, [*records, end]))
    assert mixed.next_deadline == bare.next_deadline


@HISTORIES
@given(histories(silenced=True), st.data())
def test_more_or_fewer_ticks_leave_the_same_state(steps: list[Step], data: st.DataObject) -> None:
    records = log(steps)
    end = closing_tick(records)
    bare = folded(Shard(0), [*records, end])
    mixed = folded(Shard(0), [*data.draw(ticked(records)), end])
    assert state(mixed) == state(bare)


@HISTORIES
@given(histories(silenced=True), st.data())
def test_it_does_not_matter_in_what_batches_the_log_is_read(steps: list[Step], data: st.DataObject) -> None:
    records = log(steps)
    records += [closing_tick(records)]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(records) - 1))))
    shard = Shard(0)
    batches = [records[start:end] for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True)]
    outputs = [output for batch in batches for output in folded(shard, batch)]
    once = folded(Shard(0), records)
    assert said(outputs) == said(once)
    assert state(outputs) == state(once)


def _restored(chunks: Sequence[Chunk], records: Sequence[Record], window: int, *, compacted: bool) -> Shard:
    """A new shard from what those chunks have saved, as a takeover would make it."""
    saved = [output for chunk in chunks for output in chunk.outputs if output.topic in STATE]
    if compacted:
        last = {(output.topic, output.key): place for place, output in enumerate(saved)}
        saved = [saved[place] for place in sorted(last.values())]
    shard = Shard(0, window)
    for output in saved:
        shard.load(output.topic, output.key or b"", output.value)
    position = chunks[-1].position
    start = shard.deduplication_start
    if start is not None:
        for record in records:
            if start <= record.offset < position:
                shard.remember(record)
    return shard


def _a_restart_changes_nothing(records: list[Record], data: st.DataObject) -> None:
    records = [*records, closing_tick(records, after=12 * HOUR)]
    window = data.draw(st.sampled_from((3, 10, 250_000)), label="deduplication window")
    live = Shard(0, window)
    chunks = list(live.fold(records))
    cut = data.draw(st.integers(1, len(chunks)), label="chunks before the restart")
    shard = _restored(chunks[:cut], records, window, compacted=data.draw(st.booleans(), label="compacted"))
    rest = [record for record in records if record.offset >= chunks[cut - 1].position]
    assert list(shard.fold(rest)) == chunks[cut:]
    assert shard.clock == live.clock
    assert shard.next_deadline == live.next_deadline
    assert shard.deadlines.next_deadlines() == live.deadlines.next_deadlines()
    assert shard.open_tickets() == live.open_tickets()
    assert shard.deduplication_start == live.deduplication_start


@settings(HISTORIES, max_examples=HISTORIES.max_examples // 2)
@given(histories(size=15, silenced=True), st.data())
def test_a_restart_at_any_chunk_gives_exactly_what_would_have_come(steps: list[Step], data: st.DataObject) -> None:
    """Chunks so small that they end within records: one output or a few each."""
    records = log(steps)
    whole = engine._CHUNK_OUTPUTS  # noqa: SLF001 - there is no other way to make chunks small
    engine._CHUNK_OUTPUTS = data.draw(st.sampled_from((1, 3, 30)), label="outputs a chunk")  # noqa: SLF001 - as above
    try:
        _a_restart_changes_nothing(records, data)
    finally:
        engine._CHUNK_OUTPUTS = whole  # noqa: SLF001 - as above


class Again(NamedTuple):
    """A history in which one input comes once more, and the same one with a tick in its place.

    It comes at `offset`, so many milliseconds `after_it`.
    """

    repeat: list[Record]
    tick: list[Record]
    offset: int
    after_it: int

    @classmethod
    def after(cls, records: Sequence[Record], place: int, repeated: Record) -> Self:
        before, after = records[: place + 1], [*records[place + 1 :], closing_tick(records)]
        stamp = max(record.timestamp for record in before)
        offset = records[place].offset + SPACING // 2
        again = repeated._replace(offset=offset, timestamp=stamp)
        with_repeat, with_tick = [*before, again, *after], [*before, tick(offset, stamp), *after]
        return cls(with_repeat, with_tick, offset, stamp - repeated.timestamp)


def _fresh(records: Iterable[Record]) -> set[int]:
    """The offsets of the inputs that the deduplication window does not know."""
    window = Deduplication(250_000)
    inputs = [inbox.decode(record) for record in records if record.value != inbox.TICK]
    return {each.offset for each in inputs if not window.is_repeat(each)}


@HISTORIES
@given(histories(silenced=True), st.data())
def test_the_same_input_again_changes_nothing_but_the_count_of_repeats(steps: list[Step], data: st.DataObject) -> None:
    """Against a tick in its place: time passes all the same. A later input may be known by this repeat alone."""
    records = log(steps)
    place = data.draw(st.integers(0, len(records) - 1))
    again = Again.after(records, place, data.draw(st.sampled_from(records[: place + 1])))
    with_repeat, with_tick = Shard(0), Shard(0)
    said_with_repeat, said_with_tick = said(folded(with_repeat, again.repeat)), said(folded(with_tick, again.tick))
    fresh = _fresh(again.repeat)
    assert again.after_it > DAY or again.offset not in fresh
    if fresh == _fresh(again.tick):
        assert said_with_repeat == said_with_tick
        assert with_repeat.counters.duplicates == with_tick.counters.duplicates + 1


def test_a_repeat_is_remembered_as_long_as_its_input() -> None:
    """What comes for a third time, over a day after the first and within a day of the second, is a repeat."""
    seen = Detection(signature="s1", severity=Severity.HIGH, asset="h", title="t")
    steps = [Step(gap, "acme", seen, input_id="dup-1") for gap in (0, 18 * HOUR, 18 * HOUR)]
    shard = Shard(0)
    folded(shard, log(steps))
    assert shard.counters.duplicates == 2


@HISTORIES
@given(histories(silenced=True))
def test_every_record_is_counted_once(steps: list[Step]) -> None:
    records = log(steps)
    records += [closing_tick(records)]
    shard = Shard(0)
    outputs = folded(shard, records)
    counts = shard.counters
    assert counts.accepted + counts.duplicates == len(records)
    assert counts.accepted == counts.tickets_opened + counts.joined + counts.noted
    opened = [event for event in values(outputs, Topic.TICKET_EVENTS) if event["type"] == "TicketOpened"]
    assert counts.tickets_opened == len(opened)
    alerts = [alert["data"]["kind"] for alert in values(outputs, Topic.ALERTS)]
    assert counts.alerts.total() == len(alerts)
