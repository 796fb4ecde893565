"""What analysts ask for is done, or refused with a reason that says what to do."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from driver import FIRST, Driver, shipped, when

REFUSED: dict[str, tuple[str, Callable[[Driver], Driver]]] = {
    "of a ticket that is not known": ("unknown_ticket", lambda desk: desk.respond("ACME-000009")),
    "of another tenant's ticket": (
        "unknown_ticket",
        lambda desk: desk.of("globex").mail().of("acme").respond("GLOBEX-000001"),
    ),
    "to acknowledge what is acknowledged": (
        "already_acknowledged",
        lambda desk: desk.acknowledge().acknowledge(),
    ),
    "to acknowledge a closed ticket": ("ticket_closed", lambda desk: desk.close().acknowledge()),
    "to resolve what is resolved": ("already_resolved", lambda desk: desk.resolve().resolve()),
    "to hold what is resolved": ("not_open", lambda desk: desk.resolve().hold("waiting_for_customer")),
    "to hold what is held": (
        "already_on_hold",
        lambda desk: desk.hold("waiting_for_customer").hold("waiting_for_customer"),
    ),
    "to resume what is not held": ("not_on_hold", lambda desk: desk.resume()),
    "to give a priority that the contract does not know": ("unknown_priority", lambda desk: desk.reclassify("P9")),
    "to give the same priority": ("same_priority", lambda desk: desk.reclassify("P3")),
    "to reclassify a closed ticket": ("ticket_closed", lambda desk: desk.close().reclassify("P1")),
    "to assign a closed ticket": ("ticket_closed", lambda desk: desk.close().assign("bob")),
    "to link a ticket to itself": ("unknown_ticket", lambda desk: desk.link(FIRST)),
    "to link a ticket to none": ("unknown_ticket", lambda desk: desk.link("ACME-000009")),
    "to link a ticket to another tenant's": (
        "unknown_ticket",
        lambda desk: desk.of("globex").mail().of("acme").link("GLOBEX-000001"),
    ),
    "to close a closed ticket": ("ticket_closed", lambda desk: desk.close().close()),
    "to reopen an open ticket": ("not_resolved", lambda desk: desk.reopen()),
    "to move a ticket to the contract that it has": ("same_contract", lambda desk: desk.readopt()),
    "to move a closed ticket": ("ticket_closed", lambda desk: desk.close().adopt("sentinelone").readopt()),
}


@pytest.fixture
def desk() -> Driver:
    return Driver("esentire", plan="example").at("09:00").mail()


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused(desk: Driver, what: str) -> None:
    reason, ask = REFUSED[what]
    ask(desk)
    (refused,) = desk.journal("CommandRejected")
    assert (refused["data"]["reason"], desk.tickets()[0].number) == (reason, FIRST)
    assert refused["data"]["command"]


def test_a_refusal_changes_nothing_and_joins_nothing(desk: Driver) -> None:
    before, joined = desk.ticket(), desk.shard.counters.joined
    desk.reclassify("P9")
    after = desk.ticket()
    assert (after.priority, after.stage, after.clocks, after.marks) == (
        before.priority,
        before.stage,
        before.clocks,
        before.marks,
    )
    assert desk.shard.counters.joined == joined


def test_a_refusal_of_a_ticket_that_is_known_stands_in_its_own_journal(desk: Driver) -> None:
    desk.reclassify("P9").respond("ACME-000009")
    assert [event["number"] for event in desk.journal("CommandRejected")] == [FIRST, None]


def test_a_priority_that_the_new_contract_does_not_know_must_be_changed_before_readoption() -> None:
    desk = Driver("esentire").at("09:00").mail(priority="P4")
    desk.adopt(replace(shipped("esentire"), priorities=("P1", "P2", "P3")))
    assert desk.readopt().refusals() == ["unknown_priority"]
    desk.reclassify("P3").readopt()
    assert len(desk.journal("ContractReadopted")) == 1


def test_work_on_a_closed_ticket_is_late_evidence_and_welcome(desk: Driver) -> None:
    desk.at("09:30").close().at("10:00").respond(happened="09:10")
    assert desk.refusals() == []
    assert desk.ticket().stage == "closed"
    assert desk.clock("email_response").fulfilled_at == when("09:10")


def test_an_assignment_a_link_and_a_note_are_kept(desk: Driver) -> None:
    desk.mail("kim@acme.example").assign("bob").link("acme-000002").note("seen before")
    assert (desk.ticket(1).assignee, desk.ticket(1).links) == ("bob", ("ACME-000002",))
    assert [event["persons"]["note"] for event in desk.journal("NoteAdded")] == ["seen before"]


def test_a_ticket_may_be_named_by_its_id_and_its_number_in_any_case(desk: Driver) -> None:
    desk.assign("bob", "acme-000001").assign("eve", desk.ticket().id)
    assert (desk.ticket().assignee, desk.refusals()) == ("eve", [])


def test_what_analysts_write_stands_apart_as_what_tells_of_persons(desk: Driver) -> None:
    desk.respond(note="spoke to Jo Doe").acknowledge(analyst="bob").acknowledge(analyst="eve")
    told = [event["data"] for event in desk.journal()]
    assert not any(name in str(told) for name in ("Jo Doe", "bob", "eve", "Ann Lee"))


def test_a_resumption_is_never_before_its_hold(desk: Driver) -> None:
    desk.at("09:10").hold("waiting_for_customer").at("09:20").resume(happened="09:05")
    (hold,) = desk.ticket().holds
    assert (hold.start, hold.end) == (when("09:10"), when("09:10"))
