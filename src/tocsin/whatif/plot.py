"""Draws a comparison: alerts, attainment against the promise, and pages, before and after."""

from collections import defaultdict
from collections.abc import Iterator

from tocsin.domain.instant import DAY, show, to_datetime
from tocsin.domain.vocabulary import AlertKind
from tocsin.whatif.people import Case
from tocsin.whatif.picture import Box, Frame, Pair, Picture, Words, bars, columns
from tocsin.whatif.result import Result

_WIDTH, _MARGIN, _GUTTER = 1120, 32, 40
_DAYS_MAX = 100
"""More days than these are shown as weeks."""

_CALLING = frozenset(
    (
        AlertKind.AT_RISK,
        AlertKind.BREACHED,
        AlertKind.CALLBACK_OVERDUE,
        AlertKind.ESCALATED,
        AlertKind.STATUS_REPORT_DUE,
        AlertKind.UNREACHED,
    )
)
"""The kinds of alerts that say that a promise needs somebody."""


def plot(result: Result) -> Picture:
    """The picture of a comparison."""
    picture = Picture(_WIDTH)
    y = _head(picture, result)
    half = (_WIDTH - 2 * _MARGIN - _GUTTER) // 2
    left, right = Frame(_MARGIN, y, half, 150), Frame(_MARGIN + half + _GUTTER, y, half, 150)
    bottoms = (
        bars(picture, left, "Alerts that a promise needs somebody", list(_alerts(result)), "{:,.0f}"),
        bars(picture, right, "Kept in time, and what is promised", list(_kept(result)), "{:.1%}"),
    )
    y = max(bottoms) + 36
    y = bars(picture, Frame(_MARGIN, y, _WIDTH - 2 * _MARGIN, 190), "Pages per shift", list(_shifts(result)), "{:,.2f}")
    name, days = _days(result)
    y = columns(picture, Frame(_MARGIN, y + 36, _WIDTH - 2 * _MARGIN, 46), f"Pages a {name}", days)
    picture.height = _foot(picture, result, y + 28)
    return picture


def _head(picture: Picture, result: Result) -> int:
    who = ", ".join(result.plans) or "nobody"
    title = f"What if {result.contract} had held for {who}?"
    period = f"{show(result.first)} to {show(result.last)}, {result.records:,} records of the log"
    picture.words += [
        Words(_MARGIN, 42, _cut(title, 90), size=20, bold=True),
        Words(_MARGIN, 64, period, tone="muted"),
        Words(_MARGIN + 18, 92, "as it was"),
        Words(_MARGIN + 118, 92, f"under {_cut(result.contract, 60)}"),
        Words(_MARGIN + 560, 92, "promised share"),
    ]
    picture.boxes += [
        Box(_MARGIN, 81, 12, 12, "before"),
        Box(_MARGIN + 100, 81, 12, 12, "after"),
        Box(_MARGIN + 548, 79, 2, 16, "promise"),
    ]
    return 134


def _foot(picture: Picture, result: Result, y: int) -> int:
    cases = result.cases
    for text in (
        "What people did stands in the log as it was. The comparison cannot tell what they would have done otherwise:",
        (
            f"on {cases[Case.EARLIER]:,} tickets they might have answered earlier, on {cases[Case.BECAUSE]:,} they may "
            "have acted on an alert that would not have come, or later; "
            f"{cases[Case.REFUSED]:,} commands would have been refused."
        ),
    ):
        picture.words.append(Words(_MARGIN, y, text, tone="muted", size=12))
        y += 18
    return y + 6


def _alerts(result: Result) -> Iterator[Pair]:
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for group, count in result.alerts.items():
        if group.objective and group.kind in _CALLING:
            both = sums[group.objective, group.priority]
            both[0] += count.before
            both[1] += count.after
    for (objective, priority), (before, after) in sums.items():
        yield Pair(_promise(objective, priority), before, after)


def _kept(result: Result) -> Iterator[Pair]:
    """All months and tenants together; the promise is that of the other contract, or else that of before."""
    met: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    promised: dict[tuple[str, str], float] = {}
    for group, sides in result.attainment.items():
        key = (group.objective, group.priority)
        for side, count in enumerate(sides):
            if count is not None:
                met[key][side] += count.met
                met[key][side + 2] += count.met + count.missed
                if count.promised is not None:
                    promised[key] = count.promised
    for key, (before, after, all_before, all_after) in sorted(met.items()):
        shares = before / all_before if all_before else None, after / all_after if all_after else None
        yield Pair(_promise(*key), *shares, promised.get(key))


def _shifts(result: Result) -> Iterator[Pair]:
    for row in result.shifts:
        shifts = max(row.shifts, 1)
        yield Pair(_cut(f"{row.role}, {row.label}", 28), row.before / shifts, row.after / shifts)


def _days(result: Result) -> tuple[str, list[Pair]]:
    """The pages of each day, or of each week where there are many; days without a page too."""
    if not result.days:
        return "day", []
    first, last = result.days[0][0], result.days[-1][0]
    name, length = ("day", 1) if last - first < _DAYS_MAX else ("week", 7)
    sums = {day: [0, 0] for day in range(first, last + 1, length)}
    for day, before, after in result.days:
        both = sums[day - (day - first) % length]
        both[0] += before
        both[1] += after
    return name, [Pair(f"{to_datetime(day * DAY):%d %b}", *both) for day, both in sums.items()]


def _promise(objective: str, priority: str) -> str:
    return _cut(f"{objective.replace('_', ' ')} {priority}", 22)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
