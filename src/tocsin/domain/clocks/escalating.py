"""The steps of the escalation matrix as they are taken: in their time, again, or since a page reached nobody."""

from msgspec.structs import replace

from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.escalation import EscalationPolicy, EscalationStep, Undelivered
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.events.clock import EscalationRaised, NobodyReached
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.time.deadlines import deadline
from tocsin.domain.vocabulary import Climb


def repeats(clock: Clock, at: Instant, plan: Plan, horizon: Instant | None) -> bool:
    """True if the step that was taken last is repeated at `at`. What repeats without end does not after `horizon`."""
    policy = policy_for(plan, clock.rule, clock.priority)
    if policy is None:
        return False
    return horizon is None or at <= horizon or _last_step(clock, policy).repeat_at_most is not None


def escalate(ticket: Ticket, clock: Clock, contract: Contract, at: Instant, *, again: bool) -> EscalationRaised:
    """The next step of `clock`, which is due at `at`; or the last one `again`."""
    plan = contract.plans[ticket.plan]
    policy = policy_for(plan, clock.rule, clock.priority)
    if policy is None:
        raise LookupError(f"no escalation policy for {clock.rule} at {clock.priority}")
    if again:
        step, place, repetition = _last_step(clock, policy), clock.steps_taken[-1], clock.repetition + 1
    else:
        step, place, repetition = policy.steps[clock.steps[0].step], clock.steps[0].step, 0
    at = max(at, ticket.touched_at)
    return _raised(clock, step, place, repetition, _again_at(step, clock, contract, plan, at))


def _again_at(step: EscalationStep, clock: Clock, contract: Contract, plan: Plan, at: Instant) -> Instant | None:
    """The time at which a step that is taken at `at` is taken again; None: not at all."""
    if step.repeat_within is None:
        return None if step.repeat_every is None else at + step.repeat_every
    rule = next(rule for rule in plan.objectives if rule.id == clock.rule)
    promised = rule.targets.get(clock.priority) or next(iter(rule.targets.values()))
    return deadline(at, step.repeat_within, contract.calendars[promised.calendar])


def _raised(
    clock: Clock, step: EscalationStep, place: int, repetition: int, again_at: Instant | None
) -> EscalationRaised:
    ends = step.repeat_at_most is not None and repetition >= step.repeat_at_most
    return EscalationRaised(
        rule=clock.rule,
        cycle=clock.cycle,
        objective=clock.objective,
        step=place,
        repetition=repetition,
        role=step.role,
        tier=step.tier,
        next_at=None if ends else again_at,
    )


def _last_step(clock: Clock, policy: EscalationPolicy) -> EscalationStep:
    """The step that was taken last; another priority may have fewer."""
    return policy.steps[min(clock.steps_taken[-1], len(policy.steps) - 1)]


def climbs_at(ticket: Ticket, clock: Clock, plan: Plan) -> Instant | None:
    """The time at which the last page of `clock`, by what is known of it, climbs; None: it does not.

    It waits while the promise is paused. At the top of the matrix that is told once.
    """
    policy = policy_for(plan, clock.rule, clock.priority)
    due = _due(clock, policy) if policy else None
    if policy is None or due is None or _is_paused(ticket, clock, plan):
        return None
    return None if clock.unreached and _next_place(clock, policy) is None else due[0]


def climb(ticket: Ticket, clock: Clock, contract: Contract, at: Instant) -> EscalationRaised | NobodyReached:
    """The event that follows when the last page of `clock` climbs at `at`."""
    plan = contract.plans[ticket.plan]
    policy = policy_for(plan, clock.rule, clock.priority)
    due = _due(clock, policy) if policy else None
    if policy is None or due is None:
        raise LookupError(f"no page of {clock.rule} climbs")
    place, receipt = _next_place(clock, policy), clock.page.receipt if clock.page else None
    if place is None:
        return NobodyReached(rule=clock.rule, cycle=clock.cycle, objective=clock.objective, why=due[1], receipt=receipt)
    step, at = policy.steps[place], max(at, ticket.touched_at)
    raised = _raised(clock, step, place, 0, _again_at(step, clock, contract, plan, at))
    return replace(raised, climbed=due[1], receipt=receipt)


def _due(clock: Clock, policy: EscalationPolicy) -> tuple[Instant, Climb] | None:
    page = clock.page
    if page is None:
        return None
    if page.accepted_at is not None:
        waits = policy.unanswered_after
        return None if waits is None else (page.accepted_at + waits, Climb.UNANSWERED)
    if page.failed_at is None or policy.undelivered is not Undelivered.CLIMBS:
        return None
    return page.failed_at, Climb.UNDELIVERED


def _next_place(clock: Clock, policy: EscalationPolicy) -> int | None:
    """The step that comes next, by its place; None at the top of the matrix."""
    if clock.steps:
        return clock.steps[0].step
    return next((place for place in range(len(policy.steps)) if place not in clock.steps_taken), None)


def _is_paused(ticket: Ticket, clock: Clock, plan: Plan) -> bool:
    if ticket.held is None:
        return False
    rule = plan.rule(clock.rule)
    return rule is not None and ticket.held.reason in rule.paused_by
