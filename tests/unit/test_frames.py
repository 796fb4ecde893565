"""Frames around messages: what is inside is taken as if it had come alone."""

import base64
import gzip
import json
import tracemalloc
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.taking import Take

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.instant import parse
from tocsin.messages.arrival import FRAMES_MAX, PARTS_MAX
from tocsin.messages.intake import Intake, IntakeFlooded, Limits
from tocsin.messages.origin import Origin, origin
from tocsin.messages.record import Headers, Record, Topic
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory

STAMP = parse("2026-03-01T09:00:00Z")
ACME: Headers = (("tenant", b"acme"),)
DETECTION: dict[str, Any] = {"signature": "1:2001219", "severity": "high", "asset": "10.0.0.1", "title": "SSH scan"}
ALERT = {
    "timestamp": "2026-02-28T11:01:38.221126-0600",
    "event_type": "alert",
    "src_ip": "222.186.56.46",
    "dest_ip": "192.168.0.2",
    "alert": {"gid": 1, "signature_id": 2001219, "signature": "ET SCAN Potential SSH Scan", "severity": 2},
}


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": f"d-{number}", "source": "edr", "type": "tocsin.detection"}
    return {**envelope, "tenant": "acme", "data": DETECTION, **more}


def dumped(document: object) -> bytes:
    return json.dumps(document).encode()


def test_an_array_of_n_is_n_inputs_with_ids_of_their_own(take: Take) -> None:
    taken = take(
        Topic.SECURITY_EVENTS, dumped([event(1), ALERT, event(2), ALERT | {"src_ip": "10.9.9.9"}]), headers=ACME
    )
    first, alert, second, other = taken.inputs
    assert (first.id, second.id) == ("d-1", "d-2")
    assert alert.id != other.id
    assert {it.tenant for it in taken.inputs} == {"acme"}
    assert not taken.letters


def test_an_element_has_the_same_id_in_whatever_array_it_comes(take: Take) -> None:
    alone = json.dumps(ALERT, separators=(",", ":")).encode()
    (once,) = take(Topic.SECURITY_EVENTS, alone, headers=ACME).inputs
    *_, again = take(
        Topic.SECURITY_EVENTS, b" [\n" + dumped(event()) + b", " + dumped(ALERT) + b"]", headers=ACME
    ).inputs
    assert once.id == again.id == sha256(b"acme\0soc.security-events\0" + alone).hexdigest()
    assert once.salt == again.salt


def test_what_is_wrong_with_one_element_disturbs_no_other(take: Take) -> None:
    wrong = event(2, data={"signature": "s"})
    headers = (*ACME, ("trace", b"7"), ("long", b"x" * 2_000))
    taken = take(Topic.SECURITY_EVENTS, dumped([event(1), wrong, 7, event(3)]), headers=headers)
    assert [it.id for it in taken.inputs] == ["d-1", "d-3"]
    told = [{name.removeprefix("tocsin-"): text.decode() for name, text in it.headers} for it in taken.letters]
    assert [(it["reason"], it["origin-element"]) for it in told] == [("invalid_data", "1"), ("unknown_shape", "2")]
    assert [json.loads(it.value or b"") for it in taken.letters] == [wrong, 7]
    assert all(it["trace"] == "7" and "long" not in it for it in told)


def test_all_of_an_array_is_in_one_transaction_and_names_its_record(example_tenants: TenantDirectory) -> None:
    records = [
        Record(Topic.SECURITY_EVENTS, 2, number, STAMP, None, dumped([event(number), {}] * 400), ())
        for number in range(20)
    ]
    chunks = list(Intake(example_tenants, 1, Limits(value_bytes=1_000_000)).fold(records))
    assert len(chunks) > 1
    places = [
        {origin(Record(it.topic, 0, 0, STAMP, it.key, it.value, it.headers)) for it in chunk.outputs}
        for chunk in chunks
    ]
    assert sum(map(len, places)) == 20
    assert Origin(Topic.SECURITY_EVENTS, 2, chunks[0].position - 1) in places[0]
    assert sum(len(chunk.outputs) for chunk in chunks) == 20 * 800 + 1


def test_a_flood_counts_records_and_an_element_that_is_accepted_ends_it(example_tenants: TenantDirectory) -> None:
    def record(*elements: object) -> Record:
        return Record(Topic.SECURITY_EVENTS, 2, 0, STAMP, None, dumped(elements), ())

    intake = Intake(example_tenants, 1, Limits(flood=3))
    bad, mixed = record({}, {}, {}, {}), record({}, event(), {})
    list(intake.fold([bad, bad, mixed, bad, bad]))
    assert (intake.accepted, intake.dead_letters) == (1, {"unknown_shape": 18})
    with pytest.raises(IntakeFlooded, match="3 dead letters in a row"):
        list(intake.fold([bad]))


