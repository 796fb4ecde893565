"""With whom a ticket may be shared: the strictest marking holds, until the desk lowers it."""

from typing import Any

from driver import ANALYST, FIRST, Driver, values

from tocsin.domain.commands.desk import SetTlp
from tocsin.domain.tlp import Tlp
from tocsin.messages.record import Topic


def detected(tlp: Tlp | None, key: str = "k") -> Driver:
    return Driver("esentire", "example").at("09:00").of_tlp(tlp).detection(key=key)


def lowered(desk: Driver, tlp: str, ticket: str = FIRST) -> Driver:
    return desk.of_tlp(None).publish(SetTlp(ticket=ticket, analyst=ANALYST, tlp=tlp, reason="the source agrees"))


def changes(desk: Driver) -> list[dict[str, Any]]:
    return [each["data"] for each in values(desk.outputs, Topic.TICKET_EVENTS) if each["type"] == "TlpChanged"]


def test_the_first_alert_of_a_ticket_carries_the_marking_of_its_detection_inside_and_outside() -> None:
    (alert,) = values(detected(Tlp.AMBER).outputs, Topic.ALERTS)
    assert alert["tlp"] == alert["data"]["tlp"] == "amber"


def test_without_a_marking_alerts_and_state_say_what_they_said_before() -> None:
    desk = detected(None)
    (alert,) = values(desk.outputs, Topic.ALERTS)
    assert "tlp" not in alert
    assert "tlp" not in alert["data"]
    assert all("tlp" not in state for state in values(desk.outputs, Topic.TICKETS))


def test_a_stricter_marking_holds_and_a_milder_one_changes_nothing() -> None:
    desk = detected(Tlp.AMBER).of_tlp(Tlp.RED).detection(key="k").of_tlp(Tlp.GREEN).detection(key="k")
    desk.of_tlp(None).detection(key="k")
    assert desk.ticket().tlp is Tlp.RED
    assert changes(desk) == [{"tlp": "red", "previous": "amber"}]


def test_alerts_of_timers_carry_what_holds_by_then() -> None:
    desk = detected(Tlp.GREEN).of_tlp(Tlp.AMBER_STRICT).detection(key="k").of_tlp(None).at("10:00").tick()
    assert {alert["kind"]: alert["tlp"] for alert in desk.alerts() if alert["kind"] == "breached"} == {
        "breached": "amber+strict"
    }


def test_the_desk_lowers_it_and_what_it_has_overruled_does_not_come_back() -> None:
    desk = lowered(detected(Tlp.AMBER), "green").of_tlp(Tlp.AMBER).detection(key="k")
    assert desk.ticket().tlp is Tlp.GREEN
    assert desk.of_tlp(Tlp.RED).detection(key="k").ticket().tlp is Tlp.RED
    assert [each.get("overrules") for each in changes(desk)] == ["amber", None]


def test_the_desk_may_be_stricter_too() -> None:
    assert lowered(detected(None), "TLP:AMBER+STRICT").ticket().tlp is Tlp.AMBER_STRICT


def test_an_unknown_marking_is_refused_with_those_that_there_are_and_the_same_one_too() -> None:
    desk = lowered(lowered(detected(Tlp.AMBER), "pink"), "amber")
    assert desk.refusals() == ["unknown_tlp", "same_tlp"]
    assert desk.ticket().tlp is Tlp.AMBER


def test_a_mail_marks_the_ticket_that_it_joins_and_the_one_that_it_opens() -> None:
    desk = detected(None).of_tlp(Tlp.RED).mail(ticket=FIRST).mail()
    assert [ticket.tlp for ticket in desk.tickets()] == [Tlp.RED, Tlp.RED]


def test_what_goes_with_a_command_of_the_desk_marks_nothing() -> None:
    assert not detected(None).of_tlp(Tlp.RED).resolve().ticket().tlp


def test_an_input_that_belongs_to_no_ticket_marks_none() -> None:
    desk = Driver("esentire", "example").at("09:00").of_tlp(Tlp.RED).detection("informational").tick()
    assert changes(desk) == []


def test_a_merged_ticket_has_the_stricter_marking_of_both() -> None:
    desk = detected(Tlp.AMBER).of_tlp(Tlp.RED).detection(key="other").of_tlp(None)
    assert desk.merge("ACME-000002").ticket().tlp is Tlp.RED


def test_a_contact_that_is_split_off_keeps_the_marking() -> None:
    desk = detected(Tlp.AMBER).of_tlp(None).mail(ticket=FIRST, message="m1")
    desk.split("m1")
    assert [ticket.tlp for ticket in desk.tickets()] == [Tlp.AMBER, Tlp.AMBER]


def test_a_ticket_that_goes_on_with_a_closed_one_keeps_its_marking_unless_a_stricter_one_comes() -> None:
    desk = detected(Tlp.AMBER).of_tlp(None).resolve().at("12:00", day=30).tick()
    desk.mail(ticket=FIRST).of_tlp(Tlp.RED).mail(ticket=FIRST)
    follow_up = desk.tickets()[-1]
    assert (follow_up.follows, follow_up.tlp) == (FIRST, Tlp.RED)
    opened = [each["data"] for each in values(desk.outputs, Topic.TICKET_EVENTS) if each["type"] == "TicketOpened"]
    assert opened[-1]["tlp"] == "amber"
