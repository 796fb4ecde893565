"""Two tickets that are one matter become one: each promise counts from its first start, and is told once."""

from contracts import HALFWAY, contract, response, step
from driver import CLIENT, FIRST, Driver, open_incidents, when

from tocsin.domain.commands.inbound import RequestSubmitted
from tocsin.domain.contract.model import Contract
from tocsin.domain.vocabulary import Channel, Evidence, Stage

SECOND = "ACME-000002"
OTHER_CLIENT = "kim@acme.example"
MATRIX: Contract = contract(
    response({"P1": 20, "P2": 60, "P3": 240}, warnings=(HALFWAY,)),
    steps=(step("shift lead"), step("SOC manager", after=30)),
)


def desk_with_two_mails() -> Driver:
    return Driver(MATRIX).at("09:00").mail(message="one").at("09:20").mail(OTHER_CLIENT, message="two")


def test_the_earliest_start_of_a_promise_counts() -> None:
    desk = desk_with_two_mails().at("09:30").merge(FIRST, into=SECOND)
    (ticket,) = desk.tickets()
    assert ticket.number == SECOND
    assert [mark.at for mark in ticket.marks] == [when("09:00"), when("09:20")]
    assert desk.clock("response").deadline == when("10:00")


def test_an_answer_on_either_ticket_was_one_for_both() -> None:
    desk = desk_with_two_mails().at("09:30").respond(SECOND).at("09:40").merge(SECOND, into=FIRST)
    assert desk.clock("response").fulfilled_at == when("09:30")
    desk.at("12:00").tick()
    assert not desk.told("breached")


def test_a_merged_ticket_is_found_by_its_number_its_id_and_its_thread() -> None:
    desk = desk_with_two_mails()
    merged = desk.ticket(2).id
    desk.at("09:30").merge(SECOND)
    desk.mail("x@acme.example", ticket=SECOND).mail("y@acme.example", in_reply_to="two").note("z", ticket=merged)
    (ticket,) = desk.tickets()
    assert {"x@acme.example", "y@acme.example"} < set(ticket.contacts)
    assert [event["number"] for event in desk.journal("ContactJoined", "NoteAdded")] == [FIRST] * 3


def test_a_merged_ticket_is_found_by_the_number_that_the_client_gave_it() -> None:
    desk = Driver(MATRIX).at("09:00").mail(client_ticket="C-1").at("09:10").mail(OTHER_CLIENT, client_ticket="C-2")
    desk.at("09:30").merge(SECOND).mail("x@acme.example", client_ticket="C-2")
    (ticket,) = desk.tickets()
    assert (ticket.client_ticket, len(ticket.marks)) == ("C-1", 3)


def test_a_detection_of_the_merged_ticket_repeats_on_the_one_that_stays() -> None:
    desk = Driver(MATRIX).at("09:00").mail().at("09:10").detection(key="k").at("09:20").merge(SECOND)
    desk.at("09:30").detection(key="k")
    (ticket,) = desk.tickets()
    assert ticket.repeats == 1


def test_merging_in_a_chain_leads_to_its_end() -> None:
    desk = desk_with_two_mails().at("09:25").mail("third@acme.example").at("09:30").merge(FIRST, into=SECOND)
    desk.at("09:31").merge(SECOND, into="ACME-000003").at("09:32").respond(FIRST)
    (ticket,) = desk.tickets()
    assert (ticket.number, ticket.stage) == ("ACME-000003", Stage.RESPONDED)


def test_the_incidents_of_the_merged_ticket_are_closed() -> None:
    desk = Driver(MATRIX).at("09:00").mail().at("09:01").respond().at("09:10").detection(key="k")
    key = f"acme/{desk.ticket(2).id}/detection/0"
    assert key in open_incidents(desk.outputs)
    desk.at("09:20").merge(SECOND)
    assert not open_incidents(desk.outputs)


def test_what_both_were_late_with_is_one_incident_and_is_told_no_more() -> None:
    desk = desk_with_two_mails().at("11:00").tick()
    assert desk.told("breached") == ["10:00 breached", "10:20 breached"]
    desk.at("11:05").merge(SECOND).at("12:00").tick()
    assert desk.told("breached") == ["10:00 breached", "10:20 breached"]
    assert open_incidents(desk.outputs) == {f"acme/{desk.ticket(1).id}/response/1"}


