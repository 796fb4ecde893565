"""An answer is one only if it goes to the client."""

import pytest
from driver import CALLER, CLIENT, FIRST, Driver, adoption
from msgspec import structs

from tocsin.domain.commands.inbound import Contact

COLLEAGUE, STRANGER, VENDOR = "new@it.acme.example", "new@acme.test", "help@vendor.example"
BO = Contact(name="Bo", phones=("+15550177",), emails=("bo@partner.example",))


def desk_of(*contacts: Contact, domains: tuple[str, ...] | None = ()) -> Driver:
    desk = Driver("esentire", "example")
    told = structs.replace(adoption("esentire", "example"), contacts=contacts, domains=domains)
    return desk.at("08:00").publish(told)


def why(desk: Driver) -> list[str]:
    """The reasons for which what we said answered nobody."""
    return [each["data"]["why"] for each in desk.journal("OutboundNoted")]


def is_answered(desk: Driver) -> bool:
    return bool(desk.journal("WorkDone"))


@pytest.mark.parametrize("to", [CLIENT, "bo@partner.example", COLLEAGUE, f"{VENDOR},{COLLEAGUE}"])
def test_the_requester_a_contact_and_the_domain_of_the_client_are_answered(to: str) -> None:
    desk = desk_of(BO, domains=("acme.example",)).at("09:00").mail(message="m1")
    assert is_answered(desk.at("09:10").mailed(to, in_reply_to="m1"))


@pytest.mark.parametrize("to", [VENDOR, "x@notacme.example", "x@acme.example.vendor.example"])
@pytest.mark.parametrize("names", [{"in_reply_to": "m1"}, {"ticket": FIRST}])
def test_a_mail_to_somebody_else_answers_nobody(to: str, names: dict[str, str]) -> None:
    desk = desk_of(domains=("acme.example",)).at("09:00").mail(message="m1")
    desk.at("09:10").mailed(to, message="s1", **names)
    assert (is_answered(desk), why(desk)) == (False, ["not to the client"])
    assert desk.ticket().messages == ("m1", "s1")


def test_without_contacts_and_domains_who_has_written_on_the_ticket_is_the_client() -> None:
    desk = desk_of().at("09:00").mail(message="m1")
    desk.at("09:10").mailed(STRANGER, in_reply_to="m1")
    assert why(desk) == ["not to the client"]
    desk.at("09:20").mail(STRANGER, in_reply_to="m1").at("09:30").mailed(STRANGER, in_reply_to="m1")
    assert is_answered(desk)


def test_a_machine_in_the_thread_is_nobody_who_could_be_answered() -> None:
    desk = desk_of().at("09:00").mail(message="m1").at("09:05").mail(VENDOR, in_reply_to="m1", automatic=True)
    assert not is_answered(desk.at("09:10").mailed(VENDOR, in_reply_to="m1"))


def test_where_nobody_who_writes_is_known_whoever_we_write_to_is_the_client() -> None:
    desk = desk_of().at("09:00").missed()
    assert is_answered(desk.at("09:10").mailed(CLIENT, ticket=FIRST))


def test_before_the_domains_were_told_anybody_may_be_the_client() -> None:
    desk = desk_of(BO, domains=None).at("09:00").mail(message="m1")
    assert is_answered(desk.at("09:10").mailed(VENDOR, in_reply_to="m1"))


@pytest.mark.parametrize(("callee", "answers"), [("+15550177", True), (CALLER, True), ("+15550666", False)])
def test_a_call_to_a_third_party_answers_nobody(callee: str, *, answers: bool) -> None:
    desk = desk_of(BO).at("09:00").answered(CALLER).at("09:10").called(callee, ticket=FIRST)
    assert is_answered(desk) is answers
    assert why(desk) == ([] if answers else ["not to the client"])


def test_a_call_that_returns_the_clients_at_another_number_answers_it() -> None:
    desk = desk_of(BO).at("09:00").missed(CALLER, "c1").at("09:10").called("+15550666", returns="c1")
    assert is_answered(desk)


def test_where_no_number_is_known_whoever_we_ring_about_the_ticket_is_the_client() -> None:
    desk = desk_of(domains=("acme.example",)).at("09:00").mail(message="m1")
    assert is_answered(desk.at("09:10").called("+15550666", ticket=FIRST))


@pytest.mark.parametrize(("to", "answers"), [(f"{CLIENT},{COLLEAGUE}", True), (f"{CLIENT},{VENDOR}", False)])
def test_a_mail_without_a_name_answers_only_if_it_goes_to_nobody_but_the_client(to: str, *, answers: bool) -> None:
    desk = desk_of(domains=("acme.example",)).at("09:00").mail().at("09:10").mailed(to)
    assert is_answered(desk) is answers
