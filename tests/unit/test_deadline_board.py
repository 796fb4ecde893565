"""The next deadline of each objective: of what is still owed, and without keeping what is not."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.events import ClockEvent
from tocsin.domain.events.clock import ClockMoved, ObjectiveBreached
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Channel, Objective
from tocsin.engine.deadline_board import DeadlineBoard, _Board


def ticket(*clocks: Clock) -> Ticket:
    return Ticket(
        "t", "ACME-000001", "acme", "hash", "plan", 0, Channel.PHONE, "P1", "Missed call", clocks=list(clocks)
    )


def clock(deadline: int | None, objective: Objective = Objective.CALLBACK, cycle: int = 1) -> Clock:
    return Clock("callback", objective, cycle, 0, 0, "P1", "terms", deadline)


def moved(each: Clock) -> ClockEvent:
    return ClockMoved(
        rule=each.rule,
        cycle=each.cycle,
        objective=each.objective,
        started_at=0,
        deadline=each.deadline,
        priority="P1",
        warnings=(),
        steps=(),
        offsets=(),
    )


def breached(each: Clock) -> ClockEvent:
    return ObjectiveBreached(rule=each.rule, cycle=each.cycle, objective=each.objective, deadline=each.deadline or 0)


def change(board: DeadlineBoard, of: Ticket, each: Clock, field: str, value: object) -> None:
    """Change a clock as an event does."""
    event = breached(each) if field == "breached" else moved(each)
    before = board.before(event, of)
    setattr(each, field, value)
    board.after(event, of, each, before)


def entries(board: DeadlineBoard) -> int:
    """How many there are in memory."""
    boards: list[_Board] = [*board._boards.values(), board._callbacks]  # noqa: SLF001 - not seen from outside
    return sum(len(each._come) + len(each._gone) for each in boards)  # noqa: SLF001 - as above


def test_clocks_that_have_ended_do_not_fill_the_memory_though_nobody_ever_looks() -> None:
    board = DeadlineBoard()
    for at in range(20_000):
        of = ticket(clock(1_000_000 + at))
        board.restore(of)
        change(board, of, of.clocks[0], "fulfilled_at", at)
    assert entries(board) < 5_000
    assert board.next_deadlines() == {}


def test_a_clock_that_moves_to_and_fro_does_not_fill_the_memory() -> None:
    board, of = DeadlineBoard(), ticket(clock(None))
    board.restore(of)
    for at in range(20_000):
        change(board, of, of.clocks[0], "deadline", at % 2)
    assert entries(board) < 5_000
    assert board.next_deadlines() == {Objective.CALLBACK: 1}


def test_clocks_that_are_still_owed_are_all_kept() -> None:
    board, of = DeadlineBoard(), ticket(*(clock(at, cycle=at) for at in range(2_000)))
    board.restore(of)
    for at, each in enumerate(of.clocks[:-1]):
        assert board.next_deadlines() == {Objective.CALLBACK: at}
        change(board, of, each, "fulfilled_at", 0)
    assert board.next_deadlines() == {Objective.CALLBACK: 1_999}


def test_nothing_is_left_of_a_ticket_that_is_dropped() -> None:
    board, of = DeadlineBoard(), ticket(clock(5), clock(7, Objective.RESOLUTION))
    board.restore(of)
    board.drop(of)
    assert (board.next_deadlines(), board.oldest_callback(), board.most_urgent(9)) == ({}, None, [])


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["deadline", "fulfilled_at", "breached", "void"]), st.integers()),
        max_size=3_000,
    )
)
def test_it_says_what_a_plain_search_would_say(steps: list[tuple[int, str, int]]) -> None:
    board = DeadlineBoard()
    clocks = [clock(at, objective, at) for at, objective in enumerate([Objective.CALLBACK, Objective.RESOLUTION] * 5)]
    of = ticket(*clocks)
    board.restore(of)
    for number, field, at in steps:
        change(board, of, clocks[number], field, field in ("breached", "void") or at)
    owed: dict[str, int] = {}
    due = [each for each in clocks if each.running and not each.breached and each.deadline is not None]
    for each in due:
        owed[each.objective] = min(each.deadline or 0, owed.get(each.objective, each.deadline or 0))
    assert board.next_deadlines() == owed
    most_urgent = board.most_urgent(4)
    assert [entry[0] for entry in most_urgent] == sorted(each.deadline or 0 for each in due)[:4]
    assert len(set(most_urgent)) == len(most_urgent)
    waiting = [each.started_at for each in clocks if each.running and each.objective == Objective.CALLBACK]
    assert board.oldest_callback() == min(waiting, default=None)
