"""Each promise of a ticket explained: which time counted, which did not and why, and what the contract says.

A deadline is what the log says. It is reckoned here once more, from what it depends on; where that gives another one,
the explanation says that it does not add up.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tocsin.contracts.notation.targets import show_target
from tocsin.contracts.words import kept_by, owed_from
from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, TargetRule
from tocsin.domain.contract.target import Target
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, HoldSpan, Mark, PriorityChange, Ticket
from tocsin.domain.time import deadlines
from tocsin.domain.time.calendar_parts import Interval
from tocsin.domain.time.deadlines import Pause
from tocsin.domain.time.opening_hours import Why
from tocsin.domain.vocabulary import Evidence, Priority
from tocsin.story.standing import state_of

_SPANS_MAX = 400

HoldOffsets = Mapping[Instant, tuple[int, ...]]
"""The inbox offsets that began or ended a hold, by the time at which it did."""


class Basis(NamedTuple):
    """What a deadline depends on beside its clock, as it was known when the deadline was last reckoned."""

    holds: tuple[HoldSpan, ...]
    changes: tuple[PriorityChange, ...]
    stop: Instant | None  # when the promise was kept

    @classmethod
    def now(cls, ticket: Ticket, clock: Clock) -> "Basis":
        """That of a clock of `ticket`, as the ticket stands."""
        return cls(ticket.holds, ticket.priority_changes, clock.fulfilled_at)


class Span(NamedTuple):
    """A stretch of time, why it counts or does not, and the inbox offsets behind that."""

    start: Instant
    end: Instant
    why: Why
    offsets: tuple[int, ...] = ()


class Explained(NamedTuple):
    """A promise of a ticket, what the contract says of it, and the time until its deadline in spans.

    The spans begin at `counts_from`: the start, or the rise to the priority by whose target the deadline comes first.
    """

    objective: str
    rule: str
    cycle: int
    priority: Priority
    state: str
    started_at: Instant
    deadline: Instant | None
    fulfilled_at: Instant | None
    spans: tuple[Span, ...]
    left_out: int  # spans beyond those
    promised: str
    owed_from: str
    kept_by: str
    owed_by: str  # the team that owes it, and the one to which, where it is a promise between teams
    owed_to: str
    clause: str
    source: str  # the overlay that the clause is in; empty for the contract itself
    reading: str  # where the rule is assumed
    calendar: str
    timezone: str
    offsets: tuple[int, ...]
    begun_by: tuple[Mark, ...]  # the facts that began it, as far as they are known
    ended_by: tuple[Mark, ...]  # the fact that kept it
    counts_from: Instant
    counts_at: Priority  # whose target that is
    target: Target | None
    adds_up: bool  # the spans lead to the deadline
    bounded: bool  # by a deadline at the latest, which counts from something else

    def total(self, why: str) -> int:
        """Milliseconds of the spans of that reason."""
        return sum(span.end - span.start for span in self.spans if span.why == why)

    @property
    def result(self) -> str:
        """What became of it in a word: met, late, withdrawn or open."""
        if self.state == "no longer owed":
            return "withdrawn"
        if self.state in ("kept in time", "kept late"):
            return "met" if self.state == "kept in time" else "late"
        return "late" if self.state == "late" else "open"


def explained(
    ticket: Ticket,
    contracts: Mapping[str, Contract],
    now: Instant,
    offsets: HoldOffsets,
    bases: Mapping[tuple[str, int], Basis] | None = None,
) -> Iterator[Explained]:
    """Every promise of `ticket`, the ones that are still owed first.

    `contracts` by their hash. `bases` by rule and cycle, where more is known than how the ticket stands.
    """
    for clock in sorted(ticket.clocks, key=lambda it: (not it.running, it.deadline or 2**62, it.started_at)):
        basis = (bases or {}).get((clock.rule, clock.cycle)) or Basis.now(ticket, clock)
        yield _explained(ticket, clock, _Case(_terms(clock, contracts), basis, now, offsets, ticket.marks))


def rule_of(plan: Plan | None, clock: Clock) -> ObjectiveRule | None:
    """The rule of the plan by which `clock` runs; None where the plan is not known, or has it no longer."""
    return plan.rule(clock.rule) if plan else None


class _Terms(NamedTuple):
    contract: Contract | None
    plan: Plan | None
    rule: ObjectiveRule | None


class _Case(NamedTuple):
    terms: _Terms
    basis: Basis
    now: Instant
    offsets: HoldOffsets
    marks: Sequence[Mark]


class _Reckoning(NamedTuple):
    """A way in which a deadline may have come about."""

    start: Instant
    priority: Priority
    promised: TargetRule
    calendar: WorkingCalendar
    pauses: tuple[Pause, ...]

    def due(self) -> Instant | None:
        target = self.promised.target
        if target is None:
            return None
        try:
            return deadlines.deadline(self.start, target, self.calendar, self.pauses)
        except ValueError:  # beyond what can be reckoned with
            return None


def _terms(clock: Clock, contracts: Mapping[str, Contract]) -> _Terms:
    """The contract by which `clock` runs, which may be another one than its ticket has now."""
    contract_hash, _, name = clock.contract_and_plan.partition("/")
    contract = contracts.get(contract_hash)
    plan = contract.plans.get(name) if contract else None
    return _Terms(contract, plan, rule_of(plan, clock))


def _explained(ticket: Ticket, clock: Clock, case: _Case) -> Explained:
    _, plan, rule = case.terms
    found = _reckoning(clock, case)
    promised = found.promised if found else rule.targets.get(clock.priority) if rule else None
    spans = _spans(clock, found, case) if found else ()
    adds_up = found is not None and clock.deadline is not None and found.due() == clock.deadline
    return Explained(
        objective=clock.objective,
        rule=clock.rule,
        cycle=clock.cycle,
        priority=clock.priority,
        state=state_of(clock, ticket, case.now),
        started_at=clock.started_at,
        deadline=clock.deadline,
        fulfilled_at=clock.fulfilled_at,
        spans=spans[:_SPANS_MAX],
        left_out=max(0, len(spans) - _SPANS_MAX),
        promised=show_target(promised.target) if promised else "",
        owed_from=owed_from(plan, rule, clock.priority) if plan and rule and promised else "",
        kept_by=kept_by(rule) if rule else "",
        owed_by=rule.owed_by if rule else "",
        owed_to=rule.owed_to if rule else "",
        clause=promised.cites.clause if promised else "",
        source=promised.cites.source if promised else "",
        reading=promised.cites.reading if promised else "",
        calendar=promised.calendar if promised else "",
        timezone=_zone_of(promised, case.terms.contract),
        offsets=clock.offsets,
        begun_by=_marks(ticket, (clock.anchor,), rule.starts if rule else ()),
        ended_by=_marks(ticket, clock.offsets[-1:], _stops(rule)) if clock.fulfilled_at else (),
        counts_from=found.start if found else clock.started_at,
        counts_at=found.priority if found else clock.priority,
        target=promised.target if promised else None,
        adds_up=adds_up,
        bounded=clock.bound is not None,
    )


def _zone_of(promised: TargetRule | None, contract: Contract | None) -> str:
    return contract.calendars[promised.calendar].timezone if contract and promised else ""


def _stops(rule: ObjectiveRule | None) -> Sequence[str]:
    """The kinds of marks that keep the promise; a hand-over to another team is marked as one."""
    if rule is None:
        return ()
    return (*rule.stops, Evidence.HANDED_OVER) if Evidence.HANDED_ON in rule.stops else rule.stops


def _marks(ticket: Ticket, offsets: Sequence[int], kinds: Sequence[str]) -> tuple[Mark, ...]:
    return tuple(mark for mark in ticket.marks if mark.offset in offsets and mark.kind in kinds)


def _reckoning(clock: Clock, case: _Case) -> _Reckoning | None:
    """The way that leads to the deadline of `clock`; where none does, the first of them. None without a figure."""
    ways = list(_ways(clock, case))
    first = ways[0] if ways else None
    return next((way for way in ways if clock.deadline is None or way.due() == clock.deadline), first)


def _ways(clock: Clock, case: _Case) -> Iterator[_Reckoning]:
    """From its start at its priority; then from each rise, and at each priority that the ticket has had.

    A deadline at the latest counts from what it is about alone.
    """
    contract, _, rule = case.terms
    if contract is None or rule is None:
        return
    pauses = _pauses(rule, clock, case)
    if clock.bound is not None:
        bound = rule.at_the_latest[clock.bound]
        calendar = contract.calendars[bound.promised.calendar]
        begun = (mark.at for mark in case.marks if mark.kind in bound.starts)
        yield from (_Reckoning(at, clock.priority, bound.promised, calendar, pauses) for at in begun)
        return
    changes = case.basis.changes
    starts = dict.fromkeys((clock.started_at, *(max(it.at, clock.started_at) for it in changes)))
    priorities = dict.fromkeys((clock.priority, *(name for it in changes for name in (it.priority, it.previous))))
    for priority in priorities:
        promised = rule.targets.get(priority)
        if promised is not None and promised.target is not None:
            calendar = contract.calendars[promised.calendar]
            yield from (_Reckoning(start, priority, promised, calendar, pauses) for start in starts)


def _pauses(rule: ObjectiveRule, clock: Clock, case: _Case) -> tuple[Pause, ...]:
    """The waits that the rule knows. What kept the promise ends them; one that lasts goes on until now."""
    stop = case.basis.stop
    until = _end(clock, case.now) if stop is None else stop
    found = []
    for hold in case.basis.holds:
        if hold.reason in rule.paused_by and (stop is None or hold.start < stop):
            end = until if hold.end is None else hold.end
            found.append((hold.start, end if stop is None else min(end, stop)))
    return tuple(found)


def _spans(clock: Clock, way: _Reckoning, case: _Case) -> tuple[Span, ...]:
    target = way.promised.target
    calendar = deadlines.counting_calendar(target.unit, way.calendar) if target else way.calendar
    try:
        intervals = deadlines.explain(way.start, _end(clock, case.now), calendar, way.pauses)
    except ValueError:  # beyond what can be reckoned with
        return ()
    return tuple(Span(it.start, it.end, it.why, _behind(it, clock, way, case)) for it in intervals)


def _end(clock: Clock, now: Instant) -> Instant:
    """The end of the bar: the deadline, or for a promise without one the time until it was kept, or until now."""
    if clock.deadline is not None:
        return clock.deadline
    return now if clock.fulfilled_at is None else clock.fulfilled_at


def _behind(interval: Interval, clock: Clock, way: _Reckoning, case: _Case) -> tuple[int, ...]:
    """The inbox offsets because of which that time counts, or is paused; the calendar has none."""
    if interval.why is Why.COUNTED:
        rises = (it.offset for it in case.basis.changes if it.at == way.start and way.start != clock.started_at)
        return tuple(dict.fromkeys((*clock.offsets[:1], *rises)))
    if interval.why is not Why.PAUSED:
        return ()
    found: dict[int, None] = {}
    paused_by = case.terms.rule.paused_by if case.terms.rule else ()
    for hold in case.basis.holds:
        lasts = hold.start < interval.end and (hold.end is None or hold.end > interval.start)
        if lasts and hold.reason in paused_by:
            edges = (hold.start, *((hold.end,) if hold.end is not None else ()))
            found |= dict.fromkeys(offset for edge in edges for offset in case.offsets.get(edge, ()))
            found |= {hold.ended_by: None} if hold.ended_by is not None else {}
    return tuple(found)