def test_an_array_that_is_empty_or_has_too_many_elements_is_one_dead_letter(take: Take) -> None:
    assert take(Topic.SECURITY_EVENTS, b"[]").reason == "empty"
    taken = take(Topic.SECURITY_EVENTS, dumped([1] * (PARTS_MAX + 1)))
    assert (taken.reason, len(taken.letters)) == ("too_large", 1)
    nested = take(Topic.SECURITY_EVENTS, dumped([[1] * (PARTS_MAX - 2), [event()]]), headers=ACME)
    assert [dict(it.headers)["tocsin-origin-element"] for it in nested.letters[-2:]] == [b"0.997", b"1"]
    assert dict(nested.letters[-1].headers)["tocsin-reason"] == b"too_large"


@pytest.mark.parametrize(("frames", "reason"), [(FRAMES_MAX, None), (FRAMES_MAX + 1, "too_deep")])
def test_frames_nest_at_most_three_deep(take: Take, frames: int, reason: str | None) -> None:
    value = b"[" * frames + dumped(event()) + b"]" * frames
    assert take(Topic.SECURITY_EVENTS, value).reason == reason


def test_an_array_that_is_the_data_of_one_event_is_not_taken_apart(take: Take) -> None:
    attributes = {"specversion": "1.0", "id": "d-1", "source": "edr", "type": "tocsin.detection", "tenant": "acme"}
    headers = tuple((f"ce_{name}", text.encode()) for name, text in attributes.items())
    taken = take(Topic.SECURITY_EVENTS, dumped([DETECTION, DETECTION]), headers=headers)
    assert (taken.reason, len(taken.letters), taken.inputs) == ("unknown_shape", 1, [])


@pytest.mark.parametrize("topic", [Topic.CALLS, Topic.EMAILS, Topic.DESK])
def test_every_topic_takes_arrays(take: Take, topic: Topic) -> None:
    assert take(topic, b"[{}, 7]").letters[1].value == b"7"


COMPACT = json.dumps(ALERT, separators=(",", ":"))
CEF = "CEF:0|Security|threatmanager|1.0|100|worm successfully stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232"
FINDING = json.loads((Path(__file__).parents[1] / "data" / "ocsf-guardduty-detection.json").read_bytes())
FIRING = {
    "status": "firing", "labels": {"alertname": "Disk", "instance": "db-1", "severity": "critical"},
    "annotations": {"summary": "full"}, "startsAt": "2026-02-28T11:01:38Z", "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "c4ca4238a0b92382",
}  # fmt: skip
FILEBEAT = {
    "@timestamp": "2026-02-28T17:01:40.000Z", "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.13.0"},
    "agent": {"type": "filebeat", "name": "shipper"}, "ecs": {"version": "8.0.0"}, "input": {"type": "filestream"},
    "log": {"offset": 1_234, "file": {"path": "/var/log/suricata/eve.json"}}, "host": {"name": "shipper"},
}  # fmt: skip
CONNECT = {"type": "struct", "optional": False, "name": "syslog", "fields": [{"field": "message", "type": "string"}]}
EVENT_BRIDGE = {
    "version": "0",
    "id": "e",
    "detail-type": "GuardDuty Finding",
    "source": "aws.guardduty",
    "account": "1",
}
FIREWALL = {"firewall_name": "use1-fw", "availability_zone": "us-east-1a", "event_timestamp": "1740408108"}
WEBHOOK = {"version": "4", "receiver": "kafka", "status": "firing", "groupLabels": {}, "commonLabels": {}}


