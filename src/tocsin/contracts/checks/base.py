"""A finding of the linter, and the promises that its checks walk over."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, TargetRule
from tocsin.domain.contract.rules import Citation
from tocsin.domain.vocabulary import Priority


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


def doubt(code: str, where: str, cites: Citation, text: str) -> Finding:
    """A warning. Where the rule has a reading, it is meant so: a note that ends with the reading."""
    if cites.reading:
        return Finding(Level.NOTE, code, where, cites.clause, f"{text}. Read here: {cites.reading}")
    return Finding(Level.WARNING, code, where, cites.clause, text)


def promises(plan: Plan, contract: Contract) -> Iterator[tuple[ObjectiveRule, Priority, TargetRule]]:
    """Each rule's promise to each priority, the most urgent first."""
    for rule in plan.objectives:
        for priority in contract.priorities:
            if priority in rule.targets:
                yield rule, priority, rule.targets[priority]
