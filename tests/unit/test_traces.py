"""A trace context comes in with the event or beside it; what is none is left out and refuses nothing."""

import json

import pytest
from tests.unit.taking import Take

from tocsin.domain.trace import Trace, trace_of
from tocsin.messages.record import Headers, Topic

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
DETECTION = {"signature": "1:2001219", "severity": "high", "asset": "10.0.0.1", "title": "SSH scan"}
ATTRIBUTES = {"specversion": "1.0", "id": "d-1", "source": "edr", "type": "tocsin.detection", "tenant": "acme"}
HEADER: Headers = (("traceparent", OTHER.encode()), ("tracestate", b"b=2"))


def event(**more: object) -> bytes:
    return json.dumps({**ATTRIBUTES, "data": DETECTION, **more}).encode()


def test_a_structured_event_has_its_own(take: Take) -> None:
    value = event(traceparent=PARENT, tracestate="a=1")
    assert take(Topic.SECURITY_EVENTS, value).input.trace == Trace(PARENT, "a=1")


def test_a_binary_event_has_it_in_its_headers(take: Take) -> None:
    attributes = {**ATTRIBUTES, "traceparent": PARENT, "tracestate": "a=1"}
    headers = tuple((f"ce_{name}", text.encode()) for name, text in attributes.items())
    taken = take(Topic.SECURITY_EVENTS, json.dumps(DETECTION).encode(), headers=(*headers, *HEADER))
    assert taken.input.trace == Trace(PARENT, "a=1")


def test_where_the_event_has_none_the_header_of_an_instrumented_producer_counts(take: Take) -> None:
    assert take(Topic.SECURITY_EVENTS, event(), headers=HEADER).input.trace == Trace(OTHER, "b=2")
    assert take(Topic.SECURITY_EVENTS, event(traceparent="none"), headers=HEADER).input.trace == Trace(OTHER, "b=2")
    assert take(Topic.SECURITY_EVENTS, event(traceparent=PARENT), headers=HEADER).input.trace == Trace(PARENT)


def test_a_sensors_own_format_has_it_beside_it(take: Take) -> None:
    line = {"event_type": "alert", "timestamp": "2026-03-01T08:00:00Z", "src_ip": "10.0.0.1", "dest_ip": "192.0.2.1"}
    value = json.dumps({**line, "alert": {"gid": 1, "signature_id": 7, "signature": "s", "severity": 1}}).encode()
    headers = (*HEADER, ("tenant", b"acme"))
    taken = take(Topic.SECURITY_EVENTS, value, b"[%s,%s]" % (value, value), headers=headers)
    assert [each.trace for each in taken.inputs] == [Trace(OTHER, "b=2")] * 3
    framed = event(type="org.example.alert", data=json.loads(value), traceparent=PARENT)
    assert take(Topic.SECURITY_EVENTS, framed, headers=headers).input.trace == Trace(PARENT)


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "none",
        PARENT.upper(),
        PARENT + "-00",
        PARENT[:-1],
        "ff" + PARENT[2:],
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        PARENT + "\n",
        7,
        None,
        [PARENT],
        "\u0660" * 55,
    ],
)
def test_what_is_no_traceparent_is_left_out(take: Take, parent: object) -> None:
    assert take(Topic.SECURITY_EVENTS, event(traceparent=parent, tracestate="a=1")).input.trace is None


def test_bytes_that_are_no_text_refuse_nothing(take: Take) -> None:
    headers = tuple((f"ce_{name}", text.encode()) for name, text in ATTRIBUTES.items())
    broken = (*headers, ("ce_traceparent", b"\xff"), ("traceparent", b"\xff"), ("ce_tracestate", b"\xff"))
    assert take(Topic.SECURITY_EVENTS, json.dumps(DETECTION).encode(), headers=broken).input.trace is None


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", True),
        ("a=1, ,b=2", True),
        ("fw529a3039@dt=FfSQ", True),
        ("a=" + "x" * 510, False),
        ("a=1\n", False),
        ("A=1", False),
        ("a", False),
        ("a=\u00e9", False),
        (",".join(f"k{i}=1" for i in range(33)), False),
        (7, False),
    ],
)
def test_a_tracestate_that_is_none_is_left_out_and_its_traceparent_stays(state: object, kept: bool) -> None:
    assert trace_of(PARENT, state) == Trace(PARENT, str(state) if kept else "")
