"""Merging and splitting say what belongs together, and never when we learned of it: they commute with late evidence."""

from collections.abc import Sequence
from typing import Any

import pytest
from driver import ANALYST, FIRST, folded, open_incidents, states, values
from hypothesis import given
from hypothesis import strategies as st
from logs import START, Step, closing_tick, record
from msgspec import structs
from random_histories import HISTORIES
from test_incidents import open_now
from test_order_of_arrival import EVERYTHING_HAPPENED, FACTS, LEGS, RESOLUTIONS, Fact

from tocsin.domain.commands import desk as desk_commands
from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.instant import DAY, MINUTE, Instant
from tocsin.domain.state.ticket import Mark
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic

SECOND = "ACME-000002"
CONTRACTS = pytest.mark.parametrize("contract", ["esentire example", "sentinelone enterprise"])
MERGE: Body = desk_commands.Merge(ticket=SECOND, analyst=ANALYST, into=FIRST)
_OPENED_AT = (0, 40 * MINUTE)

Truth = set[tuple[Any, ...]]
Arrival = tuple[Instant, Instant, Body]
"""When we learn of it, when it happened, what it is."""


@st.composite
def _facts_on_two(draw: st.DrawFn) -> list[Fact]:
    """Facts that name the first or the second ticket, all legs of a call the same one.

    Nobody gives a name: whom a return is for that names a ticket depends on the ticket on which it finds them.
    """
    facts = [*draw(FACTS), *draw(RESOLUTIONS)]
    of_call = {call: draw(st.sampled_from((FIRST, SECOND))) for call, *_ in LEGS}
    on_two = []
    for fact in facts:
        body = fact.body
        if isinstance(body, commands.CallReceived):
            body = structs.replace(body, ticket=of_call[body.call], contact=None)
        else:
            body = structs.replace(body, ticket=draw(st.sampled_from((FIRST, SECOND))))
        on_two.append(Fact(fact.at, body))
    return on_two


def _opening(number: int) -> Body:
    return commands.EmailReceived(
        message_id=f"o{number}", sender=f"o{number}@x.example", recipients=("soc@x",), subject="s", priority="P2"
    )


def _log(contract: str, arrivals: Sequence[Arrival], tickets: int) -> list[Record]:
    records = [record(Step(0, "acme", contract), 1, START, START)]
    for number in range(tickets):
        at = START + _OPENED_AT[number]
        records.append(record(Step(0, "acme", _opening(number)), 2 + number, at, at))
    for offset, (stamp, happened_at, body) in enumerate(arrivals, start=4):
        records.append(record(Step(0, "acme", body), offset, stamp, happened_at))
    return [*records, closing_tick(records, after=DAY)]


def _told(contract: str, arrivals: Sequence[Arrival], tickets: int = 2) -> list[Output]:
    return folded(Shard(0), _log(contract, arrivals, tickets))


def _truth(outputs: Sequence[Output]) -> Truth:
    """What is finally true of every promise that is owed."""
    return {
        (ticket.number, clock.rule, clock.started_at, clock.deadline, clock.fulfilled_at, clock.breached)
        for ticket in states(outputs).values()
        for clock in ticket.clocks
        if not clock.void
    }


def _marks(outputs: Sequence[Output]) -> set[Mark]:
    return {mark for ticket in states(outputs).values() for mark in ticket.marks}


def _afterwards(facts: Sequence[Fact]) -> list[Arrival]:
    """The facts as we hear of them when everything has happened."""
    learned = START + EVERYTHING_HAPPENED
    return [(learned + place * MINUTE, START + fact.at, fact.body) for place, fact in enumerate(facts)]


def _with(arrivals: Sequence[Arrival], place: int, body: Body) -> list[Arrival]:
    """The arrivals with one more, half a minute before the one at that place."""
    stamp = START + EVERYTHING_HAPPENED + place * MINUTE - MINUTE // 2
    return [*arrivals[:place], (stamp, stamp, body), *arrivals[place:]]


@CONTRACTS
@HISTORIES
@given(_facts_on_two(), st.randoms(use_true_random=False), st.data())
def test_merging_commutes_with_the_order_in_which_we_hear_of_what_happened(
    contract: str, facts: list[Fact], shuffler: Any, data: st.DataObject
) -> None:
    shuffled = shuffler.sample(facts, len(facts))
    place = data.draw(st.integers(0, len(facts)), label="facts before the merge")
    merged_first = _told(contract, _with(_afterwards(facts), 0, MERGE))
    merged_later = _told(contract, _with(_afterwards(shuffled), place, MERGE))
    assert _truth(merged_later) == _truth(merged_first)


@CONTRACTS
@HISTORIES
@given(_facts_on_two())
def test_merging_loses_no_mark_and_invents_none(contract: str, facts: list[Fact]) -> None:
    arrivals = _afterwards(facts)
    apart, merged = _told(contract, arrivals), _told(contract, _with(arrivals, len(arrivals), MERGE))
    assert _marks(merged) == _marks(apart)
    assert len(states(merged)) == 1


@CONTRACTS
@HISTORIES
@given(_facts_on_two(), st.data())
def test_no_alert_is_told_twice_and_each_incident_that_is_open_is_one_of_the_ticket_that_stays(
    contract: str, facts: list[Fact], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(facts)), label="facts before the merge")
    outputs = _told(contract, _with(_afterwards(facts), place, MERGE))
    alerts = values(outputs, Topic.ALERTS)
    assert len({alert["id"] for alert in alerts}) == len(alerts)
    (ticket,) = states(outputs).values()
    assert open_incidents(outputs) == {f"{ticket.tenant}/{ticket.id}/{name}" for name in open_now(ticket)}


@CONTRACTS
@HISTORIES
@given(FACTS, RESOLUTIONS, st.data())
def test_what_is_split_off_and_merged_again_is_owed_as_if_nothing_had_been_done(
    contract: str, facts: list[Fact], resolutions: list[Fact], data: st.DataObject
) -> None:
    arrivals = _afterwards([*facts, *resolutions])
    before = _told(contract, arrivals, tickets=1)
    (ticket,) = states(before).values()
    contact = data.draw(st.sampled_from(ticket.received), label="contact")
    split: Body = desk_commands.Split(ticket=FIRST, analyst=ANALYST, contact=str(contact.offset))
    after = _told(contract, _with(_with(arrivals, len(arrivals), split), len(arrivals) + 1, MERGE), tickets=1)
    assert _truth(after) == _truth(before)
    assert _marks(after) == _marks(before)
