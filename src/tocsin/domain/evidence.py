"""From marks to cycles: when a promise began to be owed and when it was kept.

The answer depends on what happened and when, never on the order in which we learned of it; that is why late
evidence needs no case of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tocsin.domain.contract import ObjectiveRule, Plan
from tocsin.domain.instant import Instant
from tocsin.domain.ticket import Mark, Ticket
from tocsin.domain.vocabulary import Evidence, Objective


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


def cycles(ticket: Ticket, plan: Plan, rule: ObjectiveRule) -> Iterator[tuple[int, Run]]:
    """Each run with its cycle's number: of a recurring rule 0, for it is known by its marks alone."""
    marks = _counting(ticket, plan, rule)
    if rule.recurring:
        for group in _by_caller(marks) if rule.objective is Objective.CALLBACK else [marks]:
            yield from ((0, run) for run in runs(group, rule.starts, rule.stops))
        return
    for cycle, episode in enumerate(episodes(marks, ticket.reopened_at), start=1):
        first = next(runs(episode, rule.starts, rule.stops), None)
        if first:
            yield cycle, first


def _by_caller(marks: list[Mark]) -> list[list[Mark]]:
    """A callback is owed to a caller: one return does not answer another's call."""
    callers = dict.fromkeys(mark.what for mark in marks if mark.kind is Evidence.CALLBACK_OWED)
    return [[mark for mark in marks if mark.what == caller] for caller in callers]


def _counting(ticket: Ticket, plan: Plan, rule: ObjectiveRule) -> list[Mark]:
    """The marks that count for `rule`: of its kinds, and after the objective that it follows upon."""
    if not rule.kinds and not rule.except_kinds and rule.after is None:
        return ticket.marks
    since = _fulfilled_at(ticket, plan, rule.after) if rule.after else float("-inf")
    return [
        mark
        for mark in ticket.marks
        if mark.kind not in rule.starts or (mark.at >= since and _of_its_kinds(mark, rule))
    ]


def _of_its_kinds(mark: Mark, rule: ObjectiveRule) -> bool:
    return (not rule.kinds or mark.what in rule.kinds) and mark.what not in rule.except_kinds


def _fulfilled_at(ticket: Ticket, plan: Plan, objective: Objective) -> float:
    """When that objective was first fulfilled, by the marks; never, if it was not."""
    return min(
        (
            run.stop.at
            for rule in plan.objectives
            if rule.objective is objective
            for run in runs(ticket.marks, rule.starts, rule.stops)
            if run.stop
        ),
        default=float("inf"),
    )
