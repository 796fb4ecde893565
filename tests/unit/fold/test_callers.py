"""Who is owed a callback: the person who rang, not the number that several share or that nobody shows."""

import pytest
from driver import CALLER, FIRST, Driver, adoption, when
from msgspec.structs import replace

from tocsin.domain.commands.inbound import Contact

SECOND = "ACME-000002"
SWITCHBOARD = "+15550999"
MOBILE = "+15550123"
ADA = Contact(name="Ada Lovelace", phones=(MOBILE, "+15550124"), emails=("ada@acme.example",))
BOB = Contact(name="Bob", phones=("+15550125",))


@pytest.fixture
def desk() -> Driver:
    return Driver("esentire", plan="example")


@pytest.fixture
def known(desk: Driver) -> Driver:
    """A desk whose client has told who its people are."""
    return desk.at("08:00").publish(replace(adoption("esentire", "example"), contacts=(ADA, BOB)))


def overdue(desk: Driver) -> list[str]:
    """The tickets of the alerts, by the end of the day."""
    return [alert["number"] for alert in desk.at("23:00").tick().alerts("callback_overdue")]


# ---- withheld numbers


def test_two_callers_who_withhold_their_numbers_are_owed_a_callback_each(desk: Driver) -> None:
    desk.at("09:00").missed("withheld").at("09:05").missed("withheld").at("10:00").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue", "09:25 callback_overdue"]


def test_a_withheld_call_that_is_answered_returns_no_other_one(desk: Driver) -> None:
    desk.at("09:00").missed("withheld").at("09:05").answered("withheld")
    assert overdue(desk) == [FIRST]


@pytest.mark.parametrize("named", [{"returns": "c1"}, {"ticket": FIRST}, {"contact": "ada"}])
def test_a_return_to_whoever_withheld_the_number_names_call_ticket_or_person(
    desk: Driver, named: dict[str, str]
) -> None:
    desk.at("09:00").missed("withheld", "c1", contact="Ada").at("09:05").missed("withheld", "c2", contact="Bob")
    desk.at("09:10").called(MOBILE, **named)
    assert overdue(desk) == [SECOND]


def test_a_return_that_names_nothing_returns_no_withheld_call(desk: Driver) -> None:
    desk.at("09:00").missed("withheld", "c1").at("09:10").called(MOBILE)
    assert overdue(desk) == [FIRST]


def test_a_return_by_id_that_is_heard_of_before_its_withheld_call_returns_it(desk: Driver) -> None:
    desk.at("09:06").called(MOBILE, returns="c1", happened="09:05")
    desk.at("09:07").missed("withheld", "c1", happened="09:00").missed("withheld", "c2", happened="09:01")
    assert overdue(desk) == [SECOND]


def test_whoever_withholds_the_number_and_gives_a_name_again_is_owed_one_callback(desk: Driver) -> None:
    desk.at("09:00").missed("withheld", contact="Ada").at("09:05").missed("withheld", contact=" ADA ")
    assert overdue(desk) == [FIRST]
    assert desk.clock("callback").started_at == when("09:00")


def test_whoever_withholds_the_number_and_is_answered_is_known_by_the_name(desk: Driver) -> None:
    desk.at("09:00").missed("withheld", contact="Ada").at("09:05").missed("withheld", contact="Bob")
    desk.at("09:10").answered("withheld", contact="Ada")
    assert overdue(desk) == [SECOND]
    assert len(desk.tickets()) == 2


def test_a_contact_who_withholds_the_number_is_that_contact(known: Driver) -> None:
    known.at("09:00").missed("withheld", contact="ada lovelace").at("09:05").missed("withheld", contact="Bob")
    known.at("09:10").called(MOBILE)
    assert overdue(known) == [SECOND]


def test_a_leg_that_shows_the_number_and_one_that_does_not_are_one_call(desk: Driver) -> None:
    desk.at("09:00").missed("withheld", "c1").answered(CALLER, "c1")
    assert overdue(desk) == []
    assert len(desk.tickets()) == 1


