"""Every incident that an alert opens can end, and those of unrelated matters are apart."""

from collections.abc import Callable
from typing import Any

import pytest
from contracts import CLAUSE, HALFWAY, contract, response, step
from driver import ANALYST, CLIENT, FIRST, Driver, adoption, folded, open_incidents, shipped, states, values
from hypothesis import given
from logs import Step, closing_tick, log
from msgspec import structs
from paging import Notify
from random_histories import HISTORIES, histories

from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.desk import ReportAccessMissing, ReportAccessRestored
from tocsin.domain.commands.inbound import Contact
from tocsin.domain.commands.silence import Silence
from tocsin.domain.contract.rules import Consequence, Exclusion
from tocsin.domain.decide.waiting import NO_ACCESS_NO_ALTERNATIVE
from tocsin.domain.instant import HOUR
from tocsin.domain.state.ticket import Ticket, incident
from tocsin.domain.vocabulary import AlertKind, Channel
from tocsin.engine.shard import Shard
from tocsin.messages.record import Topic

OPENS_NOTHING = {
    AlertKind.ACKNOWLEDGED,
    AlertKind.CLEARED,
    AlertKind.CORRECTED,
    AlertKind.FORGOTTEN,
    AlertKind.SILENCED,
}


def _of(contract_name: str, plan: str | None = None) -> Driver:
    return Driver(contract_name, plan).at("09:00")


def _late_answer(desk: Driver) -> Driver:
    return desk.at("20:00").respond()


def _nobody_is_reached() -> Driver:
    desk = Driver(contract(response({"P2": 60}), steps=(step("SOC manager", "start"),), climbs=True))
    Notify(desk.at("09:00").mail().at("09:05").tick()).failed()
    return desk.at("09:06").tick()


ENDS: dict[AlertKind, Callable[[], Driver]] = {
    AlertKind.DETECTION: lambda: _of("esentire").detection("critical").at("09:05").resolve(),
    AlertKind.AT_RISK: lambda: _of("esentire", "example").missed().at("09:11").called(),
    AlertKind.BREACHED: lambda: _late_answer(_of("esentire", "example").mail(priority="P2")),
    AlertKind.ESCALATED: lambda: _late_answer(_of("esentire", "example").mail(priority="P1")),
    AlertKind.UNREACHED: lambda: _late_answer(_nobody_is_reached()),
    AlertKind.CALLBACK_OVERDUE: lambda: _of("esentire").missed().at("09:30").called(),
    AlertKind.CHANNEL_VIOLATION: lambda: _of("sentinelone").mail(priority="P1").at("09:30").resolve(),
    AlertKind.STATUS_REPORT_DUE: lambda: (
        _of("sentinelone", "enterprise")
        .mail()
        .publish(commands.StatusRequested(channel=Channel.PORTAL, contact="jo@acme.example", ticket=FIRST))
        .at("09:30")
        .mailed(purpose="status_report", ticket=FIRST)
    ),
    AlertKind.MANAGEMENT_NOTICE: lambda: _of("sorb", "premium").mail(priority="P1").at("09:30").resolve(),
    AlertKind.PRIORITY_CLAIMED: lambda: (
        _of("sorb", "premium").mail(message="m1").reclassify("P4").mail(priority="P2", in_reply_to="m1").resolve()
    ),
    AlertKind.UNKNOWN_SERVER: lambda: _of("senstar").mail(server="VMS-1", priority="high").at("09:30").resolve(),
    AlertKind.SPOOFED_SENDER: lambda: _of("esentire", "example").mail(spoofed=True).at("09:05").resolve(),
    AlertKind.ANSWER_BOUNCED: lambda: _late_answer(
        _of("esentire", "example").mail(message="m1").mailed(in_reply_to="m1", message="s1").bounced("s1", CLIENT)
    ),
    AlertKind.UNKNOWN_WORD: lambda: (
        _of("esentire")
        .publish(commands.EquipmentFailed(device="d", kind="toaster", contact="jo@acme.example"))
        .at("09:30")
        .resolve()
    ),
    AlertKind.UNSILENCED: lambda: _late_answer(
        _of("esentire", "example")
        .publish(Silence(silence="s1", analyst=ANALYST, until="2026-03-02T12:00:00Z", reason="known"))
        .mail(priority="P2")
    ),
    AlertKind.UNACKNOWLEDGED: lambda: _late_answer(
        _of("esentire", "example").mail(priority="P1").at("09:05").acknowledge().unacknowledge()
    ),
}


