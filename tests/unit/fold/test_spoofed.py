"""A mail that only claims to be from us or a client is a stranger's, and a loud ticket."""

from typing import Any

from driver import FIRST, Driver, adoption
from msgspec.structs import replace

from tocsin.domain.commands.inbound import Contact
from tocsin.domain.vocabulary import AlertKind

OURS = "ola@soc.example"
MIA = Contact(name="Mia", emails=("mia@acme.example",))


def desk(contract: str = "esentire", plan: str = "example") -> Driver:
    return Driver(contract, plan).at("09:00").publish(replace(adoption(contract, plan), contacts=(MIA,)))


def asked(**more: Any) -> Driver:
    return desk(**more).mail("mia@acme.example", "m1@acme.example", priority="P1")


def test_it_stops_nothing_and_joins_nothing_whatever_it_names() -> None:
    played = asked().at("09:10").mail(OURS, "s1@x", in_reply_to="m1@acme.example", ticket="ACME-000001", spoofed=True)
    assert [clock.running for clock in played.ticket(1).clocks] == [True]
    assert played.told(AlertKind.SPOOFED_SENDER) == ["09:10 spoofed_sender"]
    spoofed = played.ticket(2)
    assert (spoofed.messages, spoofed.related) == ((), ())
    assert spoofed.notices == ("sender",)
    assert [clock.rule for clock in spoofed.clocks] == ["email_response"]


def test_who_it_claims_to_be_has_no_ticket_by_it() -> None:
    played = asked().mail("mia@acme.example", "m2@acme.example", spoofed=True).at("09:20").mailed("mia@acme.example")
    assert played.journal("OutboundNoted") == []
    assert [event["number"] for event in played.journal("WorkDone")] == ["ACME-000001"]


def test_an_answer_to_it_is_found_by_its_number_alone() -> None:
    played = desk().mail(OURS, "s1@x", spoofed=True).at("09:10").mailed(OURS, ticket="ACME-000001")
    assert [event["number"] for event in played.journal("WorkDone")] == ["ACME-000001"]


def test_the_alert_is_acknowledged_and_ends_with_the_ticket() -> None:
    played = desk().mail(OURS, spoofed=True).at("09:10").acknowledge().at("09:20").close()
    (spoofed,) = played.alerts(AlertKind.SPOOFED_SENDER)
    assert spoofed["action"] == "trigger"
    for kind, action in ((AlertKind.ACKNOWLEDGED, "acknowledge"), (AlertKind.CLEARED, "resolve")):
        assert (spoofed["dedup_key"], action) in [(each["dedup_key"], each["action"]) for each in played.alerts(kind)]


def test_where_only_contacts_may_ask_it_is_a_ticket_that_owes_nothing() -> None:
    for contract, plan in (("sorb", "premium"), ("sentinelone", "enterprise")):
        played = desk(contract, plan).mail("mia@acme.example", spoofed=True)
        assert AlertKind.SPOOFED_SENDER in [each["kind"] for each in played.alerts()]
        assert played.ticket().clocks == []
        assert played.ticket().number == FIRST
