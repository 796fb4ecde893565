"""A silence keeps pages from people for a time, never a clock from running; what is still late then is told then."""

from typing import Any

import pytest
from contracts import CLAUSE, contract, response, step
from driver import ANALYST, FIRST, MONDAY, Driver, adoption, when
from msgspec import UNSET, structs
from test_incidents import open_keys

from tocsin.domain.commands import silence as verbs
from tocsin.domain.commands.inbound import Contact
from tocsin.domain.contract.attainment import AttainmentRule
from tocsin.domain.contract.escalation import EscalationPolicy
from tocsin.domain.instant import DAY, HOUR, show
from tocsin.domain.vocabulary import Objective
from tocsin.engine import shard as engine
from tocsin.engine.shard import Shard
from tocsin.messages.record import Topic

STEPS = (step("analyst", "start"), step("shift lead"), step("SOC manager", after=30, every=30))


def desk_of(**plan: Any) -> Driver:
    """An hour to answer a P2; the analyst is told at once, the shift lead at the end of the hour, their boss later."""
    return Driver(contract(response({"P1": 20, "P2": 60, "P3": 240}), steps=STEPS, **plan)).at("09:00")


def silence(desk: Driver, until: str = "12:10", name: str = "s1", **match: Any) -> Driver:
    return desk.publish(verbs.Silence(silence=name, analyst=ANALYST, until=show(when(until)), reason="known", **match))


def unsilence(desk: Driver, name: str = "s1") -> Driver:
    return desk.publish(verbs.Unsilence(silence=name, analyst="bob"))


def ended(desk: Driver) -> list[tuple[str, int]]:
    return [(it["data"]["why"], it["data"]["swallowed"]) for it in desk.journal("SilenceEnded")]


# ---- what it keeps from people


@pytest.mark.parametrize("kind", ["at_risk", "escalated"])
def test_what_was_told_by_the_matrix_of_another_priority_is_silenced_and_told_as_an_escalation(kind: str) -> None:
    """At P3 nobody is told of anything, but the analyst has been at P2, and it is not over."""
    row = EscalationPolicy(rules=("response",), priorities=("P2",), steps=STEPS[:1], cites=CLAUSE)
    desk = Driver(contract(response({"P1": 20, "P2": 60, "P3": 240}), escalation=(row,))).at("09:00")
    desk = silence(desk.mail().at("09:10").tick().reclassify("P3").at("09:30"), kinds=(kind,)).at("12:11").tick()
    hidden = ["09:30 silenced", "12:10 unsilenced"]
    assert desk.told() == ["09:00 escalated analyst", *(hidden if kind == "escalated" else ())]


def test_while_it_lasts_nobody_is_told_and_every_deadline_and_breach_goes_on() -> None:
    desk = silence(desk_of()).mail().at("11:59").tick()
    assert desk.told() == []
    assert [it["type"] for it in desk.journal("ObjectiveBreached", "EscalationRaised")] == [
        "EscalationRaised",
        "ObjectiveBreached",
        "EscalationRaised",
        "EscalationRaised",
        "EscalationRaised",
        "EscalationRaised",
    ]
    assert desk.clock("response").breached


def test_what_is_still_late_when_it_expires_is_told_then_once_with_its_present_state() -> None:
    desk = silence(desk_of()).mail().at("12:11").tick()
    assert desk.told() == ["12:10 unsilenced SOC manager"]
    (alert,) = desk.alerts()
    assert (alert["present"], alert["silence"], alert["action"]) == ("breached", "s1", "trigger")
    assert alert["objective"] == "first_response"
    assert ended(desk) == [("expired", 7)]


def test_what_opened_and_closed_within_it_is_never_told() -> None:
    desk = silence(desk_of()).mail().at("10:30").respond().at("12:11").tick()
    assert desk.told() == []
    desk.at("12:10").respond(happened="09:30")  # told late: it was in time after all
    assert len(desk.journal("BreachWithdrawn")) == 1
    assert desk.told() == []


def test_what_was_told_before_is_taken_back_when_it_begins_and_told_anew_when_it_ends() -> None:
    desk = silence(desk_of().mail().at("10:01").tick()).at("10:30:01").tick()
    assert desk.told() == [
        "09:00 escalated analyst",
        "10:00 breached",
        "10:00 escalated shift lead",
        "10:01 silenced",
    ]
    assert open_keys(desk.alerts()) == set()
    desk.at("12:11").tick()
    assert desk.told()[4:] == ["12:10 unsilenced SOC manager"]
    assert len(open_keys(desk.alerts())) == 1
    desk.at("12:05").respond()
    assert open_keys(desk.alerts()) == set()


