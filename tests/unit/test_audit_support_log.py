"""`tocsin audit support-log`: who turned to us, and what the journal does not say of it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from driver import Driver, adoption

from tocsin.audit.journal import read_event
from tocsin.audit.support_log import Entry, SupportLog
from tocsin.cli import main_group
from tocsin.domain.commands.inbound import AdoptContract, Contact
from tocsin.domain.instant import HOUR, MINUTE
from tocsin.messages.record import Topic
from tocsin.replay import line

ADA = Contact(name="Ada Example", phones=("+15550100",), emails=("ada@acme.example",), location="Toronto")
FIELDS = ("contact", "location", "analyst", "contacted_at", "time_to_resolve", "details")


def known_contacts() -> AdoptContract:
    plain = adoption("esentire", "standard")
    return AdoptContract(contract=plain.contract, contract_hash=plain.contract_hash, plan=plain.plan, contacts=(ADA,))


@pytest.fixture
def desk() -> Driver:
    return Driver("esentire", "standard").at("08:00").publish(known_contacts())


def values(desk: Driver) -> list[bytes]:
    return [it.value or b"" for it in desk.outputs if it.topic is Topic.TICKET_EVENTS]


def logged(desk: Driver, *, forgotten: bool = False) -> list[Entry]:
    log = SupportLog(lambda *_: FIELDS)
    for value in values(desk):
        record = json.loads(value)
        if forgotten:
            record.pop("persons", None)
        log.take(read_event(json.dumps(record).encode()))
    return log.entries


def test_an_answered_call_is_logged_with_everything_that_is_wanted(desk: Driver) -> None:
    desk.at("09:00").answered(summary="Sensor down", analyst="ann", client_ticket="INC-1").at("10:30").resolve()
    (entry,) = logged(desk)
    assert (entry.contact, entry.location, entry.address) == ("Ada Example", "Toronto", "+15550100")
    assert (entry.analyst, entry.details, entry.client_ticket) == ("ann", "Sensor down", "INC-1")
    assert (entry.time_to_resolve, entry.missing) == (HOUR + 30 * MINUTE, ())


def test_the_name_that_telephony_gives_stands_where_the_number_is_not_known(desk: Driver) -> None:
    desk.at("09:00").answered("+15550199", contact="Bo Unlisted")
    (entry,) = logged(desk)
    assert (entry.contact, entry.location) == ("Bo Unlisted", None)
    assert "location" in entry.missing


def test_what_nobody_said_is_missing_and_not_made_up(desk: Driver) -> None:
    (entry,) = logged(desk.at("09:00").missed("+15550199"))
    assert entry.missing == ("contact", "location", "analyst", "time_to_resolve", "details")


def test_the_analyst_is_who_dealt_with_it_first(desk: Driver) -> None:
    desk.at("09:00").mail("ada@acme.example").at("09:05").acknowledge(analyst="bob").at("09:10").mailed(
        "ada@acme.example"
    )
    (entry,) = logged(desk)
    assert entry.analyst == "bob"


def test_every_contact_has_a_time_to_the_next_resolution_of_its_own(desk: Driver) -> None:
    desk.at("09:00").mail("ada@acme.example", message="m1").at("10:00").mail("ada@acme.example", in_reply_to="m1")
    desk.at("11:00").resolve().at("12:00").mail("ada@acme.example", in_reply_to="m1").at("12:30").resolve()
    desk.at("13:00").mail("ada@acme.example", in_reply_to="m1")
    spans = [entry.time_to_resolve for entry in logged(desk)]
    assert spans == [2 * HOUR, HOUR, 30 * MINUTE, None]


def test_a_resolution_that_is_logged_late_counts_from_when_it_was(desk: Driver) -> None:
    desk.at("09:00").mail("ada@acme.example").at("12:00").resolve(happened="10:00")
    assert [entry.time_to_resolve for entry in logged(desk)] == [HOUR]


def test_closing_by_hand_resolves_and_closing_by_itself_adds_nothing(desk: Driver) -> None:
    desk.at("09:00").mail("ada@acme.example").mail("bo@acme.example").at("10:00").close()
    desk.resolve("ACME-000002").at("12:00", day=4).tick()
    assert desk.journal("TicketClosed")[-1]["number"] == "ACME-000002"
    assert [entry.time_to_resolve for entry in logged(desk)] == [HOUR, HOUR]


def test_a_clients_ticket_number_that_comes_later_stands_with_every_contact_of_the_ticket(desk: Driver) -> None:
    desk.at("09:00").mail("ada@acme.example", message="m1")
    desk.at("10:00").mail("ada@acme.example", in_reply_to="m1", client_ticket="INC-7")
    desk.at("11:00").mail("ada@acme.example", in_reply_to="m1")
    assert [entry.client_ticket for entry in logged(desk)] == ["INC-7"] * 3


def test_a_detection_is_no_contact_but_a_call_about_it_is_one(desk: Driver) -> None:
    desk.at("09:00").detection().at("09:10").answered(ticket="ACME-000001")
    assert [entry.what for entry in logged(desk)] == ["call_answered"]


def test_who_was_forgotten_is_missing(desk: Driver) -> None:
    desk.at("09:00").answered(summary="Sensor down", analyst="ann").at("10:00").resolve()
    (entry,) = logged(desk, forgotten=True)
    assert (entry.address, entry.missing) == (None, ("contact", "location", "analyst", "details"))


def test_a_reading_that_begins_in_the_middle_logs_what_it_sees(desk: Driver) -> None:
    desk.at("09:00").mail("ada@acme.example", message="m1").at("10:00").mail("ada@acme.example", in_reply_to="m1")
    log = SupportLog(lambda *_: FIELDS)
    for value in values(desk)[3:]:
        log.take(read_event(value))
    (entry,) = log.entries
    assert (entry.number, entry.address, entry.contact) == ("ACME-000001", "ada@acme.example", None)


# ---- the command


def audit(desk: Driver, *arguments: str) -> Result:
    text = b"\n".join(line.write(output) for output in desk.outputs)
    return CliRunner().invoke(main_group, ["audit", "support-log", "-", *arguments], input=text)


def rows(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(text) for text in result.stdout.splitlines()]


def test_the_command_asks_the_contract_what_is_wanted(desk: Driver) -> None:
    (row,) = rows(audit(desk.at("09:00").missed("+15550199"), "--json"))
    assert row["missing"] == ["contact", "location", "analyst", "time_to_resolve", "details"]
    senstar = Driver("senstar", "with_maintenance").at("09:00").mail()
    assert [it["missing"] for it in rows(audit(senstar, "--json"))] == [[]]


def test_the_table_shows_what_is_missing_and_one_tenant_alone(desk: Driver) -> None:
    desk.at("09:00").missed("+15550199").of("globex").mail()
    shown = audit(desk, "--tenant", "acme").stdout
    assert "+15550199 (missing)" in shown
    assert "GLOBEX" not in shown


def test_nothing_that_a_stranger_wrote_steers_the_terminal(desk: Driver) -> None:
    desk.at("09:00").answered(summary="\x1b[2J\u202egnp.exe")
    for options in ((), ("--json",)):
        assert not set(audit(desk, *options).stdout) & {"\x1b", "\u202e"}


def test_a_contact_is_logged_with_what_became_of_the_ticket_that_its_ticket_was_merged_into(desk: Driver) -> None:
    desk.at("09:00").answered("+15550100").at("09:10").missed("+15550199")
    desk.at("09:20").merge("ACME-000002").at("10:10").resolve()
    numbers, spans = zip(*((entry.number, entry.time_to_resolve) for entry in logged(desk)), strict=True)
    assert numbers == ("ACME-000001", "ACME-000001")
    assert spans == (HOUR + 10 * MINUTE, HOUR)


def test_a_contact_that_was_split_off_is_logged_once_with_what_became_of_its_own_ticket(desk: Driver) -> None:
    desk.at("09:00").answered("+15550100").at("09:10").missed("+15550199", call="c", ticket="ACME-000001")
    desk.at("09:20").resolve().at("09:30").split("c").at("10:10").resolve("ACME-000002")
    numbers, spans = zip(*((entry.number, entry.time_to_resolve) for entry in logged(desk)), strict=True)
    assert numbers == ("ACME-000001", "ACME-000002")
    assert spans == (20 * MINUTE, HOUR)
