import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dev.scaled_clock import VARIABLE, ScaledClock

HOUR = 3_600_000

clocks = st.builds(
    ScaledClock,
    origin=st.integers(0, 10 * HOUR),
    started=st.integers(10 * HOUR, 20 * HOUR),
    speed=st.floats(1, 1000),
)
walls = st.integers(20 * HOUR, 100 * HOUR)  # an inbox is stamped after the clock has started


def test_it_runs_at_its_speed_until_it_has_caught_up_and_is_then_the_walls() -> None:
    clock = ScaledClock(origin=0, started=2 * HOUR, speed=60)
    assert clock.at(2 * HOUR) == 0
    assert clock.at(2 * HOUR + 60_000) == HOUR
    assert clock.at(clock.meets_wall) == clock.meets_wall
    assert clock.at(clock.meets_wall + HOUR) == clock.meets_wall + HOUR
    assert abs(clock.at(clock.meets_wall - 1_000) - (clock.meets_wall - 60_000)) < 100


def test_at_the_speed_of_one_it_is_the_walls_from_the_start() -> None:
    clock = ScaledClock.starting_now(ago=0, speed=1)
    assert clock.at(clock.started + HOUR) == clock.started + HOUR == clock.meets_wall + HOUR


@given(clocks, walls, walls)
def test_it_never_runs_backwards_nor_ahead_of_the_wall(clock: ScaledClock, one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    assert clock.at(earlier) <= clock.at(later) <= later


@given(clocks, walls)
def test_when_to_expect_an_instant_is_when_it_shows_it(clock: ScaledClock, wall: int) -> None:
    shown = clock.at(wall)
    assert clock.at(int(clock.wall_at(shown)) - 2) <= shown <= clock.at(int(clock.wall_at(shown)) + 2)
    assert clock.wall_at(shown) <= wall + 1


def test_another_process_gets_the_same_clock_through_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ScaledClock.starting_now(ago=HOUR, speed=60.0)
    monkeypatch.setenv(VARIABLE, clock.environment()[VARIABLE])
    assert ScaledClock.from_environment() == clock
    monkeypatch.delenv(VARIABLE)
    assert ScaledClock.from_environment() is None
