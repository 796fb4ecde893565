"""What metrics say of the promises that are owed is what somebody would find who looked through all tickets."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from driver import CALLER, Driver, folded, states, when
from hypothesis import given
from hypothesis import strategies as st
from logs import TENANTS, Step, closing_tick, log
from random_histories import HISTORIES, histories

from tocsin.domain.instant import DAY, HOUR, Instant
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Objective
from tocsin.engine.owed import Deadlines, Series
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output

APART = frozenset(TENANTS[:2])


def counted(shard: Shard) -> tuple[dict[Series, list[int]], dict[Series, int]]:
    """By hours the deadlines of each series, and the promises without one."""
    dated = {series: hours(deadlines) for series, deadlines in shard.owed.dated() if len(deadlines)}
    return dated, {series: number for series, number in shard.owed.undated() if number}


def hours(deadlines: Deadlines) -> list[int]:
    return [len(deadlines), deadlines.total, *deadlines.until([when("00:00") + n * HOUR for n in range(-24, 24 * 40)])]


def searched(tickets: Mapping[str, Ticket]) -> tuple[dict[Series, list[int]], dict[Series, int]]:
    """The same, by looking through all of them."""
    found: defaultdict[Series, Deadlines] = defaultdict(Deadlines)
    undated: Counter[Series] = Counter()
    for ticket in tickets.values():
        for clock in ticket.clocks:
            series = Series(ticket.tenant if ticket.tenant in APART else "", clock.objective, clock.priority)
            if clock.running and clock.deadline is None:
                undated[series] += 1
            elif clock.running and clock.deadline is not None:
                found[series].add(clock.deadline)
    return {series: hours(deadlines) for series, deadlines in found.items()}, dict(undated)


def callbacks(tickets: Mapping[str, Ticket]) -> list[Instant]:
    """The starts of the callbacks that are owed."""
    return sorted(
        clock.started_at
        for ticket in tickets.values()
        for clock in ticket.clocks
        if clock.running and clock.objective == Objective.CALLBACK
    )


@HISTORIES
@given(histories(), st.data())
def test_the_counts_are_those_of_a_search_through_all_tickets_also_after_a_restart(
    steps: list[Step], data: st.DataObject
) -> None:
    records = log(steps)
    live = Shard(0, apart=APART)
    outputs: list[Output] = folded(live, [*records, closing_tick(records, after=data.draw(st.sampled_from((1, DAY))))])
    tickets = states(outputs)
    assert counted(live) == searched(tickets)
    waiting = callbacks(tickets)
    assert live.owed.count(Objective.CALLBACK).total() == len(waiting)
    assert live.deadlines.oldest_callback() == (waiting[0] if waiting else None)
    restored = Shard(0, apart=APART)
    for output in outputs:
        if output.topic.name in ("TICKETS", "TENANTS"):
            restored.load(output.topic, output.key or b"", output.value)
    assert restored.next_deadline == live.next_deadline
    assert counted(restored) == counted(live)


def test_a_late_promise_is_owed_until_it_is_kept() -> None:
    desk = Driver("esentire", "standard").at("09:00").missed(CALLER).at("09:30").tick()
    assert desk.shard.owed.count(Objective.CALLBACK) == {"": 1}
    assert desk.shard.deadlines.oldest_callback() == when("09:00")
    desk.at("09:31").called(CALLER)
    assert desk.shard.owed.count(Objective.CALLBACK) == {"": 0}
    assert desk.shard.deadlines.oldest_callback() is None


def test_what_is_urgent_is_what_can_still_be_kept_the_nearest_first() -> None:
    desk = Driver("esentire", "standard").at("09:00").missed("+1").at("09:05").missed("+2").at("09:21").tick()
    (entry,) = desk.shard.deadlines.most_urgent(1)
    ticket, clock = desk.shard.promise(entry)
    assert (ticket.number, clock.objective, entry[0]) == ("ACME-000002", "callback", when("09:25"))
    assert desk.shard.deadlines.most_urgent(0) == []


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=4_000), st.lists(st.integers(-1, 31)))
def test_deadlines_come_and_go_and_are_counted_up_to_any_time(steps: list[tuple[bool, int]], limits: list[int]) -> None:
    deadlines, plain = Deadlines(), Counter[int]()
    for comes, at in steps:
        if comes:
            deadlines.add(at)
            plain[at] += 1
        elif plain[at]:
            deadlines.remove(at)
            plain[at] -= 1
    assert len(deadlines) == plain.total()
    assert deadlines.total == sum(plain.elements())
    assert deadlines.until(limits) == [sum(at <= limit for at in plain.elements()) for limit in limits]


def test_what_has_gone_does_not_fill_the_memory_though_nobody_ever_looks() -> None:
    deadlines = Deadlines()
    for at in range(100_000):
        deadlines.add(at)
        deadlines.remove(at)
    assert len(deadlines._come) + len(deadlines._gone) < 5_000  # noqa: SLF001 - what fills it is not seen from outside
