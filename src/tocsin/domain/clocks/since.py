"""From when a promise is owed at which priority: by accepted channels, and from the rise where the contract says so."""

from collections.abc import Iterable, Sequence

from tocsin.domain.clocks.schedule import Case
from tocsin.domain.contract.model import Contract, RisesFrom
from tocsin.domain.decide.open import accepts
from tocsin.domain.instant import Instant
from tocsin.domain.state.evidence import Run
from tocsin.domain.state.priorities import Urgency, urgencies
from tocsin.domain.state.ticket import Clock, Mark
from tocsin.domain.vocabulary import Priority

Since = tuple[Urgency, ...]
"""The priorities by which a promise is owed, each from its own time on; the last is the most urgent and the latest."""


def owed_since(case: Case, run: Run) -> Since:
    """The times from which the promise of `run`, of which no clock is known, is owed; empty if it is not owed."""
    if case.rule.rises_from is RisesFrom.RISE:
        return _from_the_rises(case, run, None)
    starts = admissible(case, run.starts, case.ticket.priority)
    if not starts or case.target(case.ticket.priority) is None:
        return ()
    return (Urgency(starts[0].at, case.ticket.priority),)


def still_owed_since(case: Case, run: Run, clock: Clock) -> Since:
    """The times from which the promise is owed whose clock this is.

    Where nothing is owed at the new priority, or not yet, what was promised stands.
    """
    if case.rule.rises_from is RisesFrom.RISE:
        return _from_the_rises(case, run, clock) or (Urgency(clock.started_at, clock.priority),)
    priority = case.ticket.priority if clock.running or run.stop is None else clock.priority
    if case.target(priority) is None or _must_come_otherwise(case, clock, run):
        priority = clock.priority
    starts = admissible(case, run.starts, case.ticket.priority)
    return (Urgency(starts[0].at if starts else clock.started_at, priority),)


def admissible(case: Case, starts: Sequence[Mark], priority: Priority) -> list[Mark]:
    """Those of `starts` that came by a channel which the contract accepts for that priority."""
    for rule in case.plan.channels:
        if rule.priority == priority:
            return [
                mark
                for mark in starts
                if mark.kind.channel is None or accepts(rule, mark.kind.channel, mark.at, case.contract)
            ]
    return list(starts)


def is_more_urgent(contract: Contract, priority: Priority, than: Priority) -> bool:
    """True if `priority` is more urgent; any is than one that the contract does not know."""
    return than not in contract.priorities[: contract.rank(priority) + 1]


def _must_come_otherwise(case: Case, clock: Clock, run: Run) -> bool:
    """True if the ticket is more urgent now, and requests of that priority must come by another channel."""
    urgent = is_more_urgent(case.contract, case.ticket.priority, clock.priority)
    return urgent and not admissible(case, run.starts, case.ticket.priority)


def _from_the_rises(case: Case, run: Run, clock: Clock | None) -> Since:
    found = urgencies(case.ticket, case.contract, case.rule.targets.__contains__, run.stop)
    owed = (
        Urgency(max(each.since, begun), each.priority)
        for each in found
        if case.target(each.priority) is not None and (begun := _begun(case, run, each.priority, clock)) is not None
    )
    return _in_order(owed)


def _begun(case: Case, run: Run, priority: Priority, clock: Clock | None) -> Instant | None:
    """The first start that counts at that priority; a promise that was made is owed at an easier one, too."""
    starts = admissible(case, run.starts, priority)
    if starts:
        return starts[0].at
    kept = clock is not None and not is_more_urgent(case.contract, priority, clock.priority)
    return clock.started_at if clock and kept else None


def _in_order(owed: Iterable[Urgency]) -> Since:
    """Without those that a more urgent one preceded."""
    kept: list[Urgency] = []
    for each in owed:
        while kept and kept[-1].since >= each.since:
            kept.pop()
        kept.append(each)
    return tuple(kept)