def test_an_analyst_can_end_it_and_what_is_still_open_is_told_then() -> None:
    desk = unsilence(silence(desk_of()).mail().at("10:05"))
    assert desk.told() == ["10:05 unsilenced shift lead"]
    assert ended(desk) == [("ended", 3)]
    assert unsilence(desk).refusals() == ["unknown_silence"]


def test_an_incident_that_was_silenced_twice_is_told_by_alerts_of_their_own() -> None:
    desk = silence(desk_of().mail().at("10:01").tick(), "10:10").at("10:20").tick()
    silence(desk, "10:25", "s2").at("10:29").tick()
    assert desk.told("silenced", "unsilenced") == [
        "10:01 silenced",
        "10:10 unsilenced shift lead",
        "10:20 silenced",
        "10:25 unsilenced shift lead",
    ]
    ids = [alert["id"] for alert in desk.alerts()]
    assert len(set(ids)) == len(ids)


def test_where_two_cover_it_the_end_of_one_tells_nothing() -> None:
    desk = silence(silence(desk_of(), "11:00", "a"), "12:10", "b").mail().at("11:30").tick()
    assert desk.told() == []
    assert desk.at("12:11").tick().told() == ["12:10 unsilenced SOC manager"]


def test_an_incident_that_was_taken_within_it_is_told_as_taken() -> None:
    desk = silence(desk_of()).mail().at("11:45").acknowledge().at("12:11").tick()
    assert [(it["kind"], it["action"]) for it in desk.alerts()] == [
        ("unsilenced", "trigger"),
        ("acknowledged", "acknowledge"),
    ]


def test_a_merged_ticket_tells_on_the_other_one_what_nobody_has_heard() -> None:
    desk = desk_of().mail("a@acme.example")
    desk.at("09:30").mail("b@acme.example")
    silence(desk, tickets=(FIRST,)).at("10:10").merge(FIRST, into="ACME-000002").tick()
    assert "10:10 breached" in desk.told() or "10:00 breached" in desk.told()
    assert len(open_keys(desk.alerts())) == 1


# ---- what it is about


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ({"kinds": ("escalated",)}, ["10:00 unsilenced"]),
        ({"kinds": ("breached",)}, ["09:00 escalated analyst", "10:00 escalated shift lead"]),
        ({"roles": ("shift lead",)}, ["09:00 escalated analyst", "10:00 breached"]),
        ({"objectives": ("callback",)}, ["09:00 escalated analyst", "10:00 breached", "10:00 escalated shift lead"]),
        ({"priorities": ("P3",)}, ["09:00 escalated analyst", "10:00 breached", "10:00 escalated shift lead"]),
        ({"priorities": ("p2",), "objectives": ("first_response",)}, []),
    ],
)
def test_it_keeps_only_what_it_names(match: dict[str, Any], told: list[str]) -> None:
    assert silence(desk_of(), **match).mail().at("10:15").tick().told() == told


def test_a_role_that_was_not_told_is_told_at_its_end_on_an_incident_that_others_have() -> None:
    desk = silence(desk_of(), "10:20", roles=("shift lead",)).mail().at("10:25").tick()
    assert desk.told() == ["09:00 escalated analyst", "10:00 breached", "10:20 unsilenced shift lead"]
    assert len(open_keys(desk.alerts())) == 1


def test_it_may_be_about_one_ticket_by_its_number() -> None:
    desk = silence(desk_of().mail("a@x.example").mail("b@x.example"), tickets=(FIRST.lower(),)).at("10:01").tick()
    assert [it["number"] for it in desk.alerts("breached")] == ["ACME-000002"]


@pytest.mark.parametrize(
    ("match", "why"),
    [
        ({"tickets": ("ACME-000009",)}, "unknown_ticket"),
        ({"kinds": ("cleared",)}, "unknown_kind"),
        ({"objectives": ("speed",)}, "unknown_objective"),
        ({"priorities": ("P9",)}, "unknown_priority"),
        ({"roles": ("pope",)}, "unknown_role"),
        ({"priorities": ("P1",)}, "never_silenced"),
        ({"until": "09:00"}, "not_later"),
    ],
)
def test_what_means_nothing_or_may_not_be_is_refused(match: dict[str, Any], why: str) -> None:
    assert silence(desk_of(), **match).refusals() == [why]


def test_no_silence_is_without_a_limit_and_none_has_the_name_of_another() -> None:
    desk = silence(desk_of())
    silence(desk)
    desk.publish(
        verbs.Silence(silence="s2", analyst=ANALYST, until=show(MONDAY + 9 * HOUR + 31 * DAY + 1), reason="for good")
    )
    desk.publish(verbs.Silence(silence="s2", analyst=ANALYST, until="soon", reason="for good"))
    assert desk.refusals() == ["already_there", "too_long", "unreadable_time"]


