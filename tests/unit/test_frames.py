"""Frames around messages: what is inside is taken as if it had come alone."""

import json
from hashlib import sha256
from typing import Any

import pytest
from tests.unit.taking import Take

from tocsin.domain.instant import parse
from tocsin.messages.arrival import FRAMES_MAX, PARTS_MAX
from tocsin.messages.intake import Intake, IntakeFlooded
from tocsin.messages.origin import Origin, origin
from tocsin.messages.record import Headers, Record, Topic
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
    chunks = list(Intake(example_tenants, 1, value_bytes_max=1_000_000).fold(records))
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

    intake = Intake(example_tenants, 1, flood_limit=3)
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
