"""Each promise of a ticket explained: which time counted, which did not and why, and what the contract says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tocsin.board.promises import NEAR, rule_of
from tocsin.contracts.notation.targets import show_target
from tocsin.contracts.words import owed_from
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, TargetRule
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, HoldSpan, Ticket
from tocsin.domain.time import deadlines
from tocsin.domain.time.business_time import Interval
from tocsin.domain.time.opening_hours import Why
from tocsin.domain.vocabulary import Objective, Priority

_SPANS_MAX = 400

HoldOffsets = Mapping[Instant, tuple[int, ...]]
"""The inbox offsets that began or ended a hold, by the time at which it did."""


class Span(NamedTuple):
    """A stretch of time, why it counts or does not, and the inbox offsets behind that."""

    start: Instant
    end: Instant
    why: Why
    offsets: tuple[int, ...] = ()


class Explained(NamedTuple):
    """A promise of a ticket, what the contract says of it, and the time until its deadline in spans."""

    objective: Objective
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
    clause: str
    reading: str  # where the rule is assumed
    calendar: str
    timezone: str
    offsets: tuple[int, ...]

    def total(self, why: str) -> int:
        """Milliseconds of the spans of that reason."""
        return sum(span.end - span.start for span in self.spans if span.why == why)


def explained(ticket: Ticket, contract: Contract | None, now: Instant, offsets: HoldOffsets) -> Iterator[Explained]:
    """Every promise of `ticket`, the ones that are still owed first."""
    plan = contract.plans.get(ticket.plan) if contract else None
    for clock in sorted(ticket.clocks, key=lambda it: (not it.running, it.deadline or 2**62, it.started_at)):
        rule = rule_of(plan, clock)
        target = rule.targets.get(clock.priority) if rule else None
        yield _explained(ticket, clock, _Terms(contract, plan, rule, target), now, offsets)


class _Terms(NamedTuple):
    contract: Contract | None
    plan: Plan | None
    rule: ObjectiveRule | None
    target: TargetRule | None


def _explained(ticket: Ticket, clock: Clock, terms: _Terms, now: Instant, offsets: HoldOffsets) -> Explained:
    contract, plan, rule, target = terms
    spans = _spans(ticket, clock, terms, now, offsets)
    calendar = contract.calendars[target.calendar] if contract and target else None
    return Explained(
        objective=clock.objective,
        rule=clock.rule,
        cycle=clock.cycle,
        priority=clock.priority,
        state=state_of(clock, ticket, now),
        started_at=clock.started_at,
        deadline=clock.deadline,
        fulfilled_at=clock.fulfilled_at,
        spans=spans[:_SPANS_MAX],
        left_out=max(0, len(spans) - _SPANS_MAX),
        promised=show_target(target.target) if target else "",
        owed_from=owed_from(plan, rule, clock.priority) if plan and rule and target else "",
        clause=target.cites.clause if target else "",
        reading=target.cites.reading if target else "",
        calendar=target.calendar if target else "",
        timezone=calendar.timezone if calendar else "",
        offsets=clock.offsets,
    )


def state_of(clock: Clock, ticket: Ticket, now: Instant) -> str:
    """The state of a promise in a word, also of one that is over."""
    if clock.void:
        return "no longer owed"
    if clock.fulfilled_at is not None:
        return "kept late" if clock.breached else "kept in time"
    if clock.breached or (clock.deadline is not None and now > clock.deadline):
        return "late"
    if clock.deadline is None:
        return "held" if ticket.held else "no date"
    return "at risk" if clock.warned or clock.deadline - now <= NEAR else "on track"


def _spans(ticket: Ticket, clock: Clock, terms: _Terms, now: Instant, offsets: HoldOffsets) -> tuple[Span, ...]:
    contract, _, rule, target = terms
    if contract is None or rule is None or target is None or target.target is None:
        return ()
    holds = [hold for hold in ticket.holds if hold.reason in rule.paused_by]
    end = _end(clock, now)
    pauses = [(hold.start, end if hold.end is None else hold.end) for hold in holds]
    calendar = deadlines.counting_calendar(target.target.unit, contract.calendars[target.calendar])
    try:
        intervals = deadlines.explain(clock.started_at, end, calendar, pauses)
    except ValueError:  # beyond what can be reckoned with
        return ()
    return tuple(Span(it.start, it.end, it.why, _behind(it, clock, holds, offsets)) for it in intervals)


def _end(clock: Clock, now: Instant) -> Instant:
    """The end of the bar: the deadline, or for a promise without one the time until it was kept, or until now."""
    if clock.deadline is not None:
        return clock.deadline
    return now if clock.fulfilled_at is None else clock.fulfilled_at


def _behind(interval: Interval, clock: Clock, holds: Sequence[HoldSpan], offsets: HoldOffsets) -> tuple[int, ...]:
    """The inbox offsets because of which that time counts, or is paused; the calendar has none."""
    if interval.why is Why.COUNTED:
        return clock.offsets
    if interval.why is not Why.PAUSED:
        return ()
    found: dict[int, None] = {}
    for hold in holds:
        if hold.start < interval.end and (hold.end is None or hold.end > interval.start):
            edges = (hold.start, *((hold.end,) if hold.end is not None else ()))
            found |= dict.fromkeys(offset for edge in edges for offset in offsets.get(edge, ()))
            found |= {hold.ended_by: None} if hold.ended_by is not None else {}
    return tuple(found)