# ---- what may not be silenced


def test_the_most_urgent_priority_is_never_silenced() -> None:
    desk = silence(desk_of()).mail(priority="P1").at("09:20:01").tick()
    assert desk.told() == ["09:00 escalated analyst", "09:20 breached", "09:20 escalated shift lead"]
    silence(desk, name="s2", tickets=(FIRST,))
    assert desk.refusals() == ["never_silenced"]


def test_a_contract_says_what_is_never_silenced() -> None:
    desk = (
        silence(desk_of(never_silenced=("P2",)))
        .mail("a@x.example")
        .mail("b@x.example", priority="P1")
        .at("09:01")
        .tick()
    )
    assert [it["number"] for it in desk.alerts()] == [FIRST]
    assert silence(desk_of(never_silenced=())).mail(priority="P1").told() == []


def test_a_ticket_that_rises_to_p1_is_told_at_once_and_one_that_falls_from_it_is_taken_back() -> None:
    desk = silence(desk_of()).mail().at("09:10").reclassify("P1").at("09:11").tick()
    assert desk.told() == ["09:10 unsilenced analyst"]
    desk.at("09:15").reclassify("P2")
    assert desk.told()[1:] == ["09:15 silenced"]


def test_a_claim_to_be_p1_is_told_although_the_vendor_has_not_granted_it() -> None:
    desk = Driver("sorb", "premium").at("09:00").mail(message="m1").reclassify("P3")
    silence(desk).mail(priority="P1", in_reply_to="m1")
    assert "09:00 priority_claimed" in desk.told()


# ---- planned work, and noisy sources


def maintain(desk: Driver, begins: str, until: str, **match: Any) -> Driver:
    return desk.publish(
        verbs.Maintain(
            silence="m1", analyst=ANALYST, begins=show(when(begins)), until=show(when(until)), reason="patch", **match
        )
    )


def test_planned_work_begins_and_ends_by_the_clock_of_the_log() -> None:
    desk = (
        maintain(desk_of(), "10:00", "11:00", assets=("db1",))
        .at("09:30")
        .detection("high", asset="db1", key="k1")
        .at("09:31")
        .tick()
    )
    assert desk.told() == ["09:30 detection", "09:30 escalated analyst"]
    desk.at("10:15").detection("high", asset="db1", key="k2").detection("high", asset="web1", key="k3").at(
        "10:16"
    ).tick()
    assert desk.told()[2:] == [
        "10:00 silenced",
        "10:00 silenced",
        "10:15 detection",
        "10:15 escalated analyst",
    ]
    assert [it["type"] for it in desk.journal("SilencePlanned", "SilenceBegun", "SilenceEnded")] == [
        "SilencePlanned",
        "SilenceBegun",
    ]
    desk.at("11:00:01").tick()
    assert [it["number"] for it in desk.alerts("unsilenced")] == [FIRST, FIRST, "ACME-000002", "ACME-000002"]
    assert ended(desk)[0][0] == "expired"


def test_planned_work_can_be_called_off_before_it_begins() -> None:
    desk = (
        unsilence(maintain(desk_of(), "10:00", "11:00", sources=("test",)), "m1")
        .at("10:15")
        .detection()
        .at("10:16")
        .tick()
    )
    assert ended(desk) == [("ended", 0)]
    assert desk.told() == ["10:15 detection", "10:15 escalated analyst"]


def test_planned_work_must_say_where() -> None:
    assert maintain(desk_of(), "10:00", "11:00").refusals() == ["nothing_named"]


def test_planned_work_keeps_nothing_from_us_that_a_person_has_said() -> None:
    desk = maintain(desk_of(), "09:00", "12:00", assets=("db1",)).detection("high", asset="db1")
    assert desk.told() == []
    desk.at("09:05").mail(ticket=FIRST)
    assert desk.told() == ["09:05 unsilenced analyst", "09:05 unsilenced"]


def quieten(desk: Driver, **match: Any) -> Driver:
    return desk.publish(
        verbs.Quieten(silence="q1", analyst=ANALYST, until=show(when("12:00")), reason="noise", **match)
    )


@pytest.mark.parametrize(
    "match",
    [
        {"sources": ("test",)},
        {"signatures": ("1:1",)},
        {"assets": ("10.0.0.1",)},
        {"keys": ("k1",)},
        {"sources": ("other", "test"), "signatures": ("1:1",)},
    ],
)
def test_a_noisy_source_is_quiet_and_its_promises_are_told_as_ever(match: dict[str, Any]) -> None:
    desk = quieten(desk_of(), **match).detection(key="k1").at("12:00:01").tick()
    assert desk.told("detection", "unsilenced", "breached") == ["10:00 breached", "12:00 unsilenced"]
    assert ended(desk) == [("expired", 1)]


