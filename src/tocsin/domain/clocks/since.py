"""From when a promise is owed at which priority: by accepted channels, and from the rise where the contract says so."""

from collections.abc import Iterable, Sequence

import msgspec

from tocsin.domain.clocks.schedule import Case
from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.contract.model import Contract, RisesFrom
from tocsin.domain.decide.open import accepts
from tocsin.domain.instant import Instant
from tocsin.domain.state.evidence import Run
from tocsin.domain.state.priorities import Urgency, urgencies
from tocsin.domain.state.ticket import Clock, Mark
from tocsin.domain.vocabulary import Priority


class Owed(msgspec.Struct, frozen=True, gc=False):  # a named tuple takes four times as long to make
    """The start of a promise, and the priorities at which it is owed, each from its own time on.

    The last one is the most urgent and the latest.
    """

    started_at: Instant
    since: tuple[Urgency, ...]

    @property
    def priority(self) -> Priority:
        """The priority of its clock."""
        return self.since[-1].priority


def owed(case: Case, run: Run) -> Owed | None:
    """From when the promise of `run`, of which no clock is known, is owed; None if it is not."""
    if case.rule.rises_from is RisesFrom.RISE:
        return _owed_from_the_rises(case, run, None)
    starts = admissible(case, run.starts, case.ticket.priority)
    if not starts or case.target(case.ticket.priority) is None:
        return None
    return _owed_from(starts[0].at, case.ticket.priority)


def still_owed(case: Case, run: Run, clock: Clock) -> Owed:
    """From when the promise is owed whose clock this is.

    Where nothing is owed at the new priority, or not yet, what was promised stands.
    """
    if case.rule.rises_from is RisesFrom.RISE:
        return _owed_from_the_rises(case, run, clock) or _owed_from(clock.started_at, clock.priority)
    priority = case.ticket.priority if clock.running or run.stop is None else clock.priority
    if case.target(priority) is None or _must_come_otherwise(case, clock, run):
        priority = clock.priority
    starts = admissible(case, run.starts, case.ticket.priority)
    return _owed_from(starts[0].at if starts else clock.started_at, priority)


def admissible(case: Case, starts: Sequence[Mark], priority: Priority) -> list[Mark]:
    """Those of `starts` that came by a channel which the contract accepts for that priority; an overlay accepts any."""
    for rule in () if case.rule.overlay else case.plan.channels:
        if rule.priority == priority:
            return [
                mark
                for mark in starts
                if mark.kind not in CHANNEL_OF or accepts(rule, CHANNEL_OF[mark.kind], mark.at, case.contract)
            ]
    return list(starts)


def is_more_urgent(contract: Contract, priority: Priority, than: Priority) -> bool:
    """True if `priority` is more urgent; any is than one that the contract does not know."""
    return than not in contract.priorities[: contract.rank(priority) + 1]


def _must_come_otherwise(case: Case, clock: Clock, run: Run) -> bool:
    """True if the ticket is more urgent now, and requests of that priority must come by another channel."""
    urgent = is_more_urgent(case.contract, case.ticket.priority, clock.priority)
    return urgent and not admissible(case, run.starts, case.ticket.priority)


def _owed_from(start: Instant, priority: Priority) -> Owed:
    return Owed(start, (Urgency(start, priority),))


def _owed_from_the_rises(case: Case, run: Run, clock: Clock | None) -> Owed | None:
    found = urgencies(case.ticket, case.contract, case.rule.targets.__contains__, run.stop)
    begun = {each.priority: _begun(case, run, each.priority, clock) for each in found}
    since = _in_order(
        Urgency(max(each.since, start), each.priority)
        for each in found
        if case.target(each.priority) is not None and (start := begun[each.priority]) is not None
    )
    if not since:
        return None
    started_at = begun[since[-1].priority] if since[1:] else since[0].since
    return Owed(since[0].since if started_at is None else started_at, since)


def _begun(case: Case, run: Run, priority: Priority, clock: Clock | None) -> Instant | None:
    """The first start that counts at that priority; a promise that was made is owed at an easier one, too."""
    starts = admissible(case, run.starts, priority)
    if starts:
        return starts[0].at
    kept = clock is not None and not is_more_urgent(case.contract, priority, clock.priority)
    return clock.started_at if clock and kept else None


def _in_order(found: Iterable[Urgency]) -> tuple[Urgency, ...]:
    """Without those that a more urgent one preceded."""
    kept: list[Urgency] = []
    for each in found:
        while kept and kept[-1].since >= each.since:
            kept.pop()
        kept.append(each)
    return tuple(kept)
