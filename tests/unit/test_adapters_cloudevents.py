"""CloudEvents in both modes, and what decides between them."""

import base64
import json
from typing import Any

import pytest
from tests.unit.taking import Take

from tocsin.messages.record import Headers, Topic

DETECTION = {"signature": "1:2001219", "severity": "high", "asset": "10.0.0.1", "title": "SSH scan"}
ATTRIBUTES = {"specversion": "1.0", "id": "d-1", "source": "edr", "type": "tocsin.detection", "tenant": "acme"}
ENCODED = base64.b64encode(json.dumps(DETECTION).encode()).decode()
HEADERS: Headers = tuple((f"ce_{name}", f"{text}".encode()) for name, text in ATTRIBUTES.items())


def event(**more: Any) -> bytes:
    return json.dumps({**ATTRIBUTES, "data": DETECTION, **more}).encode()


def test_content_type_decides_that_an_event_with_attributes_beside_it_is_structured(take: Take) -> None:
    headers = (("content-type", b"application/cloudevents+json; charset=UTF-8"), *HEADERS)
    assert take(Topic.SECURITY_EVENTS, event(id="d-2"), headers=headers).input.id == "d-2"


@pytest.mark.parametrize("header", ["Content-Type", "content-type"])
def test_attributes_beside_any_other_content_are_the_event(take: Take, header: str) -> None:
    for media_type in (b"application/json", b"application/vnd.tocsin.detection+json; charset=utf-8", b"TEXT/JSON"):
        headers = ((header, media_type), *HEADERS)
        assert take(Topic.SECURITY_EVENTS, json.dumps(DETECTION).encode(), headers=headers).input.id == "d-1"


@pytest.mark.parametrize("media_type", ["application/cloudevents+avro", "application/cloudevents+protobuf"])
def test_other_encodings_of_events_are_refused_by_name(take: Take, media_type: str) -> None:
    headers = (("content-type", media_type.encode()),)
    for value in (b"\x0a\x03abc", event()):
        assert take(Topic.SECURITY_EVENTS, value, headers=headers).reason == "unsupported_content"


def test_data_that_is_json_in_base64_is_read(take: Take) -> None:
    value = json.dumps({**ATTRIBUTES, "data_base64": ENCODED}).encode()
    assert take(Topic.SECURITY_EVENTS, value).input.body.signature == "1:2001219"
    typed = json.dumps({**ATTRIBUTES, "datacontenttype": "application/json", "data_base64": ENCODED}).encode()
    assert take(Topic.SECURITY_EVENTS, typed).input.body.signature == "1:2001219"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"data_base64": "no base64!"}, "invalid_data"),
        ({"data_base64": "\u00e9"}, "invalid_data"),
        ({"data_base64": base64.b64encode(b"\xff").decode()}, "not_utf8"),
        ({"data_base64": base64.b64encode(b"{").decode()}, "not_json"),
        ({"data_base64": base64.b64encode(b"[" * 99).decode()}, "too_deep"),
        ({"data_base64": 7}, "invalid_envelope"),
        ({"data_base64": ENCODED, "data": DETECTION}, "invalid_envelope"),
        ({"data_base64": ENCODED, "datacontenttype": "image/png"}, "unsupported_content"),
    ],
)
def test_data_in_base64_that_is_no_json_is_a_dead_letter(take: Take, more: dict[str, Any], reason: str) -> None:
    assert take(Topic.SECURITY_EVENTS, json.dumps(ATTRIBUTES | more).encode()).reason == reason


def test_an_event_of_another_type_is_a_frame_around_the_message_of_a_sensor(take: Take) -> None:
    alert = {"event_type": "alert", "alert": {"signature_id": 7, "severity": 1}, "dest_ip": "10.0.0.1"}
    structured = take(Topic.SECURITY_EVENTS, event(type="com.example.alert", data=alert)).input
    headers = tuple((name, b"com.example.alert" if name == "ce_type" else text) for name, text in HEADERS)
    binary = take(Topic.SECURITY_EVENTS, json.dumps(alert).encode(), headers=headers).input
    assert structured.body == binary.body
    assert (structured.tenant, binary.tenant) == ("acme", "acme")
    assert structured.body.signature == "1:7"


@pytest.mark.parametrize("kind", ["tocsin.detections", "com.example.alert"])
def test_an_event_of_another_type_around_nothing_known_is_a_dead_letter(take: Take, kind: str) -> None:
    assert take(Topic.SECURITY_EVENTS, event(type=kind)).reason == "unknown_type"