def test_what_another_source_has_seen_too_is_told() -> None:
    desk = quieten(desk_of(), signatures=("1:1",)).detection(key="k1", signature="2:2")
    assert desk.told("detection") == ["09:00 detection"]
    desk = quieten(desk_of(), signatures=("1:1",)).detection(key="k1").at("09:01").detection(key="k1", signature="2:2")
    assert desk.told("unsilenced") == ["09:01 unsilenced"]


# ---- of the tenant as a whole


def test_what_is_told_of_the_tenant_as_a_whole_is_silenced_by_its_kind() -> None:
    kim = Contact(name="Kim", emails=("kim@acme.example",))
    desk = Driver("sorb", "premium").at("09:00")
    desk.publish(structs.replace(adoption("sorb", "premium"), contacts=(kim,)))
    desk.mail("eve@x.example")
    assert desk.told() == ["09:00 unauthorised_contact"]
    silence(desk.at("09:05"), "10:00", kinds=("unauthorised_contact",)).at("09:10").mail("bob@x.example")
    desk.at("10:05").mail("pat@x.example")
    assert desk.told()[1:] == ["10:05 unauthorised_contact"]
    assert ended(desk) == [("expired", 1)]


def month(**more: Any) -> Driver:
    """Half of the answers of the month are to be in time; the first one is late from 10:00 on."""
    shares = (AttainmentRule(objective=Objective.FIRST_RESPONSE, share=0.5, cites=CLAUSE),)
    return Driver(contract(response({"P1": 20, "P2": 60}), attainment=shares, **more)).at("09:00")


def test_a_month_at_risk_is_silenced_and_told_when_that_ends_unless_it_has_recovered() -> None:
    desk = silence(month(), "11:00", kinds=("attainment_at_risk",)).mail("a@x.example").at("11:01").tick()
    assert desk.told() == ["10:00 breached", "11:00 unsilenced"]
    assert [it["present"] for it in desk.alerts("unsilenced")] == ["attainment_at_risk"]
    again = silence(month().mail("a@x.example").at("10:30").tick(), "11:00", kinds=("attainment_at_risk",))
    assert again.told() == ["10:00 breached", "10:00 attainment_at_risk", "10:30 silenced"]
    again.mail("b@x.example").at("10:40").respond("ACME-000002").at("11:01").tick()
    assert again.told()[3:] == []


def test_the_month_of_what_is_most_urgent_is_never_silenced() -> None:
    desk = silence(month(), kinds=("attainment_at_risk",)).mail("a@x.example", priority="P1").at("09:30").tick()
    assert desk.told() == ["09:20 breached", "09:20 attainment_at_risk"]


def test_it_touches_no_other_tenant() -> None:
    desk = silence(desk_of()).of("globex").mail().at("10:01").tick()
    assert {it["tenant"] for it in desk.alerts()} == {"globex"}


# ---- what it leaves behind


def test_nothing_of_it_is_kept_where_there_is_none() -> None:
    desk = desk_of().mail().detection().at("13:00").tick()
    assert all(ticket.quiet is UNSET for ticket in desk.tickets())
    assert b"silences" not in b"".join(output.value or b"" for output in desk.outputs)


def test_a_restart_in_the_middle_changes_nothing() -> None:
    desk = silence(desk_of().mail().at("10:01").tick())
    fresh = Shard(0)
    for output in desk.outputs:
        if output.topic in (Topic.TICKETS, Topic.TENANTS):
            fresh.load(output.topic, output.key or b"", output.value)
    assert fresh.next_deadline == desk.shard.next_deadline
    desk.shard = fresh
    assert desk.at("12:11").tick().told("unsilenced") == ["12:10 unsilenced SOC manager"]


def test_a_silence_over_many_tickets_is_many_transactions_and_a_restart_after_any_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "_CHUNK_OUTPUTS", 3)
    desk = desk_of()
    for number in range(20):
        desk.mail(f"{number}@x.example")
    desk.at("09:01").tick()
    silence(desk.at("09:30"), "10:30").at("10:31").tick()
    records = desk.inbox.records
    chunks = list(Shard(0).fold(records))
    assert len([chunk for chunk in chunks if chunk.position == records[-2].offset + 1]) > 10
    for cut in range(1, len(chunks)):
        fresh = Shard(0)
        for output in (output for chunk in chunks[:cut] for output in chunk.outputs):
            if output.topic in (Topic.TICKETS, Topic.TENANTS):
                fresh.load(output.topic, output.key or b"", output.value)
        for record in records[: chunks[cut - 1].position]:
            fresh.remember(record)
        rest = records[chunks[cut - 1].position :]
        assert list(fresh.fold(rest)) == chunks[cut:]
