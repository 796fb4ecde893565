"""From marks to cycles: when a promise began to be owed and when it was kept.

The answer depends on what happened and when, never on the order in which we learned of it; that is why late
evidence needs no code of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from tocsin.domain.contract.evidence import BEGINNINGS
from tocsin.domain.contract.model import ObjectiveRule, Plan
from tocsin.domain.instant import Instant
from tocsin.domain.state.lapses import Turn, turns
from tocsin.domain.state.ticket import SENSOR, Mark, Ticket
from tocsin.domain.vocabulary import Evidence, Objective


class Run(NamedTuple):
    """A cycle of a promise: the marks that started it, and the first one after them that kept it.

    `lapsed_at` is when a fall of the priority ended it, before it was kept.
    """

    starts: tuple[Mark, ...]
    stop: Mark | None
    lapsed_at: Instant | None = None


def runs(marks: Sequence[Mark], starts: Collection[str], stops: Collection[str]) -> Iterator[Run]:
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


def runs_while_promised(marks: list[Mark], ticket: Ticket, rule: ObjectiveRule) -> Iterator[Run]:
    """As `runs`; a fall that ends the promise ends a cycle, and a rise after it begins another, owed from then.

    What is done in between, unasked, keeps nothing, but a promise that is owed once is not owed again after it.
    """
    ended = turns(ticket, rule)
    if not ended:
        yield from runs(marks, rule.starts, rule.stops)  # nearly always
        return
    waiting: list[Mark] = []
    promised = True
    for turn, part in _parts(marks, ended):
        found = list(runs([*waiting, *part], rule.starts, rule.stops))
        unanswered = found.pop() if found and found[-1].stop is None else None
        if promised:
            yield from found
        elif found and not rule.recurring:
            return
        waiting = list(unanswered.starts) if unanswered else []
        if unanswered and promised:
            yield unanswered._replace(lapsed_at=turn.at if turn else None)
        if turn and turn.promised:
            waiting = _begun_by(turn, waiting, rule)
        promised = turn is not None and turn.promised


def _begun_by(turn: Turn, waiting: list[Mark], rule: ObjectiveRule) -> list[Mark]:
    """What waited for an answer, as if it had come with the rise."""
    only_starts = [mark for mark in waiting if mark.kind not in rule.stops]
    return [Mark(turn.at, mark.kind, turn.offset, mark.what) for mark in only_starts or waiting[:1]]


def _parts(marks: list[Mark], ended: list[Turn]) -> Iterator[tuple[Turn | None, list[Mark]]]:
    """The marks up to each turn, and those after the last one."""
    since: float = float("-inf")
    for turn in ended:
        yield turn, [mark for mark in marks if since < mark.at <= turn.at]
        since = turn.at
    yield None, [mark for mark in marks if mark.at > since]


def episodes(marks: Iterable[Mark]) -> Iterator[list[Mark]]:
    """The marks, which are sorted, from one opening to the next: what begins anew after a resolution reopens."""
    episode: list[Mark] = []
    over = False
    for mark in marks:
        if over and mark.kind in BEGINNINGS:
            yield episode
            episode, over = [], False
        episode.append(mark)
        over = over or mark.kind == Evidence.RESOLUTION
    yield episode


def begun_at(marks: Iterable[Mark]) -> Instant:
    """The time of the last mark that opened or reopened the ticket."""
    return max((mark.at for mark in marks if mark.kind in BEGINNINGS), default=0)


def bounding(ticket: Ticket, rule: ObjectiveRule, started_at: Instant) -> list[Mark]:
    """The marks from which a deadline at the latest of a promise that began then may count: since it was last kept."""
    parts = episodes(ticket.confirmed_marks)
    episode = next((each for each in reversed([*parts]) if each and each[0].at <= started_at), [])
    kept = (mark.at for mark in episode if mark.kind in rule.stops and mark.at < started_at)
    since = max(kept, default=float("-inf")) if rule.recurring else float("-inf")
    return [mark for mark in episode if mark.at > since]


def cycles(ticket: Ticket, plan: Plan, rule: ObjectiveRule) -> Iterator[tuple[set[int], Run]]:
    """Each cycle of a promise, with the offsets of the starts by one of which its clock is known.

    A recurring rule has another cycle with the next start after a stop, any other rule with the next episode.
    """
    confirmed = ticket.confirmed_marks
    if rule.recurring:
        marks = counting(confirmed, ticket, plan, rule)
        for group in _by_caller(marks) if rule.objective == Objective.CALLBACK else [marks]:
            yield from (({mark.offset for mark in run.starts}, run) for run in runs_while_promised(group, ticket, rule))
        return
    for episode in episodes(confirmed):
        yield from _first_of(episode, counting(episode, ticket, plan, rule), ticket, rule)


def _first_of(
    episode: list[Mark], counted: list[Mark], ticket: Ticket, rule: ObjectiveRule
) -> Iterator[tuple[set[int], Run]]:
    """The one cycle of an episode; where a fall of the priority ended it, the next one that a rise begins."""
    anchors = {mark.offset for mark in episode if mark.kind in rule.starts}
    begun_by_rises = {turn.offset for turn in turns(ticket, rule) if turn.promised}
    for run in runs_while_promised(counted, ticket, rule):
        begun_anew = {mark.offset for mark in run.starts} & begun_by_rises
        yield begun_anew or anchors - begun_by_rises, run
        if run.lapsed_at is None:
            return


def _by_caller(marks: list[Mark]) -> list[list[Mark]]:
    """A callback is owed to a caller: one return does not answer another's call."""
    callers = dict.fromkeys(mark.what for mark in marks if mark.kind == Evidence.CALLBACK_OWED)
    return [[mark for mark in marks if mark.what == caller] for caller in callers]


def counting(marks: list[Mark], ticket: Ticket, plan: Plan, rule: ObjectiveRule) -> list[Mark]:
    """Those of `marks` that count for `rule`: of its kinds, and after the objective that it follows upon."""
    if not rule.kinds and not rule.except_kinds and rule.after is None and Evidence.PRIORITY_RAISED not in rule.starts:
        return marks
    since = _fulfilled_at(ticket, plan, rule.after) if rule.after else float("-inf")
    if Evidence.HANDED_ON in rule.stops:
        marks = [_handed_on(mark, rule) for mark in marks]
    return [mark for mark in marks if mark.kind not in rule.starts or (mark.at >= since and _of_its_kinds(mark, rule))]


def _handed_on(mark: Mark, rule: ObjectiveRule) -> Mark:
    """A hand-over to another team than those of the rule ends what they owe."""
    away = mark.kind == Evidence.HANDED_OVER and not _of_its_kinds(mark, rule)
    return mark._replace(kind=Evidence.HANDED_ON) if away else mark


def _of_its_kinds(mark: Mark, rule: ObjectiveRule) -> bool:
    if mark.kind == Evidence.PRIORITY_RAISED and mark.what == SENSOR:
        return rule.raised_by_sensors
    return (not rule.kinds or mark.what in rule.kinds) and mark.what not in rule.except_kinds


def _fulfilled_at(ticket: Ticket, plan: Plan, objective: str) -> float:
    """The time at which that objective was first fulfilled, by the marks; infinity if it was not."""
    return min(
        (
            run.stop.at
            for rule in plan.objectives
            if rule.objective == objective
            for run in runs(ticket.confirmed_marks, rule.starts, rule.stops)
            if run.stop
        ),
        default=float("inf"),
    )
