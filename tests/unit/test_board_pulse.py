"""The board's time and pulse: the broker's time from what the log tells, and when what is shown has become stale."""

from tocsin.board.clock import LogTime
from tocsin.board.pulse import Health, Pulse


class Seconds:
    """A monotonic clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_the_time_stands_where_the_log_ended_until_something_is_heard() -> None:
    seconds = Seconds()
    time = LogTime(seconds)
    time.stands_at(5_000)
    seconds.now += 60
    assert (time.now(), time.pace) == (5_000, 0.0)
    time.learn(90_000)
    seconds.now += 2
    assert (time.now(), time.pace) == (92_000, 1.0)


def test_the_least_delay_counts_so_that_a_backlog_does_not_turn_the_time_back() -> None:
    seconds = Seconds()
    time = LogTime(seconds)
    time.learn(1_000_000)
    seconds.now += 30
    time.learn(500_000)
    assert time.now() == 1_030_000


def test_a_broker_whose_clock_was_put_back_is_believed_after_ten_minutes() -> None:
    seconds = Seconds()
    time = LogTime(seconds)
    time.learn(1_000_000)
    for _ in range(25):
        seconds.now += 30
        time.learn(int(seconds.now * 1_000) - 500_000)
    assert time.now() == int(seconds.now * 1_000) - 500_000


def test_a_partition_that_is_silent_for_two_heartbeats_makes_the_board_stale() -> None:
    seconds = Seconds()
    pulse = Pulse(LogTime(seconds), 30.0, seconds)
    pulse.partitions = 2
    assert pulse.vitals().health is Health.READING
    pulse.heard(0, 7_000, live=False)
    pulse.begin()
    assert pulse.vitals().health is Health.WAITING
    for partition in (0, 1):
        pulse.heard(partition, 10_000, live=True)
    assert pulse.vitals().health is Health.FRESH
    seconds.now += 60
    pulse.heard(1, 70_000, live=True)
    assert pulse.vitals().health is Health.FRESH
    seconds.now += 1
    stale = pulse.vitals()
    assert (stale.health, stale.silent, stale.last) == (Health.STALE, (0,), 10_000)
    pulse.heard(0, 71_000, live=True)
    assert pulse.vitals().health is Health.FRESH


def test_a_board_that_never_hears_of_a_worker_is_stale_after_two_heartbeats() -> None:
    seconds = Seconds()
    pulse = Pulse(LogTime(seconds), 30.0, seconds)
    pulse.partitions = 1
    pulse.begin()
    seconds.now += 61
    assert pulse.vitals().health is Health.STALE
