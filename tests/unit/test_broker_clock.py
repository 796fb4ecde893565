"""The broker's time, told by a monotonic clock and the stamps on ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.streams.core.broker_clock import BrokerClock


class Monotonic:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


def test_without_a_stamp_nobody_knows_what_time_it_is(monotonic: Monotonic) -> None:
    with pytest.raises(RuntimeError, match="not been measured"):
        BrokerClock(monotonic=monotonic).now()


def test_it_goes_on_from_the_last_stamp(monotonic: Monotonic) -> None:
    clock = BrokerClock(monotonic=monotonic)
    clock.learn(1_700_000_000_000, 0.01)
    monotonic.seconds += 2.5
    assert clock.now() == 1_700_000_002_500
    assert clock.seconds_until(1_700_000_003_000) == 0.5


@given(there=st.floats(0, 5), back=st.floats(0, 5), passed=st.floats(0, 3_600))
def test_it_is_never_ahead_of_the_broker_so_that_a_tick_never_comes_in_vain(
    there: float, back: float, passed: float
) -> None:
    monotonic, ahead = Monotonic(), 1_700_000_000_000
    clock = BrokerClock(monotonic=monotonic)
    stamp = ahead + int((monotonic.seconds + there) * 1_000)  # the broker's clock when the tick is there
    monotonic.seconds += there + back
    clock.learn(stamp, there + back)
    monotonic.seconds += passed
    broker = ahead + monotonic.seconds * 1_000
    assert broker - back * 1_000 - 2 <= clock.now() <= broker


@pytest.mark.parametrize(("jump", "alarms"), [(0, 0), (900, 0), (-900, 0), (1_500, 1), (-1_500, 1), (3_600_000, 1)])
def test_stamps_that_jump_are_an_alarm(monotonic: Monotonic, jump: int, alarms: int) -> None:
    heard: list[None] = []
    clock = BrokerClock(lambda: heard.append(None), monotonic)
    clock.learn(1_700_000_000_000, 0.01)
    monotonic.seconds += 30
    clock.learn(1_700_000_030_000 + jump, 0.01)
    assert len(heard) == alarms


def test_a_late_acknowledgement_is_no_jump(monotonic: Monotonic) -> None:
    heard: list[None] = []
    clock = BrokerClock(lambda: heard.append(None), monotonic)
    clock.learn(1_700_000_000_000, 0.01)
    monotonic.seconds += 30
    clock.learn(1_700_000_020_000, 10.5)  # stamped ten seconds ago
    assert heard == []
