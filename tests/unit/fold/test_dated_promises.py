"""A ticket is neither closed by time nor forgotten before its promises with a date are kept, or late and told."""

from driver import Driver, clock_of, folded, values
from hypothesis import given
from logs import Step, closing_tick, log
from random_histories import HISTORIES, histories

from tocsin.domain.commands.desk import ConfirmDeletion, RuleOut, ShipReplacement
from tocsin.domain.commands.inbound import DeletionDemanded, EquipmentFailed
from tocsin.domain.instant import DAY
from tocsin.engine.shard import Shard
from tocsin.messages.record import Topic

FIRST = "ACME-000001"


def notice() -> Driver:
    """A notice to delete that is given on 2 March 2026: 18 months are 549 days."""
    demand = DeletionDemanded(contact="legal@acme.example", subject="Delete my data", after_end=True)
    return Driver("sorb", "premium").at("10:00").publish(demand)


def times(desk: Driver, *types: str) -> list[str]:
    return [clock_of(event["at"]) for event in desk.journal(*types)]


def test_a_ticket_that_was_closed_is_kept_until_its_promise_is_late_and_45_days_more() -> None:
    desk = notice().at("12:00").close().at("00:00", day=700).tick()
    assert times(desk, "ObjectiveBreached") == ["549d 10:00"]
    assert times(desk, "TicketForgotten") == ["594d 10:00"]
    assert desk.told("breached", "cleared", "forgotten") == ["549d 10:00 breached", "594d 10:00 forgotten"]


def test_a_ticket_that_was_resolved_is_closed_by_time_when_its_promise_is_kept() -> None:
    desk = notice().at("12:00").resolve().at("12:00", day=300).publish(ConfirmDeletion(ticket=FIRST, analyst="Ann"))
    desk.at("00:00", day=400).tick()
    assert times(desk, "TicketClosed", "TicketForgotten") == ["300d 12:00", "345d 12:00"]
    assert not desk.told("breached", "corrected", "cleared")


def test_no_exclusion_from_support_ends_the_duty_to_delete() -> None:
    desk = notice().at("12:00").publish(RuleOut(ticket=FIRST, analyst="Ann", reason="fees_unpaid")).close()
    assert times(desk.at("00:00", day=550).tick(), "ObjectiveBreached") == ["549d 10:00"]


def test_what_is_late_can_be_kept_and_corrected_for_45_days() -> None:
    desk = notice().at("12:00").close().at("12:00", day=560)
    desk.publish(ConfirmDeletion(ticket=FIRST, analyst="Ann"), happened=desk.now - 20 * DAY)
    assert desk.told("corrected") == ["560d 12:00 corrected"]


def test_an_ordinary_ticket_is_closed_after_72_hours_and_forgotten_45_days_later() -> None:
    desk = Driver("sorb", "premium").at("02:00").mail(priority="P3").at("03:00").resolve().at("00:00", day=60).tick()
    assert times(desk, "TicketClosed", "TicketForgotten") == ["3d 03:00", "48d 03:00"]


def test_a_promise_without_a_date_keeps_no_ticket() -> None:
    failed = EquipmentFailed(device="d", kind="soho", contact="jo@acme.example")
    desk = Driver("esentire").at("09:00").publish(failed).at("10:00").close().at("00:00", day=60).tick()
    assert times(desk, "TicketForgotten") == ["45d 10:00"]


def test_a_replacement_that_is_owed_is_late_though_its_ticket_was_resolved() -> None:
    failed = EquipmentFailed(device="d", kind="sensor", contact="jo@acme.example")
    desk = Driver("esentire").at("09:00").publish(failed).at("10:00").resolve()
    desk.at("18:00", day=1).publish(ShipReplacement(ticket=FIRST, analyst="Ann"))
    assert desk.told("breached", "cleared") == ["1d 17:00 breached", "1d 18:00 cleared"]


@HISTORIES
@given(histories())
def test_no_ticket_goes_before_what_has_a_date_is_kept_or_late_and_told(steps: list[Step]) -> None:
    records = log(steps)
    shard = Shard(0)
    shard.cut_repeats_after(max(record.timestamp for record in records))
    owed: dict[str, set[tuple[str, int]]] = {}
    late: dict[str, set[tuple[str, int]]] = {}
    for event in values(folded(shard, [*records, closing_tick(records, after=800 * DAY)]), Topic.TICKET_EVENTS):
        kind, data = event["type"], event["data"]
        clock = (data.get("rule"), data.get("cycle"))
        with_date, told = owed.setdefault(event["ticket"], set()), late.setdefault(event["ticket"], set())
        if kind in ("ClockStarted", "ClockMoved"):
            (with_date.add if data.get("deadline") else with_date.discard)(clock)
        elif kind in ("ObjectiveFulfilled", "PromiseWithdrawn"):
            with_date.discard(clock)
        elif kind == "ObjectiveBreached":
            told.add(clock)
        elif kind in ("TicketClosed", "TicketForgotten") and event["input"] is None:
            assert with_date <= told
        if kind in ("BreachWithdrawn", "PromiseWithdrawn"):
            told.discard(clock)
