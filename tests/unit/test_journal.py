"""The journal: what was decided, chained by hashes, with what tells of persons apart."""

import json
from typing import get_args

import pytest
from chain import faults, without_persons
from driver import CALLER, CLIENT, Driver

from tocsin.domain.events import Event
from tocsin.messages.record import Topic

SECRETS = (CALLER, CLIENT, "Ann Lee", "Jo Doe", "bob")


@pytest.fixture
def records() -> list[bytes]:
    desk = Driver("esentire", plan="example")
    desk.at("09:00").missed(summary="Jo Doe rang").mail(ticket="ACME-000001").detection()
    desk.at("09:05").acknowledge().acknowledge(analyst="bob").assign("bob").note("Jo Doe is upset")
    desk.at("09:10").hold("waiting").resume().reclassify("P1").respond(note="told Jo Doe").called(outcome="busy")
    desk.at("09:30").called().mailed(automatic=True).resolve().at("10:00").reopen().close().tick()
    return [output.value or b"" for output in desk.outputs if output.topic is Topic.TICKET_EVENTS]


def test_every_record_carries_the_hash_of_the_one_before_it(records: list[bytes]) -> None:
    assert faults(records) == []
    assert json.loads(records[0])["prev"] == ""


def test_a_record_that_is_changed_left_out_added_or_moved_is_found(records: list[bytes]) -> None:
    changed = records[3].replace(b"ACME-000001", b"ACME-000002")
    assert faults([*records[:3], changed, *records[4:]]) == ["3: has been changed"]
    assert faults([*records[:3], *records[4:]])
    assert faults([*records[:3], records[3], *records[3:]])
    assert faults([*records[:3], records[4], records[3], *records[5:]])


def test_persons_may_be_forgotten_and_the_chain_still_holds(records: list[bytes]) -> None:
    assert faults([without_persons(record) for record in records]) == []
    assert any(b"persons" in record for record in records)


def test_what_is_said_of_persons_cannot_be_changed_unseen(records: list[bytes]) -> None:
    forged = [record.replace(b"Jo Doe is upset", b"Jo Doe is happy") for record in records]
    assert [fault.partition(": ")[2] for fault in faults(forged)] == ["what it says of persons has been changed"]


def test_nothing_that_tells_of_persons_stands_outside_that_part(records: list[bytes]) -> None:
    forgotten = b"".join(without_persons(record) for record in records).decode()
    assert [secret for secret in SECRETS if secret in forgotten] == []
    assert all(secret in b"".join(records).decode() for secret in SECRETS)


def test_the_digest_of_persons_is_salted_so_that_nobody_can_guess_them(records: list[bytes]) -> None:
    salts = [json.loads(record)["persons"]["salt"] for record in records if b'"persons":' in record]
    assert all(salts)
    assert len(set(salts)) > 1


def test_a_record_says_its_version_type_time_ticket_place_and_cause(records: list[bytes]) -> None:
    adopted, opened, owed, started = map(json.loads, records[:4])
    assert {record["v"] for record in map(json.loads, records)} == {1}
    assert [each["type"] for each in (adopted, opened, owed, started)] == [
        "ContractAdopted",
        "TicketOpened",
        "CallbackOwed",
        "ClockStarted",
    ]
    assert (adopted["ticket"], adopted["seq"], adopted["offsets"]) == (None, 1, [0])
    assert (opened["ticket"], opened["number"], opened["seq"]) == (opened["data"]["id"], "ACME-000001", 1)
    assert (opened["at"], opened["input"], opened["offsets"]) == ("2026-03-02T09:00:00Z", "input-1", [1])
    assert (owed["seq"], started["seq"], started["data"]["deadline"]) == (2, 3, "2026-03-02T09:20:00Z")


def test_the_places_of_a_tickets_records_have_no_gaps(records: list[bytes]) -> None:
    places: dict[str | None, list[int]] = {}
    for record in map(json.loads, records):
        places.setdefault(record["ticket"], []).append(record["seq"])
    assert len(places) == 3
    for sequence in places.values():
        assert sequence == list(range(1, len(sequence) + 1))


def test_times_are_written_as_times(records: list[bytes]) -> None:
    for record in map(json.loads, records):
        for name, value in record["data"].items():
            if name.endswith("_at") or name == "deadline":
                assert isinstance(value, str), (record["type"], name)
                assert value.endswith("Z"), (record["type"], name)


def test_what_a_timer_fired_has_no_input_but_the_records_its_clock_runs_by(records: list[bytes]) -> None:
    fired = [record for record in map(json.loads, records) if record["input"] is None]
    assert {record["type"] for record in fired} >= {"ObjectiveAtRisk", "EscalationRaised", "ObjectiveBreached"}
    assert all(record["offsets"] for record in fired if record["type"] != "AcknowledgementExpired")


def test_every_event_keeps_apart_whom_it_names() -> None:
    """A field of such a name tells of a person, whatever event has it."""
    telling = {"analyst", "contact", "contacts", "caller", "assignee", "note", "agreed_by"}
    for kind in get_args(Event):
        open_to_all = set(kind.__struct_fields__) - set(kind.PERSONAL)
        assert not open_to_all & telling, kind.__name__
        assert set(kind.PERSONAL) <= set(kind.__struct_fields__), kind.__name__
