"""Spans of time: sorted, apart from each other, each from its start up to but without its end."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]


def joined(spans: Iterable[Span]) -> list[Span]:
    """`spans`, which may touch, overlap and come in any order, as spans that are apart. One without length is none."""
    found: list[Span] = []
    reached = None
    for span in sorted(spans):
        start, end = span
        if start >= end:
            continue
        if reached is None or start > reached:
            found.append(span)
            reached = end
        elif end > reached:
            found[-1] = (found[-1][0], end)
            reached = end
    return found


def cut(spans: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """The parts of `spans`, which are sorted and apart, in [start, end)."""
    at = max(bisect_right(spans, start, key=_first) - 1, 0)
    while at < len(spans) and spans[at][0] < end:
        begin, stop = max(spans[at][0], start), min(spans[at][1], end)
        if begin < stop:
            yield begin, stop
        at += 1


def gaps(spans: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """The parts of [start, end) that are in none of `spans`, which are sorted and apart."""
    for begin, stop in cut(spans, start, end):
        if start < begin:
            yield start, begin
        start = stop
    if start < end:
        yield start, end


def less(spans: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    """`spans` without what is in `taken`; both are sorted and apart."""
    found: list[Span] = []
    first = 0
    for start, end in spans:
        while first < len(taken) and taken[first][1] <= start:
            first += 1
        at, left = first, start
        while at < len(taken) and taken[at][0] < end:
            begin, stop = taken[at]
            if left < begin:
                found.append((left, begin))
            left = stop
            at += 1
        if left < end:
            found.append((left, end))
    return found


def _first(span: Span) -> int:
    return span[0]
