"""From marks to cycles: when a promise began to be owed and when it was kept.

The answer depends on what happened and when, never on the order in which we learned of it; that is why late
evidence needs no case of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.domain.ticket import Mark
from tocsin.domain.vocabulary import Evidence


class Run(NamedTuple):
    """A cycle of a promise: the marks that started it, and the first one after them that kept it."""

    starts: tuple[Mark, ...]
    stop: Mark | None


def runs(marks: Iterable[Mark], starts: Collection[Evidence], stops: Collection[Evidence]) -> Iterator[Run]:
    """Every cycle in `marks`, which are sorted. A kind that is both ends a cycle and begins the next one."""
    waiting: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.at, mark.kind in stops)):
        if waiting and mark.kind in stops:
            yield Run(tuple(waiting), mark)
            waiting = []
        if mark.kind in starts:
            waiting.append(mark)
    if waiting:
        yield Run(tuple(waiting), None)


def episodes(marks: Sequence[Mark], reopened_at: Sequence[Instant]) -> Iterator[list[Mark]]:
    """The marks between one opening and the next; a reopened ticket has one more episode."""
    for start, end in pairwise((float("-inf"), *reopened_at, float("inf"))):
        yield [mark for mark in marks if start <= mark.at < end]