def test_a_caller_without_a_number_does_not_make_the_call_of_another_one() -> None:
    desk = Driver("sentinelone", "enterprise").at("09:00").mail("jo@acme.example", priority="P1")
    desk.at("09:05").answered("withheld", priority="P2").answered("withheld", priority="P2")
    assert [ticket.waits_for_a_call for ticket in desk.tickets()] == [True, False, False]


def test_a_withheld_callback_that_is_merged_is_still_owed_and_may_be_returned(desk: Driver) -> None:
    desk.at("09:00").missed("withheld", "c1").at("09:02").missed("withheld", "c2").merge(SECOND)
    desk.at("09:05").called(MOBILE, returns="c2").at("09:20:00.001").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]


# ---- several people at one number


def switchboard(desk: Driver) -> Driver:
    desk.at("09:00").missed(SWITCHBOARD, "c1", contact="Ada").at("09:05").missed(SWITCHBOARD, "c2", contact="Bob")
    return desk.at("09:10")


def test_two_people_at_one_switchboard_who_give_their_names_are_owed_a_callback_each(desk: Driver) -> None:
    assert overdue(switchboard(desk)) == [FIRST, SECOND]


@pytest.mark.parametrize("named", [{"returns": "c1"}, {"ticket": FIRST}, {"contact": "Ada"}])
def test_a_return_that_names_one_person_at_a_switchboard_returns_that_persons_call(
    desk: Driver, named: dict[str, str]
) -> None:
    assert overdue(switchboard(desk).called(SWITCHBOARD, **named)) == [SECOND]


def test_a_return_that_names_nobody_is_for_all_at_the_number(desk: Driver) -> None:
    assert overdue(switchboard(desk).called(SWITCHBOARD)) == []


def test_a_person_who_rings_again_from_the_switchboard_and_is_answered_is_owed_nothing(desk: Driver) -> None:
    switchboard(desk).answered(SWITCHBOARD, contact="Bob")
    assert overdue(desk) == [FIRST]
    assert len(desk.tickets()) == 2


def test_a_missed_call_of_which_no_name_is_known_is_returned_by_any_at_the_number(desk: Driver) -> None:
    desk.at("09:00").missed(SWITCHBOARD).at("09:10").answered(SWITCHBOARD, contact="Ada")
    assert overdue(desk) == []
    assert len(desk.tickets()) == 1


def test_a_contact_who_rings_from_the_switchboard_is_reached_on_the_mobile(known: Driver) -> None:
    known.at("09:00").missed(SWITCHBOARD, contact="Ada Lovelace").at("09:05").missed(SWITCHBOARD, contact="Bob")
    known.at("09:10").called("+15550124")
    assert overdue(known) == [SECOND]


def test_what_telephony_calls_the_number_of_one_contact_makes_no_second_person(known: Driver) -> None:
    known.at("09:00").missed(MOBILE, contact="LOVELACE A").at("09:05").missed(MOBILE).at("09:10").called("+15550124")
    assert len(known.clocks("callback")) == 1
    assert overdue(known) == []


def test_somebody_else_at_a_contacts_number_is_who_they_say(known: Driver) -> None:
    known.at("09:00").missed(MOBILE, "c1", contact="Bob").at("09:05").missed(MOBILE, "c2")
    known.at("09:10").called("+15550125")
    assert overdue(known) == [SECOND]


def test_a_number_that_two_contacts_have_is_neither_of_them(desk: Driver) -> None:
    both = [replace(each, phones=(*each.phones, SWITCHBOARD)) for each in (ADA, BOB)]
    desk.at("08:00").publish(replace(adoption("esentire", "example"), contacts=tuple(both)))
    switched = (
        desk.at("09:00").missed(SWITCHBOARD, contact="Ada Lovelace").at("09:05").missed(SWITCHBOARD, contact="Bob")
    )
    assert overdue(switched.at("09:10").called(MOBILE)) == [SECOND]


def test_a_ticket_says_that_its_callers_number_is_compared_as_it_is_written() -> None:
    desk = Driver("esentire", "example").at("09:00").missed("1001", as_written=True).missed("+14165550123")
    assert [event["data"].get("as_written", False) for event in desk.journal("TicketOpened")] == [True, False]
