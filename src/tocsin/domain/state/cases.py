"""Support cases by the time at which their tickets were opened: some limits are those of a period."""

from bisect import bisect_left, insort
from collections.abc import Mapping

from msgspec import UnsetType

from tocsin.domain.instant import DAY, Instant
from tocsin.domain.time.periods import Span

_KEPT = 400 * DAY

CasesAt = dict[str, list[Instant]]
"""The times, sorted, by server."""


def with_case(cases: CasesAt | UnsetType, opened_at: Instant, before: str | None, after: str | None) -> CasesAt:
    """The cases with the one of `opened_at` under `after`, no longer under `before`; those of years ago are dropped."""
    known = cases or {}
    if before is not None and opened_at in known.get(before, ()):
        known[before].remove(opened_at)
    if after is not None:
        times = known.setdefault(after, [])
        insort(times, opened_at)
        del times[: bisect_left(times, times[-1] - _KEPT)]
    return known


def cases_in(cases: Mapping[str, list[Instant]] | UnsetType, server: str, span: Span) -> int:
    """How many cases of `server` were opened in `span`."""
    times = (cases or {}).get(server, [])
    return bisect_left(times, span.ends_at) - bisect_left(times, span.starts_at)
