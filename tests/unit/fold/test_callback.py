"""A client's call that was not answered is returned within 20 minutes of reception."""

import pytest
from driver import ANALYST, CALLER, FIRST, Driver, changed, clock_of, shipped, when

from tocsin.domain.commands.desk import RuleOut
from tocsin.domain.contract.rules import Citation, Consequence, Exclusion
from tocsin.messages.record import Topic

OTHER = "+15550177"


@pytest.fixture
def desk() -> Driver:
    return Driver("esentire", plan="example")


def overdue(desk: Driver) -> list[str]:
    return desk.told("callback_overdue")


def test_a_missed_call_that_is_not_returned_warns_then_is_overdue_then_climbs_the_matrix(desk: Driver) -> None:
    desk.at("09:00").missed().at("10:00").tick()
    callback = [alert for alert in desk.alerts() if alert["objective"] == "callback"]
    assert [f"{it['at']} {it['kind']} {it['role']}" for it in callback] == [
        "09:10 at_risk None",
        "09:10 escalated analyst",
        "09:15 at_risk None",
        "09:20 callback_overdue None",
        "09:20 escalated shift lead",
        "09:30 escalated SOC manager",
    ]


def test_the_overdue_alert_carries_deadline_clause_ticket_and_the_call_that_caused_it(desk: Driver) -> None:
    desk.at("09:00").missed(client_ticket="INC1").at("09:20:00.001").tick()
    (alert,) = desk.alerts("callback_overdue")
    ticket = desk.ticket()
    assert (alert["deadline"], alert["elapsed_seconds"]) == ("2026-03-02T09:20:00Z", 1200)
    assert (alert["number"], alert["ticket"], alert["client_ticket"]) == (FIRST, ticket.id, "INC1")
    assert (alert["clause"], alert["contract"], alert["contract_hash"]) == (
        "Telephone Support",
        "esentire",
        ticket.contract,
    )
    assert alert["offsets"] == [1]
    assert (alert["action"], alert["dedup_key"]) == ("trigger", f"acme/{ticket.id}/callback/1")


def test_one_late_callback_is_overdue_and_not_breached_besides(desk: Driver) -> None:
    desk.at("09:00").missed().at("12:00").tick()
    assert len(overdue(desk)) == 1
    assert not desk.told("breached")


