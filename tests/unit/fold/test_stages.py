"""Received, responded, action plan, workaround, resolved, closed: forward only, and back only by reopening."""

from collections.abc import Callable

import pytest
from driver import FIRST, Driver, when

from tocsin.domain.instant import HOUR, MINUTE


@pytest.fixture
def desk() -> Driver:
    """A vendor that promises every stage."""
    return Driver("sentinelone")


def fulfilled(desk: Driver) -> dict[str, int | None]:
    return {clock.rule: clock.fulfilled_at for clock in desk.ticket().clocks}


def test_a_ticket_goes_through_its_stages_in_order(desk: Driver) -> None:
    desk.at("09:00").mail()
    stages = [desk.ticket().stage]
    for verb in (desk.respond, desk.action_plan, desk.workaround, desk.resolve, desk.close):
        verb()
        stages.append(desk.ticket().stage)
    assert stages == ["received", "responded", "action_plan", "workaround", "resolved", "closed"]


def test_a_stage_never_goes_backward(desk: Driver) -> None:
    desk.at("09:00").mail().workaround().respond().action_plan()
    assert desk.ticket().stage == "workaround"


def test_stages_may_be_skipped_forward(desk: Driver) -> None:
    desk.at("09:00").mail().at("09:30").resolve()
    assert desk.ticket().stage == "resolved"


