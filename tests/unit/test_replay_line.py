"""The line format of recorded files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.instant import parse
from tocsin.messages.record import INPUT_TOPICS, Output, Record, Topic
from tocsin.replay import line
from tocsin.replay.line import LineError

STAMP = parse("2026-03-01T09:00:00.250Z")


def text(**fields: object) -> bytes:
    return json.dumps(
        {"topic": "soc.calls", "recorded_at": "2026-03-01T10:00:00.25+01:00", "value": {}} | fields
    ).encode()


def test_only_topic_time_and_value_are_needed() -> None:
    assert line.read(text()) == (Topic.CALLS, STAMP, None, (), b"{}", None, None, "")


def test_an_objects_bytes_are_those_in_the_file() -> None:
    for value in (
        b'{"b": 1.50,  "a":1}',
        b'{"a":1,"a":2}',
        '{"é":"\\u0065"}'.encode(),
        b"[1]",
        b"1e400",
        b'{"a":"\xff"}',
    ):
        written = b'{"topic":"soc.calls","value": ' + value + b' , "recorded_at":"2026-03-01T09:00:00Z"}\n'
        assert line.read(written).value == value


@pytest.mark.parametrize(
    "value", [b'{"a":[NaN,-Infinity],"b":"\\"value\\":}"}', b'{"a":' * 10_000 + b"1" + b"}" * 10_000]
)
def test_what_intake_has_to_judge_reaches_it(value: bytes) -> None:
    written = (
        b'{"headers":{"value":"x"},"value":' + value + b',"topic":"soc.calls","recorded_at":"2026-03-01T09:00:00Z"}'
    )
    read = line.read(written)
    assert (read.value, read.headers) == (value, (("value", b"x"),))


def test_a_string_is_base64_and_null_a_tombstone() -> None:
    assert line.read(text(value="/wA=")).value == b"\xff\x00"
    assert line.read(text(value=None)).value is None


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (b"", "truncated"),
        (b"no json", "malformed"),
        (b'["a"]', "Expected `object`"),
        (b'{"topic":"soc.calls","recorded_at":"2026-03-01T09:00:00Z"}', "missing required field `value`"),
        (b'{"topic":"soc.calls","recorded_at":"2026-03-01T09:00:00Z","value":{"a":1,}}', "trailing comma"),
        (b'{"topic":"soc.calls","recorded_at":"2026-03-01T09:00:00Z","value":{"a":NaN', "malformed|truncated"),
        (b'{"topic":"soc.calls","value":{}}', "missing required field `recorded_at`"),
        (text(topic="soc.nothing"), "there is no topic .soc.nothing"),
        (text(recorded_at="2026-03-01T09:00:00"), "no RFC 3339 time with an offset"),
        (text(recorded_at="99999-01-01T00:00:00Z"), "no RFC 3339 time with an offset"),
        (text(recorded_at=1.5), r"Expected `int \| str`, got `float` - at `\$.recorded_at`"),
        (text(value="not base64!"), "base64"),
        (text(partition=-1), r"\$.partition"),
        (text(offset="1"), r"\$.offset"),
        (text(headers={"a": {"b": 1}}), r"\$.headers"),
        (b'{"topic":"soc.calls","recorded_at":"2026-03-01T09:00:00Z","key":"\xff","value":{}}', "utf-8"),
        (b"[" * 100_000, "nested too deeply|malformed|Expected"),
    ],
)
def test_a_malformed_line_is_refused_with_the_reason(written: bytes, complaint: str) -> None:
    with pytest.raises(LineError, match=complaint):
        line.read(written)


HEADERS = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.binary(max_size=5)),
    unique_by=lambda h: h[0],
)


@given(
    st.sampled_from(Topic),
    st.integers(0, 2**40),
    st.none() | st.binary(max_size=8),
    st.none()
    | st.binary(max_size=20)
    | st.binary(max_size=4).map(lambda b: b'{"a":"' + b + b'"}')
    | st.dictionaries(st.text(), st.floats() | st.text()).map(lambda d: json.dumps(d).encode()),
    HEADERS,
)
def test_what_is_written_is_read_back_to_the_byte(
    topic: Topic, stamp: int, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    own = "" if topic.by_worker else "acme.edr"
    record = Record(topic, 2, 7, stamp, key, value, tuple(headers), own)
    assert line.read(line.write(record)) == (topic, stamp, key, tuple(headers), value, 2, 7, own)


def test_a_header_that_occurs_twice_keeps_both_values() -> None:
    record = Record(Topic.CALLS, 0, 0, 0, None, b"", (("a", b"1"), ("b", b"2"), ("a", b"\xff"), ("a", b"3")))
    assert sorted(line.read(line.write(record)).headers) == sorted(record.headers)


def test_a_document_of_many_lines_becomes_one_line() -> None:
    record = Record(Topic.CALLS, 0, 0, 0, None, b'{\n "a": [\r\n1.0,\n 2]\n}\n', ())
    written = line.write(record)
    assert b"\n" not in written
    assert json.loads(written)["value"] == {"a": [1.0, 2]}


def test_what_has_not_been_on_a_topic_has_no_place() -> None:
    written = json.loads(line.write(Output(Topic.ALERTS, 0, b"k", b"{}", STAMP)))
    assert written == {
        "topic": "soc.alerts",
        "recorded_at": "2026-03-01T09:00:00.250Z",
        "key": "k",
        "headers": {},
        "value": {},
    }


def _jsonish() -> st.SearchStrategy[bytes]:
    """Values that look like what is embedded, with all that may make a reader change a byte of them."""
    objects = st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=5), st.integers(), st.floats()))
    spaces = st.sampled_from([b"", b" ", b"\n", b"\r\n", b"\t", b"\0", b"\xff", b"\xe2\x80\xa8"])
    return st.builds(
        lambda before, value, indent, after: before + json.dumps(value, indent=indent).encode() + after,
        spaces,
        objects,
        st.sampled_from([None, 1]),
        spaces,
    )


HEADER = st.tuples(st.sampled_from(["", "a", "b", "tenant"]), st.one_of(st.none(), st.just(b""), st.binary(max_size=3)))
RECORDS = st.builds(
    Record,
    st.sampled_from(list(Topic)),
    st.integers(0, 999),
    st.integers(0, 2**62),
    st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**42)),
    st.one_of(st.none(), st.binary(max_size=5), st.text(max_size=5).map(str.encode)),
    st.one_of(
        st.none(), st.binary(max_size=9), _jsonish(), st.sampled_from([b"{}", b"{", b'{"a":"\\ud800"}', b"{}{}"])
    ),
    st.lists(HEADER, max_size=5).map(tuple),
    st.just(""),
)


@given(RECORDS, st.text(max_size=3))
def test_what_is_written_faithfully_is_read_back_as_the_very_same_record(record: Record, own: str) -> None:
    if record.topic in INPUT_TOPICS:
        record = record._replace(own=own)
    written = line.write_faithfully(record)
    assert b"\n" not in written
    read = line.read(written + b"\n")
    place = (read.topic, read.partition or 0, read.offset or 0)
    assert Record(*place, read.recorded_at, read.key, read.value, read.headers, read.own) == record


def test_an_object_on_one_line_is_embedded_and_not_packed_away() -> None:
    record = Record(Topic.CALLS, 0, 1, STAMP, b"k", b'{"a": 1.50,"a":2}')
    assert b'"value":{"a": 1.50,"a":2}' in line.write_faithfully(record)
