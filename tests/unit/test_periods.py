"""The period in which something lies, and times in buckets."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.contract.rules import Period
from tocsin.domain.instant import DAY, parse, show
from tocsin.domain.state.spread import bucket, percentile
from tocsin.domain.time.periods import span_of

CENTURY = 36_525 * DAY
NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("period", "at", "since", "told"),
    [
        ("month", "2026-03-31T23:30-04:00", None, "2026-03 2026-03-01T05:00:00Z 2026-04-01T04:00:00Z"),
        ("month", "2026-04-01T03:30Z", None, "2026-03 2026-03-01T05:00:00Z 2026-04-01T04:00:00Z"),
        ("quarter", "2026-12-31T12:00Z", None, "2026-Q4 2026-10-01T04:00:00Z 2027-01-01T05:00:00Z"),
        (
            *("contract_year", "2026-03-14T23:59-04:00", date(2024, 3, 15)),
            "2025-03-15--2026-03-14 2025-03-15T04:00:00Z 2026-03-15T04:00:00Z",
        ),
        (
            *("contract_year", "2027-02-28T12:00Z", date(2024, 2, 29)),
            "2027-02-28--2028-02-28 2027-02-28T05:00:00Z 2028-02-29T05:00:00Z",
        ),
        (
            *("contract_year", "2026-06-01T00:00Z", None),
            "2026-01-01--2026-12-31 2026-01-01T05:00:00Z 2027-01-01T05:00:00Z",
        ),
    ],
)
def test_a_period_is_one_where_the_promise_is(period: str, at: str, since: date | None, told: str) -> None:
    span = span_of(Period(period), parse(at), NEW_YORK, since)
    assert f"{span.name} {show(span.starts_at)} {show(span.ends_at)}" == told


@given(st.sampled_from(Period), st.integers(0, 30_000 * DAY), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_every_moment_lies_in_its_period_and_the_next_one_begins_where_it_ends(
    period: Period, at: int, since: date
) -> None:
    span = span_of(period, at, NEW_YORK, since)
    assert span.starts_at <= at < span.ends_at
    assert span_of(period, span.ends_at, NEW_YORK, since).starts_at == span.ends_at


TIMES = st.lists(st.integers(0, CENTURY), min_size=1, max_size=40)


@given(TIMES, st.lists(st.integers(0, 9), max_size=3), st.sampled_from((5, 9)))
def test_a_percentile_is_less_than_a_hundredth_too_short_and_exactly_on_its_side_of_each_limit(
    times: list[int], before: list[int], tenths: int
) -> None:
    limits = [max(time - few, 0) for time, few in zip(times, before, strict=False)]  # in the buckets of the times
    spread: dict[int, int] = {}
    for time in times:
        place = bucket(time, limits)
        spread[place] = spread.get(place, 0) + 1
    found, true = percentile(spread, tenths), sorted(times)[-(-len(times) * tenths // 10) - 1]
    assert found <= true <= found * 129 / 128
    assert all((found <= limit) == (true <= limit) for limit in limits)


def test_there_are_few_buckets_however_many_times() -> None:
    assert len({bucket((128 + rest) << power, ()) for power in range(36) for rest in range(128)}) < 5_000
    assert bucket((256 << 35) - 1, ()) >= CENTURY / 2
    assert percentile({}, 9) == 0
