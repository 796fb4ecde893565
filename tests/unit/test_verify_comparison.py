"""What was changed, removed, added or moved is found at its place, wherever that is."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.said import begun, history, recorded, said_of

from tocsin.messages.record import Output, Record, Topic
from tocsin.verify.comparison import Comparison
from tocsin.verify.difference import Difference, Kind, Place

SAID = said_of(begun(history().inbox.records))
TOPICS = st.sampled_from((Topic.TICKET_EVENTS, Topic.ALERTS))
PARTS = ("key", "value", "timestamp", "headers")


def outputs(topic: Topic) -> list[Output]:
    return [Output(topic, 0, it.key, it.value, it.timestamp, it.headers) for it in SAID[topic]]


def compared(topic: Topic, found: Sequence[Record], *, begins_later: bool = False, owed: int = 10**6) -> Comparison:
    comparison = Comparison(Place(topic, 0), iter(found), begins_later=begins_later)
    for number, output in enumerate(outputs(topic)):
        comparison.expect(output, owed=number < owed)
    comparison.finish(whole=True, complete=True)
    return comparison


def difference(topic: Topic, found: Sequence[Record]) -> Difference:
    comparison = compared(topic, found)
    assert comparison.difference is not None
    return comparison.difference


@st.composite
def places(draw: st.DrawFn, count: int = 1) -> tuple[Topic, list[Record], list[int]]:
    """A topic, its records, and some places among them in their order."""
    topic = draw(TOPICS)
    at = draw(st.lists(st.integers(0, len(SAID[topic]) - 1), min_size=count, max_size=count, unique=True))
    return topic, list(SAID[topic]), sorted(at)


def flipped(record: Record, part: str, bit: int) -> Record:
    if part == "timestamp":
        return record._replace(timestamp=record.timestamp ^ 1 << bit % 40)
    if part == "headers":
        return record._replace(headers=(("h", b"v"),))
    data = bytearray(getattr(record, part))
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    return record._replace(key=bytes(data)) if part == "key" else record._replace(value=bytes(data))


def test_the_log_of_these_tests_says_something_on_both_topics() -> None:
    assert min(len(SAID[Topic.TICKET_EVENTS]), len(SAID[Topic.ALERTS])) > 8


@given(TOPICS)
def test_what_was_not_touched_does_not_differ(topic: Topic) -> None:
    comparison = compared(topic, SAID[topic])
    assert (comparison.difference, comparison.compared) == (None, len(SAID[topic]))
    assert comparison.next == SAID[topic][-1].offset + 1


@given(places(), st.sampled_from(PARTS), st.integers(0, 10**5))
def test_one_flipped_bit_is_found_in_its_record(
    place: tuple[Topic, list[Record], list[int]], part: str, bit: int
) -> None:
    topic, found, [at] = place
    found[at] = flipped(found[at], part, bit)
    told = difference(topic, found)
    assert (told.kind, told.offset) == (Kind.CHANGED, found[at].offset)
    assert (told.field or "").startswith(part)
    assert told.found != told.recomputed


@given(places())
def test_one_removed_record_is_found_where_it_stood(place: tuple[Topic, list[Record], list[int]]) -> None:
    topic, found, [at] = place
    removed = found.pop(at)
    told = difference(topic, found)
    follower = found[at].offset if at < len(found) else None
    assert (told.kind, told.offset) == (Kind.MISSING, follower)
    assert told.recomputed == msgspec.json.decode(removed.value or b"")


@given(places(), st.integers(0, 10**4), st.booleans())
def test_one_added_record_is_found_where_it_stands(
    place: tuple[Topic, list[Record], list[int]], other: int, copied: bool
) -> None:
    topic, found, [at] = place
    source = found[other % len(found)] if copied else Record(topic, 0, 0, 5, b"k", b'{"id": "forged"}')
    added = source._replace(offset=found[at].offset)
    later = [each._replace(offset=each.offset + 1) for each in found[at:]]
    told = difference(topic, [*found[:at], added, *later])
    alike = (added.key, added.value) == (later[0].key, later[0].value)  # of two that are alike the second is too many
    assert (told.kind, told.offset) == (Kind.ADDED, later[0].offset if alike else added.offset)


@given(TOPICS)
def test_one_added_behind_the_last_is_found(topic: Topic) -> None:
    added = Record(topic, 0, SAID[topic][-1].offset + 1, 5, b"k", b'{"id": "forged"}')
    told = difference(topic, [*SAID[topic], added])
    assert (told.kind, told.offset) == (Kind.ADDED, added.offset)


@given(places(2))
def test_two_that_have_changed_places_are_found_and_both_places_told(
    place: tuple[Topic, list[Record], list[int]],
) -> None:
    topic, found, [one, other] = place
    before, after = found[one], found[other]
    found[one], found[other] = after._replace(offset=before.offset), before._replace(offset=after.offset)
    told = difference(topic, found)
    assert (told.kind, told.offset, told.stands_at) == (Kind.REORDERED, before.offset, after.offset)


@given(places(), st.integers(1, 5))
def test_what_is_not_there_any_more_is_not_compared_and_what_is_there_is(
    place: tuple[Topic, list[Record], list[int]], gone: int
) -> None:
    topic, found, [at] = place
    kept = found[gone:]
    comparison = compared(topic, kept, begins_later=True)
    assert (comparison.difference, comparison.begin) == (None, kept[0].offset)
    at %= len(kept)
    kept[at] = flipped(kept[at], "value", 9)
    told = compared(topic, kept, begins_later=True).difference
    assert told is not None
    assert (told.kind, told.offset) == (Kind.CHANGED, kept[at].offset)


@given(places())
def test_what_was_not_applied_yet_is_not_missing_and_what_was_is(
    place: tuple[Topic, list[Record], list[int]],
) -> None:
    topic, found, [at] = place
    assert compared(topic, found[:at], owed=at).difference is None
    told = compared(topic, found[:at], owed=at + 1).difference
    assert told is not None
    assert told.kind is Kind.MISSING


def test_what_appears_while_it_is_awaited_is_not_missing() -> None:
    found = SAID[Topic.ALERTS]
    asked: list[int] = []

    def again(start: int) -> Iterator[Record]:
        asked.append(start)
        return iter(found[-1:])

    comparison = Comparison(Place(Topic.ALERTS, 0), iter(found[:-1]), look_again=again)
    for output in outputs(Topic.ALERTS):
        comparison.expect(output)
    comparison.finish(whole=True, complete=True)
    assert (comparison.difference, asked) == (None, [found[-2].offset + 1])


def test_persons_may_be_forgotten_in_the_journal_and_that_is_counted() -> None:
    journal = SAID[Topic.TICKET_EVENTS]

    def forgotten(record: Record) -> Record:
        value = msgspec.json.decode(record.value or b"")
        value.pop("persons", None)
        return record._replace(value=msgspec.json.encode(value))

    comparison = compared(Topic.TICKET_EVENTS, [forgotten(each) for each in journal])
    assert comparison.difference is None
    assert comparison.forgotten == sum(b'"persons":' in (each.value or b"") for each in journal) > 0
    later = compared(Topic.TICKET_EVENTS, [forgotten(each) for each in journal[3:]], begins_later=True)
    assert (later.difference, later.compared) == (None, len(journal) - 3)


CHANGES: list[tuple[Any, Any, str, Any, Any]] = [
    ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "value.a.b[1]", 2, 3),
    ({"a": 1}, {"a": 1, "b": None}, "value.b", None, None),
    ({"a": [1]}, {"a": [1, 2]}, "value.a[1]", None, 2),
    ({"a": 1}, {"a": True}, "value.a", 1, True),
    ({"hash": "h", "prev": "p", "type": "A"}, {"hash": "g", "prev": "o", "type": "B"}, "value.type", "A", "B"),
    ({"hash": "h", "prev": "p", "type": "A"}, {"hash": "g", "prev": "p", "type": "A"}, "value.hash", "h", "g"),
]


@pytest.mark.parametrize(("found", "must", "field", "is_", "should"), CHANGES, ids=str)
def test_the_field_that_differs_is_named_with_both_values(
    found: Any, must: Any, field: str, is_: Any, should: Any
) -> None:
    output = Output(Topic.ALERTS, 0, b"k", msgspec.json.encode(must), 5)
    record = recorded(msgspec.structs.replace(output, value=msgspec.json.encode(found)), 0, 7)
    comparison = Comparison(Place(Topic.ALERTS, 0), iter([record]))
    comparison.expect(output)
    comparison.finish(whole=True, complete=True)
    told = comparison.difference
    assert told is not None
    assert (told.field, told.found, told.recomputed) == (field, is_, should)


def test_a_record_about_a_tenant_is_told_as_one_without_a_ticket() -> None:
    found = list(SAID[Topic.TICKET_EVENTS])
    numbers = [msgspec.json.decode(it.value or b"")["number"] for it in found]
    for at in (numbers.index(None), next(at for at, number in enumerate(numbers) if number)):
        changed = [*found[:at], found[at]._replace(timestamp=7), *found[at + 1 :]]
        assert difference(Topic.TICKET_EVENTS, changed).ticket == numbers[at]


def test_what_is_no_json_is_told_as_it_is() -> None:
    output = Output(Topic.ALERTS, 0, b"k", b'{"a": 1}', 5)
    comparison = Comparison(Place(Topic.ALERTS, 0), iter([recorded(output, 0, 7)._replace(value=b"\xff{")]))
    comparison.expect(output)
    comparison.finish(whole=True, complete=True)
    assert comparison.difference is not None
    assert (comparison.difference.field, comparison.difference.found) == ("value", "\\xff{")
