"""From marks to cycles: when a promise began to be owed and when it was kept.

The answer depends on what happened and when, never on the order in which we learned of it; that is why late
evidence needs no code of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from tocsin.domain.contract.model import ObjectiveRule, Plan
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import SENSOR, Mark, Ticket
from tocsin.domain.vocabulary import Evidence, Objective


class Run(NamedTuple):
    """A cycle of a promise: the marks that started it, and the first one after them that kept it."""

    starts: tuple[Mark, ...]
    stop: Mark | None


def runs(marks: Sequence[Mark], starts: Collection[Evidence], stops: Collection[Evidence]) -> Iterator[Run]:
    """Every cycle in `marks`, which are sorted. A kind that is both ends a cycle and begins the next one."""
    waiting: list[Mark] = []
    if len(marks) > 1:
        marks = sorted(marks, key=lambda mark: (mark.at, mark.kind in stops))
    for mark in marks:
        if waiting and mark.kind in stops:
            yield Run(tuple(waiting), mark)
            waiting = []
        if mark.kind in starts:
            waiting.append(mark)
    if waiting:
        yield Run(tuple(waiting), None)


def episodes(marks: Iterable[Mark]) -> Iterator[list[Mark]]:
    """The marks, which are sorted, from one opening to the next: what begins anew after a resolution reopens."""
    episode: list[Mark] = []
    over = False
    for mark in marks:
        if over and mark.kind.begins:
            yield episode
            episode, over = [], False
        episode.append(mark)
        over = over or mark.kind is Evidence.RESOLUTION
    yield episode


def begun_at(marks: Iterable[Mark]) -> Instant:
    """The time of the last mark that opened or reopened the ticket."""
    return max((mark.at for mark in marks if mark.kind.begins), default=0)


def cycles(ticket: Ticket, plan: Plan, rule: ObjectiveRule) -> Iterator[tuple[set[int], Run]]:
    """Each cycle of a promise, with the offsets of the starts by one of which its clock is known.

    A recurring rule has another cycle with the next start after a stop, any other rule with the next episode.
    """
    confirmed = ticket.confirmed_marks
    if rule.recurring:
        marks = counting(confirmed, ticket, plan, rule)
        for group in _by_caller(marks) if rule.objective is Objective.CALLBACK else [marks]:
            yield from (({mark.offset for mark in run.starts}, run) for run in runs(group, rule.starts, rule.stops))
        return
    for episode in episodes(confirmed):
        first = next(runs(counting(episode, ticket, plan, rule), rule.starts, rule.stops), None)
        if first:
            yield {mark.offset for mark in episode if mark.kind in rule.starts}, first


def _by_caller(marks: list[Mark]) -> list[list[Mark]]:
    """A callback is owed to a caller: one return does not answer another's call."""
    callers = dict.fromkeys(mark.what for mark in marks if mark.kind is Evidence.CALLBACK_OWED)
    return [[mark for mark in marks if mark.what == caller] for caller in callers]


def counting(marks: list[Mark], ticket: Ticket, plan: Plan, rule: ObjectiveRule) -> list[Mark]:
    """Those of `marks` that count for `rule`: of its kinds, and after the objective that it follows upon."""
    if not rule.kinds and not rule.except_kinds and rule.after is None and Evidence.PRIORITY_RAISED not in rule.starts:
        return marks
    since = _fulfilled_at(ticket, plan, rule.after) if rule.after else float("-inf")
    return [mark for mark in marks if mark.kind not in rule.starts or (mark.at >= since and _of_its_kinds(mark, rule))]


def _of_its_kinds(mark: Mark, rule: ObjectiveRule) -> bool:
    if mark.kind is Evidence.PRIORITY_RAISED and mark.what == SENSOR:
        return rule.raised_by_sensors
    return (not rule.kinds or mark.what in rule.kinds) and mark.what not in rule.except_kinds


def _fulfilled_at(ticket: Ticket, plan: Plan, objective: Objective) -> float:
    """The time at which that objective was first fulfilled, by the marks; infinity if it was not."""
    return min(
        (
            run.stop.at
            for rule in plan.objectives
            if rule.objective is objective
            for run in runs(ticket.confirmed_marks, rule.starts, rule.stops)
            if run.stop
        ),
        default=float("inf"),
    )
