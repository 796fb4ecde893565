"""The rules of a contract one by one, and the recorded histories that show them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from tocsin.cli._contract_terms import Row, term_rows
from tocsin.contracts.moments import show_moment, show_step
from tocsin.contracts.notation.targets import show_target
from tocsin.domain.contract.model import Contract, EscalationPolicy, ObjectiveRule, Plan
from tocsin.domain.contract.rules import Citation

OWN = "tocsin"
"""Whose the rules are that hold wherever a contract says nothing."""

_OWN_CLAUSE = "none"
_TOLD_ONLY = ("obligations", "entitlements", "priority_assigned_by")


class Rule(NamedTuple):
    """A rule that one or several plans of a contract have in the same words; `plans` is empty for one of our own."""

    key: str  # within a plan, such as objectives.response.P1
    kind: str
    text: str
    cites: Citation
    plans: tuple[str, ...]
    folded: bool  # something comes of it; otherwise it is there to be read

    def names(self) -> tuple[str, ...]:
        """By what names a history says that it shows this rule."""
        return tuple(f"{plan}.{self.key}" for plan in self.plans) or (self.key,)


class History(NamedTuple):
    """A recorded history: whose contract, its name, the file of its inputs, and the names of the rules it shows."""

    contract: str
    name: str
    path: Path
    shows: tuple[str, ...]

    def shows_rule(self, rule: Rule) -> bool:
        """Whether it says so; `*` stands for anything."""
        return any(fnmatchcase(name, pattern) for name in rule.names() for pattern in self.shows)


class _Found(NamedTuple):
    key: str
    kind: str
    text: str
    cites: Citation
    content: object
    folded: bool = True


def rules(contract: Contract) -> list[Rule]:
    """The rules of `contract`, in its order. What its plans have in common stands there once."""
    plans: dict[tuple[str, str], tuple[_Found, list[str]]] = {}
    for plan in contract.plans.values():
        for found in _found(contract, plan):
            plans.setdefault((found.key, repr(found.content)), (found, []))[1].append(plan.name)
    return [Rule(*found[:4], tuple(names), found.folded) for found, names in plans.values()]


def own_rules(contract: Contract) -> list[Rule]:
    """Our own rules, which `contract` follows where its document says nothing."""
    plan = contract.plans[contract.default_plan]
    return [
        Rule(row.key, row.kind, row.cites.reading, row.cites, (), row.key not in _TOLD_ONLY)
        for row in term_rows(plan)
        if row.cites and _is_own(row, plan)
    ]


def _is_own(row: Row, plan: Plan) -> bool:
    """Whether the rule fills in what the document leaves open."""
    return row.key in plan.citations and plan.citations[row.key].clause == _OWN_CLAUSE


def histories(folder: Path) -> list[History]:
    """The histories in `folder`, which has one folder a contract. Raises `ValueError` for one that is not readable."""
    found = []
    for path in sorted(folder.glob("*/*.expected.json")):
        shows = json.loads(path.read_text(encoding="utf-8")).get("shows", [])
        name = path.name.removesuffix(".expected.json")
        found.append(History(path.parent.name, name, path.with_name(f"{name}.jsonl"), tuple(shows)))
    return found


def _found(contract: Contract, plan: Plan) -> Iterator[_Found]:
    for rule in plan.objectives:
        yield from _promises(rule, contract.priorities)
    yield from map(_escalation, plan.escalation)
    for row in term_rows(plan):
        if row.cites and not _is_own(row, plan):
            limited = any(f"entitlements.{it.name}" == row.key and it.limit is not None for it in plan.entitlements)
            folded = limited or row.key.partition(".")[0] not in _TOLD_ONLY
            yield _Found(row.key, row.kind, row.text, row.cites, (row.text, row.cites), folded)


def _promises(rule: ObjectiveRule, priorities: Iterable[str]) -> Iterator[_Found]:
    """One for each figure: priorities next to each other with the same one are one promise."""
    promised = [name for name in priorities if name in rule.targets]
    figures = [(promise, list(names)) for promise, names in groupby(promised, key=rule.targets.__getitem__)]
    for promise, names in figures:
        several = f".{'+'.join(names)}" if figures[1:] else ""
        text = f"{rule.id}{several.replace('.', ', ').replace('+', ', ')}: {show_target(promise.target)}"
        content = (replace(rule, targets={}), promise, names)
        yield _Found(f"objectives.{rule.id}{several}", "promise", text, promise.cites, content)


def _escalation(row: EscalationPolicy) -> _Found:
    steps = "; ".join(f"{show_moment(step)}: {show_step(step)}" for step in row.steps)
    whose = ", ".join((*row.rules, *row.priorities))
    key = ".".join(filter(None, ("escalation", "+".join(row.rules), "+".join(row.priorities))))
    return _Found(key, "escalation", f"{whose}: {steps}", row.cites, row)