def open_keys(alerts: list[dict[str, Any]]) -> set[str]:
    keys: set[str] = set()
    for alert in alerts:
        if alert["action"] == "trigger":
            keys.add(alert["dedup_key"])
        elif alert["action"] == "resolve":
            keys.discard(alert["dedup_key"])
    return keys


@pytest.mark.parametrize("kind", ENDS)
def test_what_it_opens_ends(kind: AlertKind) -> None:
    desk = ENDS[kind]()
    assert desk.alerts(kind)
    assert open_keys(desk.alerts()) == set()


def test_no_two_refusals_are_one_incident_and_none_is_left_open() -> None:
    kim = Contact(name="Kim", emails=("kim@acme.example",))
    desk = Driver("sorb", "premium").at("09:00")
    desk.publish(structs.replace(adoption("sorb", "premium"), contacts=(kim,)))
    desk.mail("eve@x.example").at("09:05").mail("bob@x.example")
    first, second = desk.alerts("unauthorised_contact")
    assert first["dedup_key"] != second["dedup_key"]
    assert open_keys(desk.alerts()) == set()


def test_what_is_still_open_when_a_ticket_is_forgotten_ends_with_it() -> None:
    desk = Driver(shipped("esentire"), "standard").at("09:00").missed().at("10:00").close().at("10:00", day=60).tick()
    assert desk.tickets() == []
    assert open_keys(desk.alerts()) == set()
    assert [alert["kind"] for alert in desk.alerts()][-1] == "forgotten"


def test_a_worse_detection_on_a_reopened_ticket_opens_what_the_ticket_closes() -> None:
    desk = _of("esentire").detection("medium").at("09:05").resolve().at("09:10").reopen()
    desk.at("09:15").detection("critical")
    assert open_keys(desk.alerts())
    desk.at("09:20").resolve()
    assert open_keys(desk.alerts()) == set()


def test_a_breach_is_told_of_an_hour_that_is_owed_again_and_is_closed_again() -> None:
    terms = contract(response({"P2": 60}), steps=(step("SOC manager"),))
    desk = Driver(terms).at("09:00").mail(message="m1").at("10:30").resolve()
    desk.at("11:00").mail(in_reply_to="m1").at("12:30").resolve()
    assert desk.told("breached") == ["10:00 breached", "12:00 breached"]
    assert open_keys(desk.alerts()) == set()


def test_a_promise_that_is_owed_again_is_judged_and_escalates_anew() -> None:
    excluded = Exclusion(reason=NO_ACCESS_NO_ALTERNATIVE, consequence=Consequence.NO_OBLIGATION, cites=CLAUSE)
    terms = contract(response({"P2": 60}, warnings=(HALFWAY,)), steps=(step("SOC manager"),), exclusions=(excluded,))
    desk = Driver(terms).at("09:00").mail().at("10:10")
    desk.publish(ReportAccessMissing(ticket=FIRST, analyst=ANALYST, alternative=False))
    assert open_keys(desk.alerts()) == set()
    desk.at("10:30").publish(ReportAccessRestored(ticket=FIRST, analyst=ANALYST)).at("10:31").tick()
    assert desk.told() == [
        "09:30 at_risk",
        "10:00 breached",
        "10:00 escalated SOC manager",
        "10:10 cleared",
        "10:30 breached",
        "10:30 escalated SOC manager",
    ]
    assert len({alert["id"] for alert in desk.alerts()}) == 6
    desk.respond()
    assert open_keys(desk.alerts()) == set()


def test_every_kind_of_alert_opens_nothing_or_is_shown_to_end() -> None:
    of_months = {AlertKind.ATTAINMENT_AT_RISK}
    of_tenants = {AlertKind.UNAUTHORISED_CONTACT, AlertKind.NOTIFY_SILENT}
    assert ENDS.keys() | OPENS_NOTHING | of_months | of_tenants == set(AlertKind)


@HISTORIES
@given(histories())
def test_the_incidents_that_alerts_leave_open_are_those_that_the_tickets_know_and_no_alert_is_told_twice(
    steps: list[Step],
) -> None:
    records = log(steps)
    outputs = folded(Shard(0), [*records, closing_tick(records, after=12 * HOUR)])
    alerts = values(outputs, Topic.ALERTS)
    assert len({alert["id"] for alert in alerts}) == len(alerts)
    known = {f"{ticket.tenant}/{ticket.id}/{name}" for ticket in states(outputs).values() for name in open_now(ticket)}
    assert open_incidents(outputs) == known


def open_now(ticket: Ticket) -> set[str]:
    """The incidents of a ticket that are open by its state."""
    notices = (incident(topic, ticket.notices_closed) for topic in ticket.notices)
    return {*(clock.incident for clock in ticket.clocks if clock.paged), *notices}
