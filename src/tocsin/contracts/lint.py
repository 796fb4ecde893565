"""Finds doubtful parts of a compiled contract: contradictions, gaps, impossible calendars, assumed rules."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import combinations, pairwise
from typing import NamedTuple

from tocsin.contracts.citations import citations
from tocsin.contracts.notation.escalation import show_step_time, show_warning
from tocsin.contracts.notation.targets import show_target
from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, StepAnchor, TargetRule, TargetUnit
from tocsin.domain.contract.rules import Citation
from tocsin.domain.time.calendar_check import faults
from tocsin.domain.vocabulary import SEVERITIES, Basis, Objective, Priority


class Level(StrEnum):
    """The weight of a finding. A contract with an error cannot be used."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(NamedTuple):
    """A doubtful part of a contract; `code` is one of a closed set."""

    level: Level
    code: str
    where: str
    clause: str
    text: str


def lint(contract: Contract) -> list[Finding]:
    """Every finding, the worst first, those of one level by code, then in the contract's order."""
    found = [finding for check in _CONTRACT_CHECKS for finding in check(contract)]
    for plan in contract.plans.values():
        for check in _PLAN_CHECKS:
            found += (it._replace(where=f"plans.{plan.name}.{it.where}".rstrip(".")) for it in check(plan, contract))
    return sorted(found, key=lambda finding: (tuple(Level).index(finding.level), finding.code))


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
    places: dict[Citation, list[str]] = {}
    for where, cites in citations(contract):
        if cites.reading:
            places.setdefault(cites, []).append(where)
    for cites, rules in places.items():
        code = "assumed" if cites.basis is Basis.ASSUMED else "reading"
        more = f" (and {len(rules) - 1} more)" if rules[1:] else ""
        yield Finding(Level.NOTE, code, rules[0] + more, cites.clause, cites.reading)


# ---- one plan


def _promises(plan: Plan, contract: Contract) -> Iterator[tuple[ObjectiveRule, Priority, TargetRule]]:
    """Each rule's promise to each priority, the most urgent first."""
    for rule in plan.objectives:
        for priority in contract.priorities:
            if priority in rule.targets:
                yield rule, priority, rule.targets[priority]


def _gaps(plan: Plan, contract: Contract) -> Iterator[Finding]:
    if not any(rule.objective is Objective.FIRST_RESPONSE for rule in plan.objectives):
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
    level = Level.WARNING if rule.objective is Objective.FIRST_RESPONSE else Level.NOTE
    clause = next((promise.cites.clause for promise in rule.targets.values()), "")
    return Finding(level, "gap", f"objectives.{rule.id}", clause, text)


def _shares_of_nothing(plan: Plan, contract: Contract) -> Iterator[Finding]:
    measured = {rule.objective for rule, _, promise in _promises(plan, contract) if promise.target is not None}
    for it in plan.attainment:
        if it.objective not in measured:
            text = "a share is promised of clocks that have no figure"
            yield Finding(Level.WARNING, "gap", f"attainment.{it.objective}", it.cites.clause, text)


def _silent_detections(plan: Plan, contract: Contract) -> Iterator[Finding]:
    rule = plan.detections
    silent = [severity for severity in SEVERITIES if rule is None or severity not in rule.priorities]
    if silent:
        clause = rule.cites.clause if rule else ""
        text = f"a detection of severity {', '.join(silent)} is counted and opens nothing"
        yield Finding(Level.NOTE, "gap", "detections", clause, text)


def _slower_for_the_urgent(plan: Plan, contract: Contract) -> Iterator[Finding]:
    for rule in plan.objectives:
        promises = [(name, rule.targets[name]) for name in contract.priorities if name in rule.targets]
        for (urgent, first), (other, second) in pairwise(promises):
            if first.target and second.target and _longer(first, second):
                text = f"{urgent} has {show_target(first.target)}, {other} only {show_target(second.target)}"
                yield Finding(Level.WARNING, "contradiction", f"objectives.{rule.id}", first.cites.clause, text)


def _longer(first: TargetRule, second: TargetRule) -> bool:
    one, other = first.target, second.target
    comparable = one and other and (one.unit, first.calendar) == (other.unit, second.calendar)
    return bool(comparable and one and other and one.amount > other.amount)


def _two_figures(plan: Plan, contract: Contract) -> Iterator[Finding]:
    for one, other in combinations(plan.objectives, 2):
        same = one.objective is other.objective and set(one.starts) & set(other.starts)
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


def _dead_steps(plan: Plan, contract: Contract) -> Iterator[Finding]:
    for rule, priority, promise in _promises(plan, contract):
        row = policy_for(plan, rule.id, priority)
        timed = [step for step in row.steps if step.anchor is not StepAnchor.START] if row else []
        if row and timed and promise.target is None:
            text = (
                f"{rule.id} has no figure for {priority}, so {timed[0].role} is never told ({show_step_time(timed[0])})"
            )
            yield Finding(Level.WARNING, "dead_step", "escalation", row.cites.clause, text)


def _dead_rows(plan: Plan, contract: Contract) -> Iterator[Finding]:
    used = {id(policy_for(plan, rule.id, name)) for rule in plan.objectives for name in contract.priorities}
    for row in plan.escalation:
        if id(row) not in used:
            text = f"the row of {', '.join(row.rules)} is never used: rows above it hold for the same priorities"
            yield Finding(Level.WARNING, "dead_step", "escalation", row.cites.clause, text)


def _early_warnings(plan: Plan, contract: Contract) -> Iterator[Finding]:
    for rule, priority, promise in _promises(plan, contract):
        for warning in rule.warnings:
            target = promise.target
            timed = target is not None and target.unit in (TargetUnit.ELAPSED, TargetUnit.WORKING_TIME)
            if timed and target and warning.before is not None and warning.before >= target.amount:
                text = f"{show_warning(warning)} is at or before the start for {priority} ({show_target(target)})"
                yield Finding(Level.WARNING, "early_warning", f"objectives.{rule.id}", promise.cites.clause, text)


def _reversed_terms(plan: Plan, contract: Contract) -> Iterator[Finding]:
    term = plan.term
    if term and term.shortest.unit is term.longest.unit and term.shortest.amount > term.longest.amount:
        yield Finding(Level.ERROR, "impossible_term", "term", term.cites.clause, "the shortest term is the longer one")


_CONTRACT_CHECKS: tuple[Callable[[Contract], Iterator[Finding]], ...] = (
    _impossible_calendars,
    _declared_contradictions,
    _readings,
)
_PLAN_CHECKS: tuple[Callable[[Plan, Contract], Iterator[Finding]], ...] = (
    _missing_calendars,
    _slower_for_the_urgent,
    _two_figures,
    _gaps,
    _shares_of_nothing,
    _silent_detections,
    _dead_steps,
    _dead_rows,
    _early_warnings,
    _reversed_terms,
)
