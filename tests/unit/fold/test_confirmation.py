"""What somebody asks for who is no designated contact waits for one who is."""

from itertools import permutations

import pytest
from driver import FIRST, Driver, adoption, when
from msgspec.structs import replace

from tocsin.domain.commands.inbound import Contact, DeletionDemanded, StatusRequested
from tocsin.domain.vocabulary import Channel

NEW = "new@acme.example"
SECOND = "ACME-000002"
GERD = Contact(name="Gerd", phones=("+49301",), emails=("gerd@acme.example",))
LEA = Contact(name="Lea", emails=("lea@acme.example",), authorised=False)
PLANS = ("enterprise", "professional")


def desk(plan: str = "enterprise", contract: str = "sentinelone") -> Driver:
    played = Driver(contract, plan).at("09:00")
    return played.publish(replace(adoption(contract, plan), contacts=(GERD, LEA)))


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("sender", [NEW, "lea@acme.example"])
def test_a_stranger_opens_a_ticket_that_owes_nothing(plan: str, sender: str) -> None:
    asked = desk(plan).mail(sender, priority="P2").at("00:00", day=30).tick()
    assert asked.told() == ["09:00 unauthorised_contact"]
    assert asked.ticket().clocks == []


def test_a_call_and_a_request_in_the_portal_are_held_to_the_same() -> None:
    asked = desk().missed("+4999", priority="P1").answered("+4998", priority="P1").at("00:00", day=30).tick()
    assert asked.told() == ["09:00 unauthorised_contact"] * 2
    assert len({it["dedup_key"] for it in asked.alerts()}) == 2


def test_where_no_contact_is_named_anybody_may_ask() -> None:
    anybody = Driver("sentinelone", "enterprise").at("09:00").mail(NEW, priority="P2")
    assert anybody.clock("response").deadline == when("15:00")


def test_a_designated_contact_who_rings_from_elsewhere_is_known_by_name() -> None:
    assert desk().answered("+4999", contact="gerd", priority="P1").clock("response").deadline == when("11:00")


@pytest.mark.parametrize("named_first", [True, False])
def test_a_call_is_a_designated_contacts_if_one_of_its_legs_says_so(named_first: bool) -> None:
    ringing = desk()
    for named in (True, False) if named_first else (False, True):
        ringing.answered("+4999", call="c1", contact="gerd" if named else None, priority="P1")
    assert ringing.clock("response").deadline == when("11:00")
    assert ringing.ticket().notices == ()


def test_what_a_stranger_adds_starts_and_raises_nothing() -> None:
    asked = desk().mail("gerd@acme.example", "m1", priority="P2").at("10:00").mailed("gerd@acme.example", ticket=FIRST)
    asked.mail(NEW, in_reply_to="m1", priority="P1")
    asked.publish(StatusRequested(channel=Channel.PORTAL, contact=NEW, ticket=FIRST))
    assert asked.told() == []
    assert {clock.rule for clock in asked.ticket().clocks} == {"response", "action_plan"}
    assert asked.ticket().priority == "P2"


def test_each_request_is_confirmed_by_itself() -> None:
    twice = desk().mail(NEW, "m1", priority="P2").at("10:00").mail("gerd@acme.example", in_reply_to="m1")
    twice.at("11:00").resolve().at("12:00").mail(NEW, ticket=FIRST).at("13:00").mail("gerd@acme.example", ticket=FIRST)
    assert twice.told() == [
        "09:00 unauthorised_contact",
        "10:00 cleared",
        "12:00 unauthorised_contact",
        "13:00 cleared",
    ]
    assert len({it["id"] for it in twice.alerts()}) == 4
    assert [clock.started_at for clock in twice.clocks("response")] == [when("10:00"), when("13:00")]


def test_what_nobody_confirms_is_cleared_with_its_ticket() -> None:
    asked = desk().mail(NEW, priority="P2").at("10:00").resolve()
    assert asked.told() == ["09:00 unauthorised_contact", "10:00 cleared"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(order: tuple[int, ...]) -> None:
    """A stranger asks at nine, a contact confirms it at ten, the stranger adds something at eleven."""
    played = desk()
    contacts = [(NEW, "m0", "09:00"), ("gerd@acme.example", "m1", "10:00"), (NEW, "m2", "11:00")]
    for number, which in enumerate(order):
        sender, message, happened = contacts[which]
        played.at(f"12:0{number}").mail(sender, message, happened=happened, ticket=FIRST, priority="P2")
    assert len(played.tickets()) == 1
    assert (played.clock("response").started_at, played.clock("response").deadline) == (when("10:00"), when("16:00"))
    assert played.ticket().notices == ()


def test_a_notice_to_delete_may_come_from_anybody() -> None:
    notice = DeletionDemanded(contact=NEW, subject="Delete my data", after_end=True)
    assert desk("premium", "sorb").publish(notice).clock("deletion").running


# ---- merged and split


def two_requests(*senders: str) -> Driver:
    asked = desk()
    for number, sender in enumerate(senders):
        asked.at(f"09:{number}0").mail(sender, f"m{number}", priority="P2")
    return asked


def test_a_strangers_request_that_is_merged_into_a_designated_ones_is_confirmed_by_it() -> None:
    asked = two_requests("gerd@acme.example", NEW).at("10:00").merge(SECOND, into=FIRST)
    assert asked.told() == ["09:10 unauthorised_contact", "10:00 cleared"]
    assert (asked.ticket().notices, asked.clock("response").deadline) == ((), when("15:00"))


def test_a_designated_contacts_request_confirms_the_strangers_that_it_is_merged_into() -> None:
    asked = two_requests(NEW, "gerd@acme.example").at("10:00").merge(SECOND, into=FIRST)
    assert asked.told() == ["09:00 unauthorised_contact", "10:00 cleared"]
    assert [clock.deadline for clock in asked.ticket().clocks if clock.running] == [when("15:10")]


def test_two_strangers_requests_that_are_merged_still_wait_to_be_confirmed() -> None:
    asked = two_requests(NEW, "lea@acme.example").at("10:00").merge(SECOND, into=FIRST).at("00:00", day=3).tick()
    assert (asked.ticket().notices, asked.ticket().clocks) == (("contact",), [])


def test_what_a_stranger_has_added_waits_to_be_confirmed_when_it_is_split_off() -> None:
    asked = two_requests("gerd@acme.example").at("09:30").mail(NEW, "m9", in_reply_to="m0").at("10:00").split("m9")
    assert asked.told() == ["10:00 unauthorised_contact"]
    first, new = asked.tickets()
    assert (first.notices, new.notices, new.clocks) == ((), ("contact",), [])
    asked.at("10:30").mail("gerd@acme.example", in_reply_to="m9")
    assert asked.told("cleared") == ["10:30 cleared"]


def test_a_ticket_that_waited_for_what_is_split_off_waits_no_longer() -> None:
    asked = two_requests(NEW).at("09:30").mail("lea@acme.example", "m9", in_reply_to="m0").at("10:00")
    assert asked.split("m0").ticket(1).notices == ("contact",)
