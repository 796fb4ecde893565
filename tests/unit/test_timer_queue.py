"""Whose timer is due next: the earliest of each owner's, in the order (deadline, ticket)."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.engine.timer_queue import Owner, TimerQueue

A, B, C = (Owner(name, "acme") for name in "abc")


def drained(queue: TimerQueue, stamp: int) -> list[Owner]:
    owners = []
    while (owner := queue.pop_before(stamp)) is not None:
        owners.append(owner)
    return owners


def test_timers_come_up_in_the_order_of_deadline_then_ticket() -> None:
    queue = TimerQueue()
    for owner, at in ((C, 5), (B, 7), (A, 5)):
        queue.arm(owner, at)
    assert drained(queue, 10) == [A, C, B]


def test_only_what_is_due_strictly_before_the_stamp_comes_up() -> None:
    queue = TimerQueue()
    queue.arm(A, 5)
    assert queue.pop_before(5) is None
    assert queue.pop_before(6) == A
    assert queue.pop_before(6) is None


def test_an_owner_that_is_armed_anew_comes_up_once_at_its_new_time() -> None:
    queue = TimerQueue()
    queue.arm(A, 5)
    queue.arm(A, 9)
    assert queue.next_due == 9
    queue.arm(A, 5)
    assert drained(queue, 100) == [A]


def test_an_owner_without_a_timer_does_not_come_up() -> None:
    queue = TimerQueue()
    queue.arm(A, 5)
    queue.arm(A, None)
    queue.arm(B, None)
    assert queue.next_due is None
    assert drained(queue, 100) == []


def test_an_owner_that_is_armed_over_and_over_does_not_fill_the_memory() -> None:
    queue = TimerQueue()
    for at in range(100_000):
        queue.arm(A, at)
    assert len(queue._heap) < 2_000  # noqa: SLF001 - the promise is about memory
    assert drained(queue, 200_000) == [A]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 20)), max_size=60), st.integers(0, 25))
def test_it_does_what_a_plain_table_would_do(steps: list[tuple[str, int | None]], stamp: int) -> None:
    queue, table = TimerQueue(), {}
    for name, at in steps:
        queue.arm(Owner(name, "acme"), at)
        table[Owner(name, "acme")] = at
    due = sorted((at, owner) for owner, at in table.items() if at is not None)
    assert queue.next_due == (due[0][0] if due else None)
    assert drained(queue, stamp) == [owner for at, owner in due if at < stamp]
