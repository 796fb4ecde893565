"""Every alert carries the trace of what caused it, so that a tracing system shows both together."""

from typing import Any

from contracts import HALFWAY, contract, response, step
from driver import CLIENT, FIRST, Driver, values

from tocsin.domain.contract.model import Contract
from tocsin.domain.trace import Trace
from tocsin.messages.record import Topic

MATRIX: Contract = contract(
    response({"P1": 20, "P2": 60, "P3": 240}, warnings=(HALFWAY,)),
    steps=(step("shift lead"), step("SOC manager", after=30)),
)
ONE = Trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "vendor=a")
OTHER = Trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")


def traces(desk: Driver) -> list[tuple[str, str | None]]:
    """The kind of each alert, and its trace."""
    alerts: list[dict[str, Any]] = values(desk.outputs, Topic.ALERTS)
    return [(alert["data"]["kind"], alert.get("traceparent")) for alert in alerts]


def test_an_alert_carries_the_trace_of_the_input_that_caused_it() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).detection()
    (alert,) = values(desk.outputs, Topic.ALERTS)
    assert (alert["traceparent"], alert["tracestate"]) == ONE


def test_the_journal_says_under_which_trace_something_was_decided() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).mail().of_trace(None).at("09:05").note()
    assert [(it["type"], it.get("traceparent"), it.get("tracestate")) for it in desk.journal("TicketOpened")] == [
        ("TicketOpened", *ONE)
    ]
    assert "traceparent" not in desk.journal("NoteAdded")[0]


def test_what_a_timer_brings_long_after_carries_the_trace_of_what_started_its_clock() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).mail().of_trace(None).at("11:00").tick()
    told = [(kind, trace) for kind, trace in traces(desk) if kind in ("at_risk", "breached", "escalated")]
    assert set(told) == {("at_risk", ONE.parent), ("breached", ONE.parent), ("escalated", ONE.parent)}
    assert {it.get("traceparent") for it in desk.journal("ObjectiveBreached", "EscalationRaised")} == {ONE.parent}


def test_an_input_without_a_trace_gives_its_alerts_none() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).mail().of_trace(None).at("09:05").acknowledge()
    assert dict(traces(desk))["acknowledged"] is None


def test_a_clock_that_a_later_input_starts_has_its_trace() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).mail(message="one").at("09:01").of_trace(None).resolve()
    desk.at("10:00").of_trace(OTHER).mail(in_reply_to="one").of_trace(None).at("12:00").tick()
    assert {trace for kind, trace in traces(desk) if kind == "breached"} == {OTHER.parent}


def test_where_what_started_a_clock_has_no_trace_the_first_one_of_the_ticket_stands() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).mail(message="one").at("09:01").of_trace(None).resolve()
    desk.at("10:00").mail(in_reply_to="one").at("12:00").tick()
    assert {trace for kind, trace in traces(desk) if kind == "breached"} == {ONE.parent}


def test_the_traces_of_a_merged_ticket_go_on_with_the_one_that_stays() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(OTHER).mail("kim@acme.example").of_trace(None).at("09:10").mail()
    desk.at("09:20").merge(FIRST, into="ACME-000002").at("12:00").tick()
    assert {trace for kind, trace in traces(desk) if kind == "breached"} == {OTHER.parent}


def test_a_contact_that_is_split_off_takes_its_trace_along() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).mail(message="one")
    desk.at("09:10").of_trace(OTHER).mail("kim@acme.example", message="two", in_reply_to="one")
    desk.of_trace(None).at("09:15").split("two").at("12:00").tick()
    breached = [alert for alert in values(desk.outputs, Topic.ALERTS) if alert["data"]["kind"] == "breached"]
    assert [(alert["data"]["number"], alert["traceparent"]) for alert in breached] == [
        (FIRST, ONE.parent),
        ("ACME-000002", OTHER.parent),
    ]


def test_a_ticket_that_goes_on_and_on_keeps_its_first_trace_and_the_latest_ones() -> None:
    desk = Driver(MATRIX).at("09:00").of_trace(ONE).mail(message="one")
    for number in range(30):
        desk.at(f"10:{number:02d}").of_trace(OTHER).mail(CLIENT, in_reply_to="one")
    kept = desk.ticket().traces
    assert (len(kept), kept[0].trace, kept[-1].offset) == (20, ONE, len(desk.inbox.records) - 1)


def test_without_a_trace_nothing_that_is_told_or_written_down_has_one() -> None:
    desk = Driver(MATRIX).at("09:00").detection().mail().at("12:00").tick()
    texts = [output.value or b"" for output in desk.outputs if output.topic is not Topic.TICKETS]
    assert not any(b"trace" in text for text in texts)