def test_what_the_merged_ticket_was_late_with_is_an_incident_of_the_one_that_stays() -> None:
    """It is opened there; nobody is told by name again, since the steps of the matrix that were taken stay taken."""
    desk = desk_with_two_mails().at("10:10").tick().merge(FIRST, into=SECOND).at("10:40").tick()
    assert desk.told() == [
        "09:30 at_risk",
        "09:50 at_risk",
        "10:00 breached",
        "10:00 escalated shift lead",
        "10:10 cleared",
        "10:10 breached",
        "10:30 escalated SOC manager",
    ]
    assert open_incidents(desk.outputs) == {f"acme/{desk.ticket(2).id}/response/1"}


def test_what_was_late_and_is_answered_is_not_told_again() -> None:
    desk = desk_with_two_mails().at("10:10").respond(FIRST).at("10:15").merge(FIRST, into=SECOND).at("13:00").tick()
    clock = desk.clock("response")
    assert (clock.breached, clock.fulfilled_at) == (True, when("10:10"))
    assert desk.told("breached", "cleared") == ["10:00 breached", "10:10 cleared", "10:15 cleared"]
    assert not open_incidents(desk.outputs)


def test_the_more_urgent_priority_holds_from_when_the_merged_ticket_had_it() -> None:
    desk = Driver(MATRIX).at("09:00").mail(priority="P3").at("09:20").mail(OTHER_CLIENT, priority="P1")
    desk.at("09:30").merge(SECOND)
    assert desk.ticket().priority == "P1"
    (raised,) = (mark for mark in desk.ticket().marks if mark.kind == Evidence.PRIORITY_RAISED)
    assert raised.at == when("09:20")


def test_late_evidence_for_the_merged_ticket_counts_on_the_one_that_stays() -> None:
    desk = desk_with_two_mails().at("10:10").tick().merge(SECOND).at("10:20").respond(SECOND, happened="09:50")
    assert desk.told("corrected") == ["10:20 corrected"]
    assert desk.clock("response").fulfilled_at == when("09:50")
    assert not open_incidents(desk.outputs)


def test_a_callback_of_the_merged_ticket_is_still_owed_to_its_caller() -> None:
    desk = Driver("esentire", "example").at("09:00").missed("+1", call="c").at("09:05").missed("+2")
    desk.at("09:06").merge(FIRST, into=SECOND).at("09:10").called("+1", returns="c").at("09:30").tick()
    assert desk.told("callback_overdue") == ["09:25 callback_overdue"]
    assert [clock.fulfilled_at for clock in desk.clocks("callback")] == [when("09:10"), None]


def test_a_wait_from_before_the_other_ticket_began_counts_and_no_later_one() -> None:
    waits = contract(response({"P2": 60}, paused_by=("waiting",)))
    desk = Driver(waits).at("09:00").mail().at("09:10").hold("waiting").at("09:40").mail(OTHER_CLIENT)
    desk.at("09:50").merge(FIRST, into=SECOND)
    assert desk.clock("response").deadline == when("10:30")


def test_two_tickets_that_are_one_matter_are_one_case() -> None:
    desk = desk_with_two_mails().merge(SECOND)
    (tenant,) = desk.shard.tenants()
    assert tenant.cases == {"": 1}


def test_a_merge_is_refused_with_its_reason() -> None:
    desk = desk_with_two_mails().at("09:30").merge(FIRST, into="ACME-000009").merge(FIRST, into="GLOBEX-000001")
    desk.merge(FIRST, into=FIRST).merge("ACME-000009").close(SECOND).merge(FIRST, into=SECOND).merge(SECOND)
    reasons = ["unknown_ticket", "other_tenant", "same_ticket", "unknown_ticket", "ticket_closed", "ticket_closed"]
    assert desk.refusals() == reasons
    assert len(desk.tickets()) == 2


def test_a_ticket_is_merged_once() -> None:
    desk = desk_with_two_mails().merge(SECOND).merge(SECOND).merge(SECOND, into=SECOND)
    assert desk.refusals() == ["already_merged", "already_merged"]


def test_the_input_that_opened_a_merged_ticket_opens_none_when_it_comes_again() -> None:
    form = RequestSubmitted(channel=Channel.PORTAL, contact=OTHER_CLIENT, subject="Help")
    desk = Driver(MATRIX, window=1).at("09:00").mail().at("09:20").publish(form).at("09:30").merge(SECOND)
    desk.at("09:40").again(2)
    assert desk.shard.counters.duplicates == 1
    assert len(desk.tickets()) == 1


