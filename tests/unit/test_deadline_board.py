"""The next deadline of each objective: of what is still owed, and without keeping what is not."""

import gc

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Channel, Objective
from tocsin.engine.deadline_board import DeadlineBoard

TICKET = Ticket("t", "ACME-000001", "acme", "hash", "plan", 0, Channel.PHONE, "P1", "Missed call")


def clock(deadline: int | None, objective: Objective = Objective.CALLBACK) -> Clock:
    return Clock("callback", objective, 1, 0, 0, "P1", "terms", deadline)


def clocks_in_memory() -> int:
    gc.collect()
    return sum(isinstance(each, Clock) for each in gc.get_objects())


def test_clocks_that_have_ended_do_not_fill_the_memory_though_nobody_ever_looks() -> None:
    board = DeadlineBoard()
    before = clocks_in_memory()
    for at in range(100_000):
        each = clock(1_000_000 + at)
        board.put(TICKET, each)
        each.fulfilled_at = at
    assert clocks_in_memory() - before < 2_500
    assert board.next_deadlines() == {}


def test_a_clock_that_moves_to_and_fro_does_not_fill_the_memory() -> None:
    board = DeadlineBoard()
    each = clock(None)
    for at in range(100_000):
        each.deadline = at % 2
        board.put(TICKET, each)
    entries = [entry for entry in gc.get_objects() if isinstance(entry, tuple) and entry and entry[-1] is each]
    assert len(entries) < 2_500


def test_clocks_that_are_still_owed_are_all_kept() -> None:
    board = DeadlineBoard()
    owed = [clock(at) for at in range(10_000)]
    for each in reversed(owed):
        board.put(TICKET, each)
    for at, each in enumerate(owed[:-1]):
        assert board.next_deadlines() == {Objective.CALLBACK: at}
        each.fulfilled_at = 0
    assert board.next_deadlines() == {Objective.CALLBACK: 9_999}


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["move", "fulfil", "breach", "void"]), st.integers(0, 50)),
        max_size=3_000,
    )
)
def test_it_says_what_a_plain_search_would_say(steps: list[tuple[int, str, int]]) -> None:
    board = DeadlineBoard()
    clocks = [clock(at, objective) for at, objective in enumerate([Objective.CALLBACK, Objective.RESOLUTION] * 5)]
    for each in clocks:
        board.put(TICKET, each)
    for number, step, at in steps:
        each = clocks[number]
        match step:
            case "move":
                each.deadline = at
                board.put(TICKET, each)
            case "fulfil":
                each.fulfilled_at = at
            case "breach":
                each.breached = True
            case _:
                each.void = True
    owed: dict[str, int] = {}
    for each in clocks:
        if each.running and not each.breached and each.deadline is not None:
            owed[each.objective] = min(each.deadline, owed.get(each.objective, each.deadline))
    assert board.next_deadlines() == owed
    due = sorted(each.deadline for each in clocks if each.running and not each.breached and each.deadline is not None)
    most_urgent = board.most_urgent(4)
    assert [entry.at for entry in most_urgent] == due[:4]
    assert len({id(entry.clock) for entry in most_urgent}) == len(most_urgent)
