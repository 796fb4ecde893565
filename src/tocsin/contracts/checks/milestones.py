"""Finds milestones that nothing depends on, and those that nobody can reach."""

from collections.abc import Iterator

from tocsin.contracts.checks.base import Finding, doubt
from tocsin.domain.contract.evidence import EvidenceKind
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.vocabulary import Evidence


def unused_milestones(contract: Contract) -> Iterator[Finding]:
    """Milestones by which no promise starts or stops."""
    rules = [rule for plan in contract.plans.values() for rule in plan.objectives]
    used = {name for rule in rules for name in (*rule.starts, *rule.stops)}
    used |= {name for rule in rules for bound in rule.at_the_latest for name in bound.starts}
    if not rules:
        return  # those of an overlay that only adds to the milestones of others
    for kind in contract.milestones:
        if kind.name not in used and kind.cites:
            text = f"no promise starts or stops with {kind.name}"
            yield doubt("ignored_rule", f"milestones.{kind.name}", kind.cites, text)


def unreachable_stops(plan: Plan, contract: Contract) -> Iterator[Finding]:
    """Promises that nothing can keep: nobody sets the milestones that stop them, and these follow from nothing."""
    never = {kind.name for kind in contract.milestones if _is_unreachable(kind)}
    for rule in plan.objectives:
        cites = next((promise.cites for promise in rule.targets.values()), None)
        where = f"objectives.{rule.id}"
        if cites and never.issuperset(rule.stops):
            text = f"nobody can set {', '.join(rule.stops)}, so it is never kept"
            yield doubt("never_kept", where, cites, text)
        if cites and Evidence.HANDED_ON in rule.stops and not (rule.kinds or rule.except_kinds):
            text = "without `kinds` any team is the one that it is about, so `handed_on` ends nothing"
            yield doubt("never_kept", where, cites, text)


def _is_unreachable(kind: EvidenceKind) -> bool:
    return not kind.set_by and not kind.follows