@pytest.mark.parametrize(
    ("framed", "inside"),
    [
        (FILEBEAT | {"message": COMPACT}, ALERT),
        (FILEBEAT | {"message": CEF}, CEF),
        (FILEBEAT | {"json": ALERT}, ALERT),
        (FILEBEAT | {"event": {"original": COMPACT, "dataset": "suricata.eve"}}, ALERT),
        ({"@timestamp": 1772280098.221126, "log": COMPACT, "stream": "stdout"}, ALERT),
        ({"date": 1772280098.221126, "log": ALERT}, ALERT),
        ({"date": 1772280098.221126, "log": CEF + "\n"}, CEF + "\n"),
        ({"file": "/eve.json", "host": "h", "source_type": "file", "timestamp": "t", "message": COMPACT}, ALERT),
        ({"host": "h", "source_type": "file", "message": FINDING}, FINDING),
        ({"MESSAGE": COMPACT, "_HOSTNAME": "h", "PRIORITY": "6"}, ALERT),
        ({"schema": {"type": "string"}, "payload": COMPACT}, ALERT),
        ({"schema": CONNECT, "payload": {"facility": 16, "host": "filterlog", "level": 6, "message": CEF}}, CEF),
        ({"schema": None, "payload": FINDING}, FINDING),
        ({"schema": {"type": "bytes"}, "payload": base64.b64encode(COMPACT.encode()).decode()}, ALERT),
        (FIREWALL | {"event": ALERT}, ALERT),
        (EVENT_BRIDGE | {"detail": FINDING}, FINDING),
        (EVENT_BRIDGE | {"detail": {"findings": [FINDING]}}, FINDING),
        ({"records": [ALERT]}, ALERT),
        ([ALERT], ALERT),
        ({"specversion": "1.0", "id": "1", "source": "falco", "type": "falco.rule", "data": ALERT}, ALERT),
        ({"schema": {}, "payload": FILEBEAT | {"message": COMPACT}}, ALERT),
        ([EVENT_BRIDGE | {"detail": {"findings": [FINDING]}}], FINDING),
    ],
    ids=str,
)
def test_what_is_inside_a_frame_is_taken_as_if_it_had_come_alone(take: Take, framed: object, inside: object) -> None:
    alone = inside.encode() if isinstance(inside, str) else json.dumps(inside, separators=(",", ":")).encode()
    expected = take(Topic.SECURITY_EVENTS, alone, headers=ACME).input
    taken = take(Topic.SECURITY_EVENTS, dumped(framed), headers=ACME).input
    assert isinstance(taken.body, Detection)
    assert (taken.body, taken.id, taken.source, taken.salt) == (
        expected.body,
        expected.id,
        expected.source,
        expected.salt,
    )
    assert taken.happened_at == expected.happened_at


@pytest.mark.parametrize(
    "value",
    [
        gzip.compress(COMPACT.encode()),
        gzip.compress(COMPACT[:40].encode()) + gzip.compress(COMPACT[40:].encode()),
        gzip.compress(dumped([FILEBEAT | {"message": COMPACT}])),
        b"\0\0\0\0\7" + COMPACT.encode(),
        gzip.compress(b"\0\0\0\0\7" + COMPACT.encode()),
    ],
    ids=["gzip", "gzip of two members", "gzip of an array of Filebeat", "JSON Schema", "gzip of JSON Schema"],
)
def test_packed_bytes_are_opened(take: Take, value: bytes) -> None:
    taken = take(Topic.SECURITY_EVENTS, value, headers=ACME).input
    assert taken.id == sha256(b"acme\0soc.security-events\0" + COMPACT.encode()).hexdigest()
    assert taken.body.signature == "1:2001219"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (gzip.compress(b"[" + b" " * 100_000_000 + b"]"), "too_large"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(COMPACT.encode())[:-9], "unsupported_content"),
        (b"\x1f\x8b" + b"rubbish" * 10, "unsupported_content"),
        (b"\x1f\x8b", "unsupported_content"),
        (gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"{}")))), "too_deep"),
        (b"\0\0\0\0\7\0\x0a\x03abc", "unsupported_content"),
        (b"\0\0\0\0\7\x06abc", "unsupported_content"),
        (b"\0\0\0\0\7", "unsupported_content"),
        (b"\xc3\x01" + b"12345678" + b"\x06abc", "unsupported_content"),
        (dumped({"schema": {"type": "bytes"}, "payload": "no base64!"}), "invalid_data"),
        (dumped({"schema": {}, "payload": None}), "empty"),
        (dumped({"schema": {}, "payload": 7}), "unknown_shape"),
        (dumped(FILEBEAT | {"message": "nothing but words"}), "unknown_shape"),
        (dumped(FILEBEAT | {"message": "{ torn"}), "unknown_shape"),
        (dumped(FILEBEAT | {"message": "[2026-02-28] a line"}), "unknown_shape"),
        (dumped(FILEBEAT | {"message": "{}"}), "unknown_shape"),
        (dumped(FILEBEAT | {"message": "\ud800"}), "unknown_shape"),
        (dumped({"records": []}), "empty"),
    ],
    ids=range(19),
)
def test_a_frame_of_what_cannot_be_read_is_a_dead_letter(take: Take, value: bytes, reason: str) -> None:
    taken = take(Topic.SECURITY_EVENTS, value, headers=ACME)
    assert (taken.reason, len(taken.letters)) == (reason, 1)
    assert taken.letters[0].value == value