def test_a_closed_survivor_is_forgotten_with_the_numbers_that_led_to_it() -> None:
    desk = desk_with_two_mails().merge(SECOND).close().at("09:00", day=60).tick().mail(CLIENT, ticket=SECOND)
    assert desk.ticket(3).number == "ACME-000003"
    assert [event["data"]["number"] for event in desk.journal("EvidenceTooLate")] == [SECOND]


# ---- what somebody had taken


def test_what_was_taken_on_the_merged_ticket_is_taken_on_the_one_that_stays() -> None:
    """It becomes another incident, which is acknowledged at once; the matrix rests as long as it would have rested."""
    desk = desk_with_two_mails().at("10:10").acknowledge(FIRST).at("10:15").merge(FIRST, into=SECOND)
    assert desk.told("acknowledged") == ["10:10 acknowledged", "10:15 acknowledged"]
    assert [each.expires_at for each in desk.ticket(2).taken_by] == [when("10:40")]
    desk.at("10:39").tick()
    assert desk.told("escalated") == ["10:00 escalated shift lead"]
    desk.at("10:50").tick()
    assert desk.told("escalated") == ["10:00 escalated shift lead", "10:40 escalated SOC manager"]


def test_what_was_taken_and_worked_on_rests_for_good() -> None:
    desk = desk_with_two_mails().at("10:10").acknowledge(FIRST).action_plan(FIRST)
    desk.at("10:15").merge(FIRST, into=SECOND).at("13:00").tick()
    assert desk.told("escalated") == ["10:00 escalated shift lead"]


def test_a_warning_that_was_taken_is_taken_on_the_ticket_that_stays() -> None:
    desk = desk_with_two_mails().at("09:40").acknowledge(FIRST).at("09:45").merge(FIRST, into=SECOND)
    desk.at("10:09").tick()
    assert desk.told("breached", "escalated") == ["10:00 breached"]
    desk.at("10:11").tick()
    assert desk.told("escalated") == ["10:10 escalated shift lead"]


def test_what_nobody_had_taken_on_the_ticket_that_stays_goes_on() -> None:
    desk = desk_with_two_mails().at("10:25").acknowledge(FIRST).at("10:26").merge(FIRST, into=SECOND)
    assert [each.covers for each in desk.ticket(2).taken_by] == []
    desk.at("10:55").tick()
    assert desk.told("escalated")[-1] == "10:30 escalated SOC manager"


def test_an_urgent_matter_that_was_taken_is_taken_where_a_merge_raises_the_priority() -> None:
    desk = Driver(MATRIX).at("09:00").mail(priority="P3").at("09:20").mail(OTHER_CLIENT, priority="P1")
    desk.at("09:41").acknowledge(SECOND).at("09:45").merge(SECOND).at("10:10").tick()
    assert desk.told("escalated") == ["09:40 escalated shift lead"]


def test_a_contact_that_is_split_off_stays_taken() -> None:
    desk = Driver(MATRIX).at("09:00").mail(message="one").mail(OTHER_CLIENT, message="two", ticket=FIRST)
    desk.at("10:10").acknowledge().at("10:15").split("one")
    assert [each.covers for each in desk.ticket(2).taken_by] == [("response/1",)]


def test_what_was_taken_before_a_merge_is_not_taken_by_a_later_rise() -> None:
    desk = desk_with_two_mails().at("10:10").acknowledge(FIRST).at("10:15").merge(FIRST, into=SECOND)
    desk.at("10:16").reclassify("P1", SECOND)
    assert [each.covers for each in desk.ticket(2).taken_by] == [()]


def test_what_waits_for_its_call_waits_on_where_it_is_merged_into() -> None:
    desk = (
        Driver("sentinelone", "enterprise")
        .at("09:00")
        .mail(priority="P3")
        .at("09:10")
        .mail(OTHER_CLIENT, priority="P1")
    )
    desk.at("09:20").merge(SECOND)
    assert desk.told("channel_violation") == ["09:10 channel_violation", "09:20 channel_violation"]
    desk.at("10:00").answered(ticket=FIRST)
    assert [clock.deadline for clock in desk.clocks("response") if clock.running] == [when("12:00")]


def test_what_management_hears_of_a_matter_that_is_over_does_not_stay_open() -> None:
    desk = Driver("sorb", plan="platinum").at("09:00").mail().at("09:30").detection("critical")
    desk.at("10:00").resolve(SECOND).at("10:30").merge(SECOND)
    assert desk.told("management_notice") == ["10:30 management_notice senior management"]
    assert desk.ticket().stage is Stage.RESOLVED
    assert open_incidents(desk.outputs) == set()
