"""Spans of time: sorted, apart from each other, each from its start up to but without its end."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]


def joined(spans: Iterable[Span]) -> list[Span]:
    """`spans`, which may touch, overlap and come in any order, as spans that are apart. One without length is none."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
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
    return [gap for start, end in spans for gap in gaps(taken, start, end)]


def _first(span: Span) -> int:
    return span[0]
