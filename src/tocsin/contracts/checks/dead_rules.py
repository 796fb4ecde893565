"""Finds rules that are never used, and promises that can never begin."""

from collections.abc import Iterator
from itertools import groupby

from tocsin.contracts.checks.base import Finding, Level, doubt, promises
from tocsin.contracts.notation.escalation import show_climbing, show_step_time
from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.escalation import StepAnchor
from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.contract.model import ChannelRule, Contract, ObjectiveRule, Plan, TargetRule
from tocsin.domain.decide.cover import CASES, CASES_USED


def second_channels(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Channel rules of a priority that has one already. Clocks start by the first of them."""
    first = {it.priority: it for it in reversed(plan.channels)}
    for it in plan.channels:
        if it is not first[it.priority]:
            text = (
                f"the channels of {it.priority} are given twice: clocks start by the first rule "
                f"({', '.join(first[it.priority].channels)}), and a contact that either of them lacks is reported"
            )
            yield doubt("ignored_rule", f"channels.{it.priority}", it.cites, text)


def limits_of_nothing(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Limits of entitlements that nothing counts, or that nothing follows from."""
    for it in (it for it in plan.entitlements if it.limit is not None):
        if it.name != CASES:
            text = f"its limit is shown, and nothing counts it: only that of {CASES} is counted"
        elif plan.exclusion_named(CASES_USED) is None:
            text = f"nothing follows when it is reached: the plan has no exclusion {CASES_USED}"
        else:
            continue
        yield doubt("ignored_rule", f"entitlements.{it.name}", it.cites, text)


def after_nothing(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Promises that begin after an objective which the plan does not have."""
    there = {rule.objective for rule in plan.objectives}
    for rule in plan.objectives:
        if rule.after is not None and rule.after not in there:
            text = f"it begins after the {rule.after}, which this plan does not have, so it is never owed"
            yield _never(rule, list(rule.targets.values()), text)


def closed_channels(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Promises that no contact can start, since its channel is not accepted for the priority."""
    accepted = {it.priority: it for it in reversed(plan.channels)}
    for rule in (it for it in plan.objectives if not it.overlay):
        closed = [name for name in contract.priorities if name in rule.targets and _closed(rule, accepted.get(name))]
        for channels, names in groupby(closed, key=lambda name: accepted[name].channels):
            several = list(names)
            text = (
                f"{', '.join(several)} must come by {', '.join(channels)}, and none of {', '.join(rule.starts)} "
                "does, so it is never owed"
            )
            yield _never(rule, [rule.targets[name] for name in several], text)


def _closed(rule: ObjectiveRule, channels: ChannelRule | None) -> bool:
    if channels is None:
        return False
    return all(it in CHANNEL_OF and CHANNEL_OF[it] not in channels.channels for it in rule.starts)


def _never(rule: ObjectiveRule, targets: list[TargetRule], text: str) -> Finding:
    return doubt("never_owed", f"objectives.{rule.id}", targets[0].cites, text)


def dead_steps(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Escalation steps that depend on a figure which the promise does not have."""
    for rule, priority, promise in promises(plan, contract):
        row = policy_for(plan, rule.id, priority)
        timed = [step for step in row.steps if step.anchor is not StepAnchor.START] if row else []
        if row and timed and promise.target is None and not show_climbing(row):  # by a climb any step may be taken
            text = (
                f"{rule.id} has no figure for {priority}, so {timed[0].role} is never told ({show_step_time(timed[0])})"
            )
            yield Finding(Level.WARNING, "dead_step", "escalation", row.cites.clause, text)


def dead_rows(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Rows of the escalation matrix that other rows hide."""
    used = {id(policy_for(plan, rule.id, name)) for rule in plan.objectives for name in contract.priorities}
    for row in plan.escalation:
        if id(row) not in used:
            text = f"the row of {', '.join(row.rules)} is never used: rows above it hold for the same priorities"
            yield Finding(Level.WARNING, "dead_step", "escalation", row.cites.clause, text)
