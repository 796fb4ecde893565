"""A contact that is another matter becomes a ticket of its own, with the clock from when it came."""

from contracts import HALFWAY, contract, response, step
from driver import FIRST, Driver, open_incidents, when
from msgspec import structs

from tocsin.engine import snapshot
from tocsin.messages.record import Topic

SECOND = "ACME-000002"
MATRIX = contract(
    response({"P1": 20, "P2": 60, "P3": 240}, warnings=(HALFWAY,)),
    steps=(step("shift lead"), step("SOC manager", after=30)),
)


def desk_with_two_contacts() -> Driver:
    """The second mail names the ticket of the first, and is about something else."""
    desk = Driver(MATRIX).at("09:00").mail(message="one").at("09:10").respond()
    return desk.at("09:20").mail("kim@acme.example", message="two", ticket=FIRST)


def test_the_clock_of_the_new_ticket_runs_from_when_the_contact_came() -> None:
    desk = desk_with_two_contacts().at("09:50").split("two")
    new = desk.ticket(2)
    assert (new.split_from, new.links, new.contacts, new.messages) == (FIRST, (FIRST,), ("kim@acme.example",), ("two",))
    assert [clock.deadline for clock in desk.clocks("response") if clock.running] == [when("10:20")]
    assert desk.ticket(1).contacts == ("jo@acme.example",)


def test_a_reply_to_the_mail_that_was_split_off_joins_the_new_ticket() -> None:
    desk = desk_with_two_contacts().split("two").at("09:55").mail("x@acme.example", in_reply_to="two")
    assert [event["number"] for event in desk.journal("ContactJoined")] == [FIRST, SECOND]


def test_a_contact_is_named_by_its_place_too() -> None:
    desk = desk_with_two_contacts()
    place = desk.ticket().received[-1].offset
    assert len(desk.split(str(place)).tickets()) == 2


def test_a_missed_call_takes_its_callback_with_it() -> None:
    desk = Driver("esentire", "example").at("09:00").missed("+1").at("09:05").missed("+2", call="c", ticket=FIRST)
    desk.at("09:10").split("c").at("09:15").called("+2").at("10:00").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]
    assert [clock.fulfilled_at for clock in desk.ticket(2).clocks if clock.rule == "callback"] == [when("09:15")]


def test_a_call_that_was_returned_before_the_split_is_owed_no_callback() -> None:
    desk = Driver("esentire", "example").at("09:00").missed("+1").at("09:05").missed("+2", call="c", ticket=FIRST)
    desk.at("09:10").called("+2").at("09:15").split("c").at("09:22").called("+1").at("10:00").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]


def test_what_a_late_promise_has_told_is_not_told_to_the_same_people_again() -> None:
    desk = Driver(MATRIX).at("09:00").mail(message="one").at("09:20").mail(message="two", ticket=FIRST)
    desk.at("10:10").tick().split("one").at("10:40").tick()
    assert desk.told("breached", "escalated", "cleared", "corrected") == [
        "10:00 breached",
        "10:00 escalated shift lead",
        "10:10 breached",
        "10:10 cleared",
        "10:20 breached",
        "10:20 escalated shift lead",
        "10:30 escalated SOC manager",
    ]
    assert len(open_incidents(desk.outputs)) == 2


def test_a_ticket_goes_back_to_resolved_when_what_reopened_it_was_another_matter() -> None:
    desk = desk_with_two_contacts().at("09:30").resolve().at("09:40").mail("kim@acme.example", "three", ticket=FIRST)
    assert desk.ticket().resolved_at is None
    desk.at("09:50").split("three")
    assert desk.ticket().resolved_at == when("09:30")
    assert [clock.deadline for clock in desk.ticket(2).clocks] == [when("10:40")]


def test_split_and_merged_again_it_is_owed_what_it_was_before() -> None:
    desk = Driver(MATRIX).at("09:00").mail(message="one").at("09:20").mail(message="two", ticket=FIRST)
    before = [(clock.started_at, clock.deadline) for clock in desk.clocks("response")]
    desk.at("09:30").split("one").at("09:31").merge(SECOND)
    after = [(clock.started_at, clock.deadline) for clock in desk.clocks("response") if clock.running]
    assert after == before
    assert [each.id for each in desk.ticket().received] == ["one", "two"]


def test_a_split_is_refused_with_its_reason() -> None:
    desk = Driver(MATRIX).at("09:00").mail(message="one").split("two").split("one")
    desk.mail(message="one", ticket=FIRST).split("one").split("one", ticket="ACME-000009")
    assert desk.refusals() == ["unknown_contact", "only_contact", "several_contacts", "unknown_ticket"]


def test_a_contact_of_which_only_the_mark_is_known_can_be_split_off() -> None:
    """As on a ticket that an earlier release has opened."""
    desk = desk_with_two_contacts()
    place = desk.ticket().received[-1].offset
    old = structs.replace(desk.ticket(), received=())
    desk.shard.load(Topic.TICKETS, old.id.encode(), snapshot.encode(old))
    desk.split(str(place))
    assert [clock.started_at for clock in desk.ticket(2).clocks] == [when("09:20")]