def test_a_resolution_fulfils_what_lies_before_it(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P2").at("09:30").respond().at("10:00").resolve()
    assert fulfilled(desk) == {"response": when("09:30"), "action_plan": when("10:00")}


def test_a_resolution_without_a_response_fulfils_the_response(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P2").at("10:00").resolve().at("23:00").tick()
    assert fulfilled(desk) == {"response": when("10:00")}
    assert not desk.told("breached")


@pytest.mark.parametrize("channel", ["call", "mail", "desk"])
def test_work_shows_itself_by_call_mail_and_desk_alike(desk: Driver, channel: str) -> None:
    desk.at("09:00").mail().at("09:30")
    works: dict[str, Callable[[], object]] = {
        "call": lambda: desk.called(purpose="workaround", ticket=FIRST),
        "mail": lambda: desk.mailed(purpose="workaround", ticket=FIRST),
        "desk": desk.workaround,
    }
    works[channel]()
    assert desk.ticket().stage == "workaround"
    assert fulfilled(desk)["response"] == when("09:30")


@pytest.mark.parametrize(
    ("purpose", "stage"),
    [
        ("callback", "responded"),
        ("response", "responded"),
        ("action_plan", "action_plan"),
        ("workaround", "workaround"),
        ("resolution", "resolved"),
        ("status_report", "received"),
    ],
)
def test_a_purpose_says_which_stage_a_call_of_ours_brings(desk: Driver, purpose: str, stage: str) -> None:
    desk.at("09:00").answered().called(purpose=purpose)
    assert desk.ticket().stage == stage


def test_work_counts_at_its_own_time_and_not_at_its_stamp(desk: Driver) -> None:
    desk.at("09:00").mail().at("11:00").respond(happened="09:30")
    assert fulfilled(desk)["response"] == when("09:30")


def test_a_time_later_than_the_stamp_counts_as_the_stamp(desk: Driver) -> None:
    desk.at("09:00").mail().at("09:30").respond(happened="23:00")
    assert fulfilled(desk)["response"] == when("09:30")


# ---- closing and forgetting


def test_a_resolved_ticket_closes_after_72_hours(desk: Driver) -> None:
    desk.at("09:00").mail().resolve()
    assert desk.at("09:00", day=3).tick().ticket().stage == "resolved"
    assert desk.at("09:00:00.001", day=3).tick().ticket().stage == "closed"
    (closed,) = desk.journal("TicketClosed")
    assert (closed["at"], closed["input"]) == ("2026-03-05T09:00:00Z", None)


def test_a_ticket_may_be_closed_by_hand_which_resolves_it(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P2").at("09:30").close()
    assert desk.ticket().stage == "closed"
    assert fulfilled(desk) == {"response": when("09:30")}


def test_a_closed_ticket_is_kept_for_45_days_and_then_leaves_a_tombstone(desk: Driver) -> None:
    desk.at("09:00").mail().close()
    assert desk.at("09:00", day=45).tick().tickets()
    desk.at("09:00:00.001", day=45).tick()
    assert not desk.tickets()
    assert [event["at"] for event in desk.journal("TicketForgotten")] == ["2026-04-16T09:00:00Z"]


def test_a_forgotten_ticket_leaves_the_timers_and_the_counts(desk: Driver) -> None:
    desk.at("09:00").mail().close().at("10:00", day=45).tick()
    assert desk.shard.next_deadline is None
    assert not desk.shard.open_tickets()


def test_a_contact_that_names_a_forgotten_ticket_is_journalled_as_too_late_and_opens_one(desk: Driver) -> None:
    desk.at("09:00").mail().close().at("10:00", day=46).mail(ticket=FIRST)
    (late,) = desk.journal("EvidenceTooLate")
    assert (late["data"]["number"], late["number"]) == (FIRST, "ACME-000002")


def test_a_call_of_ours_for_a_forgotten_ticket_is_journalled_as_too_late(desk: Driver) -> None:
    desk.at("09:00").mail().close().at("10:00", day=46).called("+15550999", ticket=FIRST)
    assert [event["data"]["why"] for event in desk.journal("OutboundNoted")] == ["too late"]


def test_a_desk_command_on_a_forgotten_ticket_is_refused_and_says_so(desk: Driver) -> None:
    desk.at("09:00").mail().close().at("10:00", day=46).respond()
    (refused,) = desk.journal("CommandRejected")
    assert "forgotten" in json_of(refused)


def test_the_number_of_a_ticket_that_never_was_is_not_called_forgotten(desk: Driver) -> None:
    desk.at("09:00").mail().respond("ACME-000002").respond("ACME-1").respond("ACME-" + "9" * 5_000)
    assert desk.refusals() == ["unknown_ticket"] * 3
    assert not any("forgotten" in json_of(event) for event in desk.journal("CommandRejected"))


def json_of(event: dict[str, object]) -> str:
    return str(event)


# ---- reopening


def test_a_mail_on_a_resolved_ticket_reopens_it_with_a_clock_of_its_own(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1", priority="P2").at("09:30").resolve()
    desk.at("10:00").mail(in_reply_to="m1")
    assert desk.ticket().stage == "received"
    first, second = desk.clocks("response")
    assert (first.started_at, first.fulfilled_at, first.cycle) == (when("09:00"), when("09:30"), 1)
    assert (second.started_at, second.deadline, second.cycle) == (when("10:00"), when("10:00") + 6 * HOUR, 2)


def test_a_call_on_a_resolved_ticket_reopens_it(desk: Driver) -> None:
    desk.at("09:00").answered().at("09:30").resolve().at("10:00").answered(ticket=FIRST)
    assert (desk.ticket().stage, len(desk.tickets())) == ("received", 1)


def test_a_contact_on_a_closed_ticket_opens_a_linked_one(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").at("09:30").close().at("10:00").mail(in_reply_to="m1")
    assert (desk.ticket(1).stage, desk.ticket(2).links) == ("closed", (FIRST,))


def test_a_contact_from_before_the_resolution_that_is_heard_of_late_reopens_nothing(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").at("09:30").close().at("10:00").mail(in_reply_to="m1", happened="09:20")
    assert (desk.ticket().stage, len(desk.tickets())) == ("closed", 1)


def test_an_automatic_mail_reopens_nothing(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").at("09:30").resolve()
    desk.at("10:00").mail(in_reply_to="m1", automatic=True)
    assert desk.ticket().stage == "resolved"


@pytest.mark.parametrize("over", ["resolve", "close"])
def test_an_analyst_may_reopen_a_ticket_that_is_over(desk: Driver, over: str) -> None:
    desk.at("09:00").mail()
    getattr(desk, over)()
    desk.at("10:00").reopen()
    ticket = desk.ticket()
    assert (ticket.stage, ticket.resolved_at, ticket.closed_at) == ("received", None, None)


def test_a_reopened_ticket_closes_72_hours_after_its_last_resolution(desk: Driver) -> None:
    desk.at("09:00").mail().resolve().at("10:00").reopen().at("11:00").resolve()
    assert desk.at("09:00:00.001", day=3).tick().ticket().stage == "resolved"
    assert desk.at("11:00:00.001", day=3).tick().ticket().stage == "closed"


def test_what_was_kept_before_a_reopening_stays_kept(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P2").at("09:30").resolve().at("10:00").reopen().at("23:59").tick()
    assert not desk.told("breached")
    assert fulfilled(desk) == {"response": when("09:30")}


@pytest.mark.parametrize("happened", ["09:20", "09:30"])
def test_a_reopening_with_a_time_before_the_resolution_undoes_nothing_that_was_kept(
    desk: Driver, happened: str
) -> None:
    desk.at("09:00").mail(priority="P2").at("09:30").resolve().at("10:00").reopen(happened=happened)
    assert fulfilled(desk) == {"response": when("09:30")}
    desk.at("11:00").resolve().at("23:59").tick()
    assert not desk.told("breached")


def test_a_repeat_in_the_millisecond_of_the_resolution_undoes_nothing_that_was_kept() -> None:
    desk = Driver("esentire", plan="example")
    desk.at("09:00").detection().at("09:10").resolve().detection()
    first, second = desk.clocks("detection_alert")
    assert (first.started_at, first.fulfilled_at) == (when("09:00"), when("09:10"))
    assert second.fulfilled_at is None
    assert abs(second.started_at - when("09:10")) <= 1


def test_closing_a_reopened_ticket_with_an_old_time_leaves_no_clock_running(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1", priority="P2").at("09:30").resolve()
    desk.at("10:00").mail(in_reply_to="m1").at("10:30").close(happened="09:40")
    assert desk.ticket().stage == "closed"
    assert all(clock.fulfilled_at is not None for clock in desk.clocks("response"))


def test_work_from_before_a_reopening_that_is_logged_late_belongs_to_what_was_before(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").at("09:30").resolve().at("10:00").mail(in_reply_to="m1")
    desk.at("10:05").respond(happened="09:10")
    first, second = desk.clocks("response")
    assert (desk.ticket().stage, first.fulfilled_at, second.fulfilled_at) == ("received", when("09:10"), None)


def test_a_resolution_logged_late_does_not_hide_that_the_client_has_written_since(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1", priority="P2").at("10:00").mail(in_reply_to="m1")
    desk.at("10:05").resolve(happened="09:30")
    assert desk.ticket().stage == "received"
    assert [clock.started_at for clock in desk.clocks("response")] == [when("09:00"), when("10:00")]


def test_a_reopened_ticket_has_to_be_taken_again(desk: Driver) -> None:
    desk.at("09:00").mail(message="m1").acknowledge().resolve().at("09:00:01").mail(in_reply_to="m1")
    assert desk.ticket().taken_by == ()


def test_what_is_promised_without_a_figure_is_tracked_and_never_breached(desk: Driver) -> None:
    desk.at("09:00").mail().respond().at("09:00", day=30).tick()
    clock = desk.clock("action_plan")
    assert (clock.deadline, clock.fulfilled_at) == (None, None)
    assert not [alert for alert in desk.alerts() if alert["objective"] == "action_plan"]


def test_a_working_day_plan_counts_only_its_hours() -> None:
    """Professional: nine hours from Monday to Friday; four business hours from Monday 17:00 end on Tuesday at 12:00."""
    desk = Driver("sentinelone", plan="professional")
    desk.at("17:00").answered(priority="P1")
    assert desk.clock("response").deadline == when("12:00", day=1)
    assert desk.clock("response").warnings == (when("12:00", day=1) - 60 * MINUTE,)