def test_a_callback_a_second_before_the_deadline_keeps_the_promise(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:19:59").called().at("12:00").tick()
    assert not overdue(desk)
    assert desk.clock("callback").fulfilled_at == when("09:19:59")


def test_a_callback_at_the_deadline_to_the_millisecond_is_in_time(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:20:00.000").called().at("12:00").tick()
    assert not overdue(desk)


def test_a_callback_a_millisecond_after_the_deadline_is_late(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:20:00.001").called().at("12:00").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]
    assert desk.told("cleared") == ["09:20:00.001 cleared"]
    assert not desk.told("corrected")


def test_a_callback_logged_late_corrects_the_alert_that_fired(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:40").called(happened="09:19").at("12:00").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]
    assert desk.told("corrected") == ["09:40 corrected"]
    assert not desk.told("cleared")
    clock = desk.clock("callback")
    assert (clock.breached, clock.fulfilled_at) == (False, when("09:19"))


def test_a_correction_closes_the_incident_that_the_overdue_alert_opened(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:40").called(happened="09:19")
    (alert,), (correction,) = desk.alerts("callback_overdue"), desk.alerts("corrected")
    assert (correction["action"], correction["dedup_key"]) == ("resolve", alert["dedup_key"])


def test_who_rings_again_before_the_callback_is_owed_one_by_the_first_deadline(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:10").missed().at("09:20:00.001").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]
    assert desk.clock("callback").started_at == when("09:00")
    assert len(desk.tickets()) == 1


def test_one_callback_returns_every_call_that_was_missed_before_it(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:10").missed().at("09:15").called().at("12:00").tick()
    assert not overdue(desk)
    assert desk.clock("callback").fulfilled_at == when("09:15")


def test_a_call_missed_after_the_callback_is_a_new_obligation(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:05").called().at("09:30").missed().at("09:50:00.001").tick()
    assert overdue(desk) == ["09:50 callback_overdue"]
    assert [clock.started_at for clock in desk.clocks("callback")] == [when("09:00"), when("09:30")]


def test_who_rings_again_and_is_answered_is_owed_nothing(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:10").answered().at("12:00").tick()
    assert not overdue(desk)
    assert desk.clock("callback").fulfilled_at == when("09:10")


@pytest.mark.parametrize("outcome", ["no_answer", "busy"])
def test_a_call_that_did_not_get_through_is_an_attempt_and_not_a_return(desk: Driver, outcome: str) -> None:
    desk.at("09:00").missed().at("09:10").called(outcome=outcome).at("09:30").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]
    (attempt,) = desk.journal("CallAttempted")
    assert (attempt["data"]["outcome"], attempt["number"]) == (outcome, FIRST)


def test_word_left_on_a_machine_returns_a_call_but_is_no_response(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:10").called(outcome="voicemail").at("12:00").tick()
    assert not overdue(desk)
    assert desk.ticket().stage == "received"


def test_a_contract_may_not_take_word_on_a_machine_for_a_return() -> None:
    desk = Driver("sentinelone")
    desk.at("09:00").missed(priority="P1").at("09:10").called(outcome="voicemail")
    assert [event["data"]["outcome"] for event in desk.journal("CallAttempted")] == ["voicemail"]


def test_a_callback_that_is_recorded_before_the_missed_call_keeps_the_promise(desk: Driver) -> None:
    desk.at("09:06").called(happened="09:05").at("09:07").missed(happened="09:00").at("12:00").tick()
    assert not overdue(desk)
    assert desk.clock("callback").fulfilled_at == when("09:05")


def test_a_call_of_ours_from_before_the_missed_call_returns_nothing(desk: Driver) -> None:
    desk.at("08:50").called().at("09:00").missed().at("09:20:00.001").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]


def test_a_callback_to_another_number_counts_if_it_names_the_call(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:10").called(OTHER, returns="c1").at("12:00").tick()
    assert not overdue(desk)


def test_a_callback_to_another_number_that_names_no_call_returns_nothing(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:10").called(OTHER).at("09:30").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]


def test_a_callback_by_id_that_is_recorded_before_its_missed_call_keeps_the_promise(desk: Driver) -> None:
    desk.at("09:06").called(OTHER, returns="c1", happened="09:05").at("09:07").missed(call="c1", happened="09:00")
    desk.at("12:00").tick()
    assert not overdue(desk)


def test_a_callback_by_id_returns_the_calls_of_the_number_that_it_reached_too(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:01").missed(OTHER, call="c2")
    desk.at("09:10").called(OTHER, returns="c1").at("12:00").tick()
    assert not overdue(desk)


def test_a_callback_by_id_answers_an_earlier_call_of_the_same_caller_that_is_heard_of_last(desk: Driver) -> None:
    desk.at("09:06").called(OTHER, returns="c1", happened="09:05").at("09:07").missed(call="c1", happened="09:00")
    desk.at("09:08").missed(call="c0", happened="08:58").at("12:00").tick()
    assert not overdue(desk)


def test_a_callback_by_id_is_journalled_once_however_it_was_found(desk: Driver) -> None:
    desk.at("09:06").called(CALLER, returns="c1", happened="09:05").at("09:07").missed(call="c1", happened="09:00")
    assert len(desk.journal("CallReturned")) == 1


def test_the_id_of_a_call_that_two_callers_claim_returns_neither_callers_call(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:01").missed(OTHER, call="c1")
    desk.at("09:10").called("+15550999", returns="c1").at("09:30").tick()
    assert overdue(desk) == ["09:20 callback_overdue", "09:21 callback_overdue"]


def test_who_rings_a_hundred_times_is_owed_one_callback_by_the_first_deadline(desk: Driver) -> None:
    desk.at("09:00")
    for number in range(100):
        desk.missed(call=f"c{number}", ticket=None)
    desk.at("09:10").called("+15550999", returns="c99").at("09:30").tick()
    assert not overdue(desk)
    assert len(desk.clocks("callback")) == 1


def test_a_second_missed_call_that_names_another_ticket_is_no_second_obligation(desk: Driver) -> None:
    desk.at("08:00").mail("kim@acme.example").respond()
    desk.at("09:00").missed().at("09:05").missed(ticket=FIRST).at("09:20:00.001").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]
    assert len(desk.clocks("callback")) == 1


def test_two_callers_on_one_ticket_are_owed_a_callback_each(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:05").missed(OTHER, ticket=FIRST)
    desk.at("09:10").called().at("09:25:00.001").tick()
    assert overdue(desk) == ["09:25 callback_overdue"]


def test_an_exclusion_of_everything_ends_no_callback() -> None:
    everything = Exclusion(reason="fees_unpaid", consequence=Consequence.NO_OBLIGATION, cites=Citation(clause="1"))
    desk = Driver(changed(shipped("esentire"), "example", exclusions=(everything,)), "example").at("09:00").missed()
    desk.at("09:05").publish(RuleOut(ticket=FIRST, analyst=ANALYST, reason="fees_unpaid")).at("09:21").tick()
    assert desk.ticket().ruled_out == ("fees_unpaid",)
    assert overdue(desk) == ["09:20 callback_overdue"]


def test_a_missed_call_heard_of_late_moves_the_start_of_the_obligation_earlier(desk: Driver) -> None:
    desk.at("09:10").missed().at("09:15").missed(happened="09:05").at("09:25:00.001").tick()
    assert overdue(desk) == ["09:25 callback_overdue"]
    assert desk.clock("callback").started_at == when("09:05")


def test_a_missed_call_heard_of_after_its_deadline_is_overdue_at_once(desk: Driver) -> None:
    desk.at("09:40").missed(happened="09:00").at("09:41").tick()
    (alert,) = desk.alerts("callback_overdue")
    assert (alert["at"], alert["deadline"]) == ("09:40", "2026-03-02T09:20:00Z")


def test_a_callback_heard_of_late_splits_an_obligation_in_two(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:10").missed().at("09:15").called(happened="09:05").at("09:30:00.001").tick()
    assert overdue(desk) == ["09:30 callback_overdue"]
    first, second = desk.clocks("callback")
    assert (first.started_at, first.fulfilled_at) == (when("09:00"), when("09:05"))
    assert (second.started_at, second.fulfilled_at) == (when("09:10"), None)


def test_an_obligation_that_a_split_made_later_is_not_taken_for_late(desk: Driver) -> None:
    """Heard of backwards: the second call, the first, then the callback between them, after the first deadline."""
    desk.at("09:18").missed(happened="09:10").at("09:19").missed(happened="09:00")
    desk.at("09:21").called(happened="09:05")
    assert overdue(desk) == ["09:20 callback_overdue"]
    desk.at("09:30:00.001").tick()
    assert [clock_of(alert["deadline"]) for alert in desk.alerts("callback_overdue")] == ["09:20", "09:30"]


def test_a_callback_goes_to_the_ticket_that_is_open_and_not_to_one_that_was_closed_before(desk: Driver) -> None:
    desk.at("08:00").missed().called().resolve().close()
    desk.at("09:00").missed().at("09:10").called()
    assert (desk.ticket(1).stage, desk.ticket(2).stage) == ("closed", "responded")


def test_callbacks_are_owed_tenant_by_tenant(desk: Driver) -> None:
    desk.at("09:00").of("acme").missed().of("globex").missed()
    desk.at("09:10").of("acme").called().at("09:30").tick()
    assert [alert["tenant"] for alert in desk.alerts("callback_overdue")] == ["globex"]


def test_a_caller_is_owed_a_callback_whatever_ticket_was_resolved_meanwhile(desk: Driver) -> None:
    desk.at("09:00").missed(CALLER).at("09:10").resolve().at("09:20:00.001").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]


def test_a_callback_that_is_owed_after_the_ticket_was_closed_may_still_be_taken_and_given(desk: Driver) -> None:
    desk.at("09:00").missed().at("09:10").close().at("09:25").acknowledge()
    assert desk.refusals() == []
    desk.at("09:30").called().at("23:00").tick()
    assert desk.told("cleared") == ["09:30 cleared"]
    assert desk.ticket().stage == "closed"


# ---- one call is one call


@pytest.mark.parametrize("answered_at", ["09:00:05", "09:00:30", "09:00:50"])
@pytest.mark.parametrize("answered_first", [True, False])
def test_a_call_that_rings_at_two_telephones_and_is_taken_at_one_is_owed_no_callback(
    desk: Driver, answered_at: str, answered_first: bool
) -> None:
    desk.at("09:01")
    if answered_first:
        desk.answered(call="c1", happened=answered_at).missed(call="c1", happened="09:00:30")
    else:
        desk.missed(call="c1", happened="09:00:30").answered(call="c1", happened=answered_at)
    desk.at("12:00").tick()
    assert not overdue(desk)
    assert len(desk.tickets()) == 1
    assert not [mark for mark in desk.ticket().marks if mark.kind == "callback_owed"]


def test_an_answered_leg_heard_of_late_closes_the_incident_of_the_missed_one(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:30").answered(call="c1", happened="09:00:05").at("12:00").tick()
    assert overdue(desk) == ["09:20 callback_overdue"]
    assert desk.told("cleared") == ["09:30 cleared"]
    assert desk.clock("callback").void


def test_an_answered_leg_spares_no_other_call_of_its_caller_that_came_after_it(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:05").missed(call="c2").at("09:06").answered(call="c1", happened="09:00")
    desk.at("09:25:00.001").tick()
    assert overdue(desk) == ["09:25 callback_overdue"]


def test_an_answered_leg_lets_the_ticket_be_forgotten_by_its_caller(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").answered(call="c1").at("09:10").close().at("09:10", day=200).tick()
    assert desk.tickets() == []
    keys = {output.key: output.value for output in desk.outputs if output.topic is Topic.TENANTS}
    assert keys[f"caller/acme/{CALLER}".encode()] is None


def test_a_late_leg_owes_nothing_again_once_the_call_was_returned(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:05").called().at("09:06").missed(call="c1").at("12:00").tick()
    assert not overdue(desk)
    assert len(desk.clocks("callback")) == 1


def test_a_leg_that_came_first_and_is_heard_of_last_is_the_beginning_of_the_call(desk: Driver) -> None:
    desk.at("09:06").missed(call="c1").called(happened="09:05").missed(call="c1", happened="09:00").at("12:00").tick()
    assert not overdue(desk)
    assert desk.clock("callback").fulfilled_at == when("09:05")


def test_a_call_that_began_before_a_return_that_is_known_was_returned_by_it(desk: Driver) -> None:
    desk.at("09:05").called().at("09:06").missed(call="c1").missed(call="c1", happened="09:00").at("12:00").tick()
    assert not overdue(desk)


def test_a_late_leg_of_an_answered_call_owes_no_second_response(desk: Driver) -> None:
    desk.at("09:00").answered(call="c1").at("09:05").respond().at("09:06").missed(call="c1").at("23:00").tick()
    assert not desk.told("breached", "callback_overdue")
    assert desk.ticket().stage == "responded"


def test_a_late_leg_of_a_closed_ticket_opens_none(desk: Driver) -> None:
    desk.at("09:00").answered(call="c1").at("09:05").close().at("09:06").missed(call="c1").at("12:00").tick()
    assert len(desk.tickets()) == 1
    assert not overdue(desk)


def test_a_leg_that_names_another_ticket_belongs_there_and_owes_no_second_callback(desk: Driver) -> None:
    desk.at("08:00").mail().respond().at("09:00").missed(call="c1").missed(call="c1", ticket=FIRST)
    desk.at("09:10").answered(call="c1", ticket=FIRST, happened="09:00:10").at("12:00").tick()
    assert not overdue(desk)


def test_a_second_leg_does_not_page_anew_who_has_taken_the_callback(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").at("09:16").acknowledge().at("09:17").missed(call="c1", happened="09:00:30")
    desk.at("09:19").tick()
    assert desk.ticket().taken_by[0].covers


def test_an_id_that_is_used_again_days_later_is_another_call(desk: Driver) -> None:
    desk.at("09:00").answered(call="1").at("09:00", day=3).missed(call="1").at("12:00", day=3).tick()
    assert overdue(desk) == ["3d 09:20 callback_overdue"]
