"""Finds doubtful parts of a compiled contract: contradictions, gaps, impossible calendars, assumed rules."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from tocsin.contracts.checks.attainment import second_shares, shares_of_nothing, two_caps
from tocsin.contracts.checks.base import Finding, Level
from tocsin.contracts.checks.dead_rules import (
    after_nothing,
    closed_channels,
    dead_rows,
    dead_steps,
    limits_of_nothing,
    second_channels,
)
from tocsin.contracts.checks.milestones import unreachable_stops, unused_milestones
from tocsin.contracts.checks.rises import rises_of_the_priority
from tocsin.contracts.checks.times import (
    early_warnings,
    elapsed_in_office_hours,
    pages_never_awaited,
    reversed_terms,
    slower_for_the_urgent,
    stages_out_of_order,
    steps_out_of_order,
)
from tocsin.contracts.citations import readings
from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan
from tocsin.domain.time.calendar_check import faults
from tocsin.domain.vocabulary import SEVERITIES, Basis, Objective, Priority

_ContractCheck = Callable[[Contract], Iterator[Finding]]
_PlanCheck = Callable[[Plan, Contract], Iterator[Finding]]


def lint(contract: Contract) -> list[Finding]:
    """Every finding, the worst first, those of one level by code, then in the contract's order."""
    found = list(_found(contract, _CONTRACT_CHECKS, _PLAN_CHECKS))
    return sorted(found, key=lambda finding: (tuple(Level).index(finding.level), finding.code))


def errors(contract: Contract) -> list[Finding]:
    """The findings for which the contract cannot be used. The doubts are not looked for, so that this is quick."""
    found = _found(contract, (_impossible_calendars,), (_missing_calendars, reversed_terms, two_caps))
    return sorted((it for it in found if it.level is Level.ERROR), key=lambda finding: finding.code)


def _found(
    contract: Contract, contract_checks: Iterable[_ContractCheck], plan_checks: Sequence[_PlanCheck]
) -> Iterator[Finding]:
    for whole in contract_checks:
        yield from whole(contract)
    for plan in contract.plans.values():
        for check in plan_checks:
            for it in check(plan, contract):
                yield it._replace(where=f"plans.{plan.name}.{it.where}".rstrip("."))


# ---- the contract as a whole


def _impossible_calendars(contract: Contract) -> Iterator[Finding]:
    for name, calendar in contract.calendars.items():
        clause = calendar.cites.clause if calendar.cites else ""
        for fault in faults(calendar)[:1]:
            yield Finding(Level.ERROR, "impossible_calendar", f"calendars.{name}", clause, fault)


def _missing_calendars(plan: Plan, contract: Contract) -> Iterator[Finding]:
    for rule in plan.objectives:
        for priority, promised in rule.targets.items():
            if promised.calendar not in contract.calendars:
                text = f"the contract has no calendar {promised.calendar}"
                where = f"objectives.{rule.id}.{priority}"
                yield Finding(Level.ERROR, "missing_calendar", where, promised.cites.clause, text)


def _declared_contradictions(contract: Contract) -> Iterator[Finding]:
    for it in contract.contradictions:
        text = f"{it.text}. Read here: {it.reading}"
        yield Finding(Level.WARNING, "contradiction", "", ", ".join(it.clauses), text)


def _readings(contract: Contract) -> Iterator[Finding]:
    """Each rule that is assumed or has a reading, once, with all places that share it."""
    for cites, rules in readings(contract):
        code = "assumed" if cites.basis is Basis.ASSUMED else "reading"
        more = f" (and {len(rules) - 1} more)" if rules[1:] else ""
        yield Finding(Level.NOTE, code, rules[0] + more, cites.clause, cites.reading)


# ---- one plan


def _gaps(plan: Plan, contract: Contract) -> Iterator[Finding]:
    if not any(rule.objective == Objective.FIRST_RESPONSE for rule in plan.objectives):
        yield Finding(Level.WARNING, "gap", "", "", "no response is promised")
    for rule in plan.objectives:
        missing = [priority for priority in contract.priorities if priority not in rule.targets]
        vague = [priority for priority, promise in rule.targets.items() if promise.target is None]
        unheard = [
            priority
            for priority, promise in rule.targets.items()
            if promise.target is not None and policy_for(plan, rule.id, priority) is None
        ]
        if missing:
            yield _gap(rule, f"nothing is promised to {', '.join(missing)}")
        if vague:
            yield _gap(rule, f"no figure for {', '.join(vague)}: tracked and reported, never late")
        if unheard:
            yield _gap(rule, f"no escalation step follows when it is late for {', '.join(unheard)}")


def _gap(rule: ObjectiveRule, text: str) -> Finding:
    level = Level.WARNING if rule.objective == Objective.FIRST_RESPONSE else Level.NOTE
    clause = next((promise.cites.clause for promise in rule.targets.values()), "")
    return Finding(level, "gap", f"objectives.{rule.id}", clause, text)


def _silent_detections(plan: Plan, contract: Contract) -> Iterator[Finding]:
    rule = plan.detections
    silent = [severity for severity in SEVERITIES if rule is None or severity not in rule.priorities]
    if silent:
        clause = rule.cites.clause if rule else ""
        text = f"a detection of severity {', '.join(silent)} is counted and opens nothing"
        yield Finding(Level.NOTE, "gap", "detections", clause, text)


def _two_figures(plan: Plan, contract: Contract) -> Iterator[Finding]:
    for one, other in combinations(plan.objectives, 2):
        same = one.objective == other.objective and set(one.starts) & set(other.starts)
        if not same or _apart(one, other) or _apart(other, one):
            continue
        for name in set(one.targets) & set(other.targets):
            if one.targets[name].target != other.targets[name].target:
                text = f"{one.id} and {other.id} promise {name} different times for the same thing"
                yield Finding(Level.WARNING, "contradiction", f"objectives.{one.id}", _clauses(one, other, name), text)


def _apart(one: ObjectiveRule, other: ObjectiveRule) -> bool:
    """True if no kind of `one` is also a kind of `other`."""
    left = set(one.kinds) - set(other.except_kinds)
    return bool(one.kinds) and not (left & set(other.kinds) if other.kinds else left)


def _clauses(one: ObjectiveRule, other: ObjectiveRule, priority: Priority) -> str:
    return f"{one.targets[priority].cites.clause}, {other.targets[priority].cites.clause}"


_CONTRACT_CHECKS: tuple[_ContractCheck, ...] = (
    _impossible_calendars,
    _declared_contradictions,
    _readings,
    unused_milestones,
)
_PLAN_CHECKS: tuple[_PlanCheck, ...] = (
    _missing_calendars,
    slower_for_the_urgent,
    stages_out_of_order,
    elapsed_in_office_hours,
    _two_figures,
    _gaps,
    shares_of_nothing,
    second_shares,
    two_caps,
    second_channels,
    limits_of_nothing,
    after_nothing,
    closed_channels,
    _silent_detections,
    unreachable_stops,
    dead_steps,
    dead_rows,
    steps_out_of_order,
    pages_never_awaited,
    early_warnings,
    rises_of_the_priority,
    reversed_terms,
)
