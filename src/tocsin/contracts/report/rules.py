"""The rules of a contract one by one, each with its clause and the plans that have it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from tocsin.contracts.notation.escalation import show_climbing, show_step, show_step_time
from tocsin.contracts.notation.targets import show_target
from tocsin.contracts.report.other_rules import Row, is_enforced, other_rules
from tocsin.domain.contract.escalation import EscalationPolicy
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan
from tocsin.domain.contract.rules import Citation

OWN = "tocsin"
"""The owner of the rules that hold wherever a contract says nothing."""

_OWN_CLAUSE = "none"


class Rule(NamedTuple):
    """A rule that one or several plans of a contract share word for word; `plans` is empty for a rule of our own."""

    key: str  # within a plan, such as objectives.response.P1
    kind: str
    text: str
    cites: Citation
    plans: tuple[str, ...]
    folded: bool  # the fold enforces it; otherwise it is only shown

    def names(self) -> tuple[str, ...]:
        """The names by which a history can say that it shows this rule."""
        return tuple(f"{plan}.{self.key}" for plan in self.plans) or (self.key,)


class _FoundRule(NamedTuple):
    key: str
    kind: str
    text: str
    cites: Citation
    content: object
    folded: bool = True


def rules(contract: Contract) -> list[Rule]:
    """The rules of `contract`, in its order. A rule that several plans share occurs once."""
    plans: dict[tuple[str, str], tuple[_FoundRule, list[str]]] = {}
    for plan in contract.plans.values():
        for found in _found(contract, plan):
            plans.setdefault((found.key, repr(found.content)), (found, []))[1].append(plan.name)
    return [Rule(*found[:4], tuple(names), found.folded) for found, names in plans.values()]


def own_rules(contract: Contract) -> list[Rule]:
    """Our own rules, which `contract` follows where its document says nothing."""
    plan = contract.plans[contract.default_plan]
    return [
        Rule(row.key, row.kind, row.cites.reading, row.cites, (), is_enforced(row, plan))
        for row in other_rules(plan)
        if row.cites and _is_own(row, plan)
    ]


def _is_own(row: Row, plan: Plan) -> bool:
    """The rule is our own: the document says nothing of it."""
    return row.key in plan.citations and plan.citations[row.key].clause == _OWN_CLAUSE


def _found(contract: Contract, plan: Plan) -> Iterator[_FoundRule]:
    for rule in plan.objectives:
        yield from _promises(rule, contract.priorities)
    yield from map(_escalation, plan.escalation)
    for row in other_rules(plan):
        if row.cites and not _is_own(row, plan):
            content = (row.text, row.cites)
            yield _FoundRule(row.key, row.kind, row.text, row.cites, content, is_enforced(row, plan))


def _promises(rule: ObjectiveRule, priorities: Iterable[str]) -> Iterator[_FoundRule]:
    """One promise for each figure: neighbouring priorities with the same figure are one promise."""
    promised = [name for name in priorities if name in rule.targets]
    figures = [(promise, list(names)) for promise, names in groupby(promised, key=rule.targets.__getitem__)]
    for promise, names in figures:
        several = f".{'+'.join(names)}" if figures[1:] else ""
        text = f"{rule.id}{several.replace('.', ', ').replace('+', ', ')}: {show_target(promise.target)}"
        content = (replace(rule, targets={}), promise, names)
        yield _FoundRule(f"objectives.{rule.id}{several}", "promise", text, promise.cites, content)


def _escalation(row: EscalationPolicy) -> _FoundRule:
    told = [f"{show_step_time(step)}: {show_step(step)}" for step in row.steps]
    steps = "; ".join(filter(None, (*told, show_climbing(row))))
    whose = ", ".join((*row.rules, *row.priorities))
    key = ".".join(filter(None, ("escalation", "+".join(row.rules), "+".join(row.priorities))))
    return _FoundRule(key, "escalation", f"{whose}: {steps}", row.cites, row)