def test_avro_and_protobuf_are_refused_by_name_with_what_to_do(take: Take) -> None:
    (letter,) = take(Topic.SECURITY_EVENTS, b"\0\0\0\0\7\x06abc").letters
    detail = dict(letter.headers)["tocsin-detail"].decode()
    assert detail.startswith("Avro or Protobuf of Confluent's schema registry: write JSON Schema there")
    assert detail.endswith("or plain JSON (JsonConverter)")


def test_gzip_takes_no_more_memory_than_a_value_may(take: Take) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    tracemalloc.start()
    try:
        assert take(Topic.SECURITY_EVENTS, bomb).reason == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 3 * Settings().value_bytes_max
    finally:
        tracemalloc.stop()


def test_the_alerts_of_a_webhook_are_taken_one_by_one(take: Take) -> None:
    resolved = FIRING | {"status": "resolved", "fingerprint": "00"}
    broken = FIRING | {"labels": 7}
    alerts = [FIRING, resolved, broken, FIRING | {"fingerprint": "01"}]
    taken = take(Topic.SECURITY_EVENTS, dumped(WEBHOOK | {"alerts": alerts}), headers=ACME)
    assert len({it.id for it in taken.inputs}) == len(taken.inputs) == 3
    assert [json.loads(it.value or b"") for it in taken.letters] == [broken]


@pytest.mark.parametrize("beside", [{}, {"message": 7}, {"detail": {}}, {"event": {}}, {"payload": {}}, {"alerts": []}])
def test_what_only_resembles_a_frame_is_a_dead_letter_as_a_whole(take: Take, beside: dict[str, Any]) -> None:
    value = dumped({"@timestamp": "2026-02-28T17:01:40.000Z", **beside})
    taken = take(Topic.SECURITY_EVENTS, value, headers=ACME)
    assert (taken.reason, taken.letters[0].value) == ("unknown_shape", value)


def test_the_host_that_a_frame_names_is_known_as_a_sensor(take: Take) -> None:
    known = FILEBEAT | {"message": COMPACT, "host": {"name": "acme-sensor-1"}}
    assert take(Topic.SECURITY_EVENTS, dumped(known)).input.tenant == "acme"
    assert take(Topic.SECURITY_EVENTS, dumped(FILEBEAT | {"message": COMPACT})).reason == "no_tenant"


def test_lines_of_logs_are_looked_into_where_sensors_write_alone(take: Take) -> None:
    for topic in (Topic.CALLS, Topic.EMAILS, Topic.DESK):
        assert (
            take(topic, dumped({"message": json.dumps(event(1, type="tocsin.call.missed"))})).reason == "unknown_shape"
        )


def test_a_batch_of_events_may_have_any_attributes_beside_it(take: Take) -> None:
    headers = (("content-type", b"application/cloudevents-batch+json; charset=UTF-8"), ("ce_specversion", b"1.0"))
    taken = take(Topic.SECURITY_EVENTS, dumped([event(1), event(2)]), headers=headers)
    assert [it.id for it in taken.inputs] == ["d-1", "d-2"]


MEMBERS = [
    "message",
    "log",
    "json",
    "event",
    "schema",
    "payload",
    "detail",
    "detail-type",
    "firewall_name",
    "records",
    "findings",
    "alerts",
    "receiver",
    "value",
    "@odata.context",
    "data",
    "type",
    "specversion",
    "host",
]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(ALERT) | st.just(CEF) | st.just(FINDING),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(MEMBERS), inner | inner.map(json.dumps), max_size=5)
    ),
    max_leaves=12,
)
packed = st.recursive(
    anything.map(dumped) | st.binary(max_size=40),
    lambda inner: st.one_of(
        inner.map(gzip.compress),
        inner.map(lambda value: gzip.compress(value)[:-3]),
        inner.map(lambda value: b"\0\0\0\0\1" + value),
        inner.map(lambda value: b"\x1f\x8b" + value),
        inner.map(lambda value: dumped({"schema": {"type": "bytes"}, "payload": base64.b64encode(value).decode()})),
    ),
    max_leaves=3,
)


@given(value=packed, topic=st.sampled_from([Topic.SECURITY_EVENTS, Topic.DESK, Topic.EMAILS]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_frames_is_taken_ignored_or_refused_for_a_reason_of_the_list(
    take: Take, value: bytes, topic: Topic
) -> None:
    taken = take(topic, value, headers=ACME)
    assert taken.inputs or taken.letters or taken.ignored
    assert "adapter_failed" not in taken.reasons
