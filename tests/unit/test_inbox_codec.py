"""What goes into the inbox comes out of it, whatever it is."""

import json
import time
import timeit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.domain.commands.inbound import BODIES, Body, Detection, Input, Tick
from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import Severity
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic

STAMP = parse("2026-03-01T09:00:00.250Z")
DETECTION = Detection(signature="1:2001219", severity=Severity.HIGH, asset="10.0.0.1", title="SSH scan")

bodies = st.one_of(*(st.from_type(body) for body in dict.fromkeys(BODIES.values())))


def record(value: bytes, stamp: int = STAMP, offset: int = 7) -> Record:
    return Record(Topic.INBOX, 0, offset, stamp, b"acme", value)


def encoded(body: Body, time: int | None = STAMP) -> bytes:
    return inbox.encode(
        body, tenant="acme", source="sensor-1", input_id="a-1", time=time, salt="00ff", origin="soc.calls/0/123"
    )


@given(bodies)
def test_every_body_comes_back_as_it_went_in(body: Body) -> None:
    value = encoded(body)
    back = inbox.decode(record(value))
    assert back == Input(
        tenant="acme",
        source="sensor-1",
        id="a-1",
        recorded_at=STAMP,
        happened_at=STAMP,
        offset=7,
        body=body,
        salt="00ff",
    )
    assert type(back.body) is type(body)
    assert encoded(back.body) == value


@given(st.integers(min_value=-62_000_000_000_000, max_value=250_000_000_000_000))
def test_work_counts_at_its_time_but_never_later_than_its_stamp(time: int) -> None:
    back = inbox.decode(record(encoded(DETECTION, time)))
    assert back.happened_at == min(time, STAMP)
    assert back.recorded_at == STAMP
    assert not back.dated_by_arrival


def test_an_input_without_a_time_is_dated_by_its_stamp_and_marked() -> None:
    back = inbox.decode(record(encoded(DETECTION, None)))
    assert (back.happened_at, back.dated_by_arrival) == (STAMP, True)


def test_a_tick_is_only_its_stamp() -> None:
    back = inbox.decode(Record(Topic.INBOX, 0, 7, STAMP, None, inbox.TICK))
    assert back == Input(
        tenant="", source="", id="", recorded_at=STAMP, happened_at=STAMP, offset=7, body=Tick(), salt=""
    )


def test_the_record_is_a_cloudevent_with_the_names_of_the_wire() -> None:
    call = inbox.decode(
        record(
            b'{"specversion":"1.0","type":"tocsin.call.missed","tenant":"acme","source":"pbx","id":"1",'
            b'"data":{"call":"c","from":"+14165550100","to":"+18005550199"}}'
        )
    ).body
    envelope = json.loads(encoded(call))
    assert envelope == {
        "specversion": "1.0",
        "type": "tocsin.call.missed",
        "tenant": "acme",
        "source": "sensor-1",
        "id": "a-1",
        "time": "2026-03-01T09:00:00.250000Z",
        "salt": "00ff",
        "origin": "soc.calls/0/123",
        "data": {"call": "c", "from": "+14165550100", "to": "+18005550199"},
    }


def test_every_body_has_exactly_one_name_on_the_wire() -> None:
    assert {body.TYPE for body in map(example, BODIES.values())} == set(BODIES)
    assert set(BODIES.values()) == set(Body.__args__)


def example(body: type[Body]) -> Body:
    samples: list[Body] = []

    @settings(max_examples=1, database=None)
    @given(st.from_type(body))
    def draw(sample: Body) -> None:
        samples.append(sample)

    draw()
    return samples[0]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"not json",
        b"[]",
        b'{"type":"tocsin.from.the.future"}',
        b'{"type":"tocsin.tick","surprise":1}',
        b'{"type":"tocsin.detection","data":{"signature":"s","severity":"high","asset":"a","title":"t","new":1}}',
        b'{"type":"tocsin.detection","data":{"signature":"s","severity":"worse","asset":"a","title":"t"}}',
        b'{"type":"tocsin.desk.resume","time":"2026-03-01T09:00:00","data":{"ticket":"t","analyst":"a"}}',
        b'{"type":"tocsin.desk.resume","time":"99999-03-01T09:00:00Z","data":{"ticket":"t","analyst":"a"}}',
    ],
)
def test_a_record_that_this_version_cannot_read_stops_the_reader(value: bytes) -> None:
    with pytest.raises(inbox.InboxRecordUnreadable, match=r"soc\.inbox/0/7"):
        inbox.decode(record(value))


def test_reading_a_detection_takes_microseconds() -> None:
    detection = record(encoded(DETECTION))
    runs = timeit.repeat(lambda: inbox.decode(detection), timer=time.process_time, number=2_000, repeat=5)
    assert min(runs) / 2_000 < 30e-6, "measured at 3 us"
