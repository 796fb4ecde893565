"""The order in which we learn of the same facts does not change what is finally true of met and broken promises.

Everything here names its ticket, for which ticket an unnamed call belongs to may well depend on what is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest
from driver import ANALYST, FIRST, folded, states
from hypothesis import given
from hypothesis import strategies as st
from logs import START, Step, closing_tick, record
from random_histories import HISTORIES

from tocsin.domain.commands import desk as desk_commands
from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.instant import DAY, HOUR, MINUTE, Instant
from tocsin.domain.vocabulary import CallOutcome, Purpose
from tocsin.engine.shard import Shard

EVERYTHING_HAPPENED = 8 * HOUR
PURPOSES = [purpose for purpose in Purpose if purpose != Purpose.RESOLUTION]
LEGS = (("c0", "+1", None), ("c1", "+1", "Ada"), ("c2", "+2", None), ("c3", "+1", "Bob"))
"""A call is one caller's; several of its legs may be told of, missed and answered. Three persons share a number."""

_desk = {"ticket": st.just(FIRST), "analyst": st.just(ANALYST)}


@dataclass(frozen=True)
class Fact:
    """What happened so long after the opening of the ticket."""

    at: int
    body: Body


_rang = st.builds(
    lambda kind, leg: kind(call=leg[0], caller=leg[1], contact=leg[2], line="+9", ticket=FIRST),
    st.sampled_from((commands.CallMissed, commands.CallMissed, commands.CallAnswered)),
    st.sampled_from(LEGS),
)


def _placed(*tickets: str | None) -> st.SearchStrategy[Body]:
    return st.builds(
        commands.CallPlaced,
        call=st.just("p"),
        callee=st.sampled_from(("+1", "+2", "+3")),
        line=st.just("+9"),
        outcome=st.sampled_from(CallOutcome),
        purpose=st.sampled_from(PURPOSES),
        analyst=st.just(ANALYST),
        ticket=st.sampled_from(tickets),
        returns=st.sampled_from((None, None, "c0", "c1", "c2")),
        contact=st.sampled_from((None, None, "Ada", "Bob")),
    )


_bodies: st.SearchStrategy[Body] = st.one_of(
    _rang,
    _placed(FIRST),
    st.builds(
        commands.EmailReceived,
        message_id=st.just("m"),
        sender=st.just("a@x.example"),
        recipients=st.just(("soc@x",)),
        subject=st.just("s"),
        ticket=st.just(FIRST),
    ),
    *(
        st.builds(verb, **_desk)
        for verb in (desk_commands.Respond, desk_commands.EstablishActionPlan, desk_commands.ProvideWorkaround)
    ),
)
_times = st.integers(1, EVERYTHING_HAPPENED // (5 * MINUTE) - 1).map(lambda count: count * 5 * MINUTE)


def _facts(bodies: st.SearchStrategy[Body]) -> st.SearchStrategy[list[Fact]]:
    return st.lists(st.builds(Fact, at=_times, body=bodies), min_size=1, max_size=7, unique_by=lambda fact: fact.at)


FACTS = _facts(_bodies)
CALLS = _facts(st.one_of(_rang, _placed(FIRST, None, None)))
RESOLUTIONS = st.lists(
    st.builds(Fact, at=_times.map(lambda at: at + 1), body=st.builds(desk_commands.Resolve, **_desk)), max_size=1
)

Truth = set[tuple[Any, ...]]


def truth(contract: str, arrivals: Sequence[tuple[Instant, Fact]]) -> Truth:
    """What is finally true of every promise, if these facts are recorded at these stamps."""
    opening = commands.EmailReceived(
        message_id="m0", sender="o@x.example", recipients=("soc@x",), subject="s", priority="P2"
    )
    records = [record(Step(0, "acme", contract), 1, START, START), record(Step(0, "acme", opening), 2, START, START)]
    for offset, (stamp, fact) in enumerate(arrivals, start=3):
        records.append(record(Step(0, "acme", fact.body), offset, stamp, START + fact.at))
    outputs = folded(Shard(0), [*records, closing_tick(records, after=DAY)])
    return {
        (ticket.number, clock.rule, clock.started_at, clock.fulfilled_at, clock.breached)
        for ticket in states(outputs).values()
        for clock in ticket.clocks
        if not clock.void
    }


@pytest.mark.parametrize("contract", ["esentire example", "sentinelone enterprise"])
@HISTORIES
@given(FACTS, RESOLUTIONS, st.randoms(use_true_random=False))
def test_what_is_true_in_the_end_does_not_hang_on_the_order_in_which_we_heard(
    contract: str, facts: list[Fact], resolutions: list[Fact], shuffler: Any
) -> None:
    assert _shuffled(contract, [*facts, *resolutions], shuffler) == _on_time(contract, [*facts, *resolutions])


@HISTORIES
@given(CALLS, st.randoms(use_true_random=False))
def test_whom_a_return_reaches_does_not_hang_on_the_order_in_which_we_heard(facts: list[Fact], shuffler: Any) -> None:
    """A call of ours may name the ticket, the call, the person, or nobody."""
    assert _callbacks(_shuffled("esentire example", facts, shuffler)) == _callbacks(_on_time("esentire example", facts))


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_return_that_rings_elsewhere_reaches_nobody_else_at_the_number_of_the_call(order: tuple[int, ...]) -> None:
    """It returns the call of somebody at +1, and rings +2: Ada, who rang from +1 too, has still been rung by nobody."""
    missed = commands.CallMissed(call="c0", caller="+1", line="+9", ticket=FIRST)
    of_ada = commands.CallMissed(call="c1", caller="+1", contact="Ada", line="+9", ticket=FIRST)
    returned = commands.CallPlaced(
        call="p",
        callee="+2",
        line="+9",
        outcome=CallOutcome.REACHED,
        purpose=Purpose.CALLBACK,
        analyst=ANALYST,
        ticket=FIRST,
        returns="c0",
    )
    facts = [Fact(10 * MINUTE, missed), Fact(15 * MINUTE, of_ada), Fact(20 * MINUTE, returned)]
    heard = [(START + EVERYTHING_HAPPENED + place * MINUTE, facts[which]) for place, which in enumerate(order)]
    assert sorted(each[2:] for each in _callbacks(truth("esentire example", heard))) == [
        (START + 10 * MINUTE, START + 20 * MINUTE, False),
        (START + 15 * MINUTE, None, True),
    ]


def _callbacks(truths: Truth) -> Truth:
    return {each for each in truths if each[1] == "callback"}


def _on_time(contract: str, facts: list[Fact]) -> Truth:
    return truth(contract, [(START + fact.at, fact) for fact in sorted(facts, key=lambda fact: fact.at)])


def _shuffled(contract: str, facts: list[Fact], shuffler: Any) -> Truth:
    """The truth where all is heard of when everything has happened, in any order."""
    everything = sorted(facts, key=lambda fact: fact.at)
    shuffled = shuffler.sample(everything, len(everything))
    return truth(
        contract, [(START + EVERYTHING_HAPPENED + place * MINUTE, fact) for place, fact in enumerate(shuffled)]
    )
