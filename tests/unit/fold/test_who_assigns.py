"""Who assigns a priority: the client's claim, and the analyst's word, by what the contract says of it."""

import pytest
from driver import ANALYST, FIRST, Driver, adoption
from msgspec.structs import replace

from tocsin.domain.commands.desk import RuleOut
from tocsin.domain.commands.inbound import Contact
from tocsin.domain.decide.priorities import REQUESTED_BY_CLIENT

SECOND = "ACME-000002"


@pytest.fixture
def vendor() -> Driver:
    """Sorb has determined that what the customer called a P1 is a P3."""
    return Driver("sorb", "premium").at("02:00").mail(message="m1", priority="P1").at("02:10").reclassify("P3")


@pytest.fixture
def client() -> Driver:
    """In Self-Service the customer has called it a P2."""
    return Driver("sorb", "self_service").at("02:00").mail(message="m1", priority="P2").at("02:10")


def claims(desk: Driver) -> list[tuple[str, str]]:
    return [(it["data"]["priority"], it["data"]["assigned"]) for it in desk.journal("PriorityClaimed")]


def test_a_claim_after_the_vendor_has_assigned_a_priority_changes_nothing_and_is_told(vendor: Driver) -> None:
    vendor.at("02:20").mail(in_reply_to="m1", priority="P1")
    assert vendor.ticket().priority == "P3"
    assert claims(vendor) == [("P1", "P3")]
    (alert,) = vendor.alerts("priority_claimed")
    assert (alert["at"], alert["clause"], alert["action"]) == ("02:20", "1.1.2", "trigger")


def test_a_claim_of_what_holds_or_of_less_is_no_matter(vendor: Driver) -> None:
    vendor.mail(in_reply_to="m1", priority="P3").mail(in_reply_to="m1", priority="P4")
    assert claims(vendor) == []
    assert vendor.ticket().priority == "P3"


def test_a_claim_before_the_vendor_has_said_anything_raises() -> None:
    desk = Driver("sorb", "premium").at("02:00").mail(message="m1").at("02:05").mail(in_reply_to="m1", priority="P1")
    assert desk.ticket().priority == "P1"
    assert claims(desk) == []


def test_where_nobody_assigns_it_by_the_document_a_claim_raises_also_after_the_analysts_word() -> None:
    desk = Driver("esentire", "example").at("09:00").mail(message="m1").reclassify("P4")
    assert desk.mail(in_reply_to="m1", priority="P2").ticket().priority == "P2"


def test_each_claim_is_noted_and_one_incident_is_open(vendor: Driver) -> None:
    vendor.at("02:20").mail(in_reply_to="m1", priority="P2").at("02:30").mail(in_reply_to="m1", priority="P1")
    assert claims(vendor) == [("P2", "P3"), ("P1", "P3")]
    assert vendor.told("priority_claimed") == ["02:20 priority_claimed"]


@pytest.mark.parametrize("priority", ["P3", "P2", "P1", "P4"])
def test_the_analysts_word_answers_a_claim_whichever_priority_it_is(vendor: Driver, priority: str) -> None:
    vendor.at("02:20").mail(in_reply_to="m1", priority="P1").at("02:30").reclassify(priority)
    assert vendor.ticket().priority == priority
    assert vendor.told("cleared") == ["02:30 cleared"]
    assert vendor.ticket().notices == ("management",)
    assert vendor.refusals() == []


def test_a_claim_after_the_answer_is_told_anew(vendor: Driver) -> None:
    for _ in range(2):
        vendor.mail(in_reply_to="m1", priority="P1").reclassify("P3")
    assert len({alert["id"] for alert in vendor.alerts("priority_claimed", "cleared")}) == 4


def test_the_same_priority_once_more_is_refused_where_nothing_is_claimed(vendor: Driver) -> None:
    assert vendor.reclassify("P3").refusals() == ["same_priority"]


def test_the_vendor_assigns_the_priority_that_a_ticket_has_already() -> None:
    desk = Driver("sorb", "premium").at("02:00").mail(message="m1").at("02:05").reclassify("P3").reclassify("P3")
    assert desk.refusals() == ["same_priority"]
    assert desk.told() == []
    assert claims(desk.mail(in_reply_to="m1", priority="P1")) == [("P1", "P3")]


def test_a_claim_can_be_acknowledged_like_any_incident(vendor: Driver) -> None:
    vendor.mail(in_reply_to="m1", priority="P1").acknowledge()
    assert vendor.ticket().taken_by[0].covers == ("management/0", "priority/0")
    vendor.reclassify("P3")
    assert vendor.ticket().taken_by[0].covers == ("management/0",)


def test_the_word_of_somebody_who_is_to_be_confirmed_claims_nothing() -> None:
    gerd = Contact(name="Gerd", emails=("gerd@acme.example",))
    desk = Driver("sentinelone").publish(replace(adoption("sentinelone"), contacts=(gerd,)))
    desk.at("09:00").mail("gerd@acme.example", "m1").reclassify("P4")
    assert claims(desk.mail("new@acme.example", in_reply_to="m1", priority="P2")) == []
    assert claims(desk.mail("gerd@acme.example", in_reply_to="m1", priority="P2")) == [("P2", "P4")]


def test_merging_what_the_client_claims_into_what_the_vendor_has_assigned_raises_nothing(vendor: Driver) -> None:
    vendor.at("02:20").mail(priority="P1").at("02:30").merge(SECOND)
    assert vendor.ticket().priority == "P3"
    assert claims(vendor) == [("P1", "P3")]


def test_merging_two_tickets_that_the_vendor_has_assigned_keeps_the_more_urgent_priority(vendor: Driver) -> None:
    vendor.at("02:20").mail().reclassify("P2", SECOND).at("02:30").merge(SECOND)
    assert vendor.ticket().priority == "P2"
    assert claims(vendor.mail(ticket=FIRST, priority="P1")) == [("P1", "P2")]


def test_the_analyst_does_not_lower_what_the_client_assigns(client: Driver) -> None:
    client.reclassify("P3", reason="looks harmless")
    (refused,) = client.journal("CommandRejected")
    assert refused["data"]["reason"] == "client_assigns_priority"
    assert refused["data"]["detail"].endswith("lower it for p1_access_not_continuous, requested_by_client")
    assert client.ticket().priority == "P2"


@pytest.mark.parametrize("reason", ["p1_access_not_continuous", "P1 access not continuous", REQUESTED_BY_CLIENT])
def test_but_for_a_reason_of_the_contract_or_as_the_client_wants(client: Driver, reason: str) -> None:
    assert client.reclassify("P3", reason=reason).ticket().priority == "P3"


def test_a_ticket_that_is_ruled_out_for_such_a_reason_may_be_lowered(client: Driver) -> None:
    client.publish(RuleOut(ticket=FIRST, analyst=ANALYST, reason="p1_access_not_continuous"))
    assert client.reclassify("P4").ticket().priority == "P4"


def test_what_the_analyst_has_raised_is_lowered_to_what_the_client_assigns(client: Driver) -> None:
    assert client.reclassify("P1").reclassify("P2").ticket().priority == "P2"
    assert client.refusals() == []


def test_the_clients_last_word_counts(client: Driver) -> None:
    client.mail(in_reply_to="m1", priority="P4").reclassify("P3")
    assert client.ticket().priority == "P3"
    assert claims(client) == [("P2", "P2"), ("P4", "P2")]


def test_what_the_client_has_not_assigned_is_the_analysts() -> None:
    desk = Driver("sorb", "self_service").at("02:00").mail().reclassify("P4")
    assert desk.ticket().priority == "P4"
