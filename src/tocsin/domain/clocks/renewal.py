"""The cycles of a promise, with those that a rise of the priority begins after an answer."""

from collections.abc import Iterator

from tocsin.domain.clocks.schedule import Case
from tocsin.domain.clocks.since import admissible
from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.contract.model import Renewal
from tocsin.domain.state.evidence import Run, counting, cycles, episodes, runs
from tocsin.domain.state.lapses import turns
from tocsin.domain.state.priorities import Rise, rises
from tocsin.domain.state.ticket import Mark
from tocsin.domain.vocabulary import Evidence


def cycles_of(case: Case) -> Iterator[tuple[set[int], Run]]:
    """Each cycle of a promise, with the offsets by one of which its clock is known."""
    rule = case.rule
    if rule.renewed_by is Renewal.NEVER or rule.recurring or _has_lapsed(case):
        yield from cycles(case.ticket, case.plan, rule)
        return
    for episode in episodes(case.ticket.confirmed_marks):
        yield from _cycles_of_episode(case, counting(episode, case.ticket, case.plan, rule))


def _has_lapsed(case: Case) -> bool:
    """True if a fall of the priority has ended a cycle: the rise that begins the next one renews no answer."""
    if not turns(case.ticket, case.rule):
        return False  # nearly always
    return any(run.lapsed_at is not None for _, run in cycles(case.ticket, case.plan, case.rule))


def _cycles_of_episode(case: Case, episode: list[Mark]) -> Iterator[tuple[set[int], Run]]:
    marks = episode
    run = next(runs(marks, case.rule.starts, case.rule.stops), None)
    for rise in sorted(rises(case.ticket, case.contract)):
        if run is None or run.stop is None:
            break
        renews = not case.rule.renewed_at or rise.priority in case.rule.renewed_at
        if not renews or not run.stop.at < rise.at < _resolved_at(episode):
            continue
        renewed = _renewed(case, rise, marks)
        if renewed and _lasted(rise, renewed):
            yield _anchors(case, [mark for mark in marks if mark.at < rise.at], run), run
            run, marks = renewed, [mark for mark in marks if mark.at >= rise.at]
    if run:
        yield _anchors(case, marks, run), run


def _resolved_at(episode: list[Mark]) -> float:
    return min((mark.at for mark in episode if mark.kind == Evidence.RESOLUTION), default=float("inf"))


def _renewed(case: Case, rise: Rise, marks: list[Mark]) -> Run | None:
    """The cycle that `rise` begins after an answer; None if it begins none.

    Where it takes a contact, that comes with the rise, or before it and after the last answer; or it is waited for.
    """
    raised = Mark(rise.at, Evidence.PRIORITY_RAISED, rise.offset)
    begun = [raised]
    stops = [mark for mark in marks if mark.kind in case.rule.stops]
    if case.rule.renewed_by is Renewal.CONTACT:
        answered_at = max(mark.at for mark in stops if mark.at < rise.at)
        contacts = [mark for mark in marks if mark.at > answered_at and mark.kind in CHANNEL_OF]
        accepted = admissible(case, [mark for mark in contacts if mark.kind in case.rule.starts], rise.priority)
        begun = [raised] if any(mark.at <= rise.at for mark in accepted) else accepted
    since = (mark for mark in stops if mark.at >= rise.at)
    return next(runs([*begun, *since], {mark.kind for mark in begun}, case.rule.stops), None)


def _lasted(rise: Rise, run: Run) -> bool:
    """True if no fall has taken back what `rise` began, before it was answered."""
    return rise.over_at is None or (run.stop is not None and run.stop.at <= rise.over_at)


def _anchors(case: Case, marks: list[Mark], run: Run) -> set[int]:
    return {mark.offset for mark in (*marks, *run.starts) if mark.kind in case.rule.starts or mark in run.starts}
