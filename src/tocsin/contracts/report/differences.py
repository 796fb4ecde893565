"""What is different between two contracts, in words, and for whom: which plan, which priority."""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.contracts.notation.targets import show_target
from tocsin.contracts.report.changes import RuleChange, rule_changes
from tocsin.contracts.report.tables import clause_of
from tocsin.domain.contract.model import Contract, Plan, TargetRule

_PROMISES = "promises"
_EVERY_PLAN = "every plan"


class Difference(NamedTuple):
    """A difference: the plan, the priority (empty: all), the rule, what changed about it, and its clause."""

    plan: str
    priority: str
    rule: str
    text: str
    clause: str = ""

    def __str__(self) -> str:
        """It as a line: `premium, P1: response 1 h -> 30 min (clause 2.1)`."""
        whom = ", ".join(filter(None, (self.plan, self.priority)))
        clause = f" (clause {self.clause})" if self.clause else ""
        return f"{whom}: {self.rule} {self.text}{clause}"


def differences(before: Contract, after: Contract) -> list[Difference]:
    """Every difference, plan by plan; what is the same change in each plan stands once. Empty for equal contracts.

    Where the two have no plan of one name, their default plans are compared.
    """
    pairs = [(name, name) for name in before.plans if name in after.plans]
    pairs = pairs or [(before.default_plan, after.default_plan)]
    by_plan = {
        old if old == new else f"{old} -> {new}": list(_of_plan(before, before.plans[old], after, after.plans[new]))
        for old, new in pairs
    }
    found = [
        each._replace(plan=_EVERY_PLAN) if len(by_plan) > 1 and _everywhere(each, by_plan) else each._replace(plan=plan)
        for plan, changes in by_plan.items()
        for each in changes
    ]
    compared = {name for pair in pairs for name in pair}
    gone = (Difference(name, "", "the plan", "is no longer there") for name in before.plans if name not in compared)
    come = (Difference(name, "", "the plan", "is new") for name in after.plans if name not in compared)
    return [*dict.fromkeys(found), *gone, *come]


def _everywhere(change: Difference, by_plan: dict[str, list[Difference]]) -> bool:
    return all(change in changes for changes in by_plan.values())


def _of_plan(before: Contract, old: Plan, after: Contract, new: Plan) -> Iterator[Difference]:
    for change in rule_changes(before, old, after, new):
        if change.about == _PROMISES:
            yield from _of_promise(change, old, new)
        else:
            yield Difference("", "", f"{change.about}, {change.rule}:", change.text)


def _of_promise(change: RuleChange, old: Plan, new: Plan) -> Iterator[Difference]:
    """A line for the priorities to which the same happens, and one for each other column."""
    was, is_now = _targets(old, change.rule), _targets(new, change.rule)
    figures: dict[tuple[str, str], list[str]] = {}
    for cell in change.cells:
        if cell.column in {**was, **is_now} and was.get(cell.column) == is_now.get(cell.column):
            continue  # the cell names its calendar, since another one's has changed
        if cell.column in {**was, **is_now}:
            told = clause_of((is_now.get(cell.column) or was[cell.column]).cites)
            text = _figures(was.get(cell.column), is_now.get(cell.column))
            figures.setdefault((text, told), []).append(cell.column)
        elif cell.column:
            yield Difference("", "", change.rule, change._replace(cells=(cell,)).text)
        elif cell.after:
            yield Difference("", "", change.rule, f"is promised now: {_all_of(is_now)}", _clauses(is_now))
        else:
            yield Difference("", "", change.rule, f"is no longer promised; it was {_all_of(was)}", _clauses(was))
    for (text, clause), priorities in figures.items():
        yield Difference("", ", ".join(priorities), change.rule, text, clause)


def _targets(plan: Plan, rule: str) -> dict[str, TargetRule]:
    return next((dict(it.targets) for it in plan.objectives if it.id == rule), {})


def _figures(was: TargetRule | None, is_now: TargetRule | None) -> str:
    """The figures; their calendars where these are other ones, and the basis where it is."""
    calendar = was is None or is_now is None or was.calendar != is_now.calendar
    basis = was is not None and is_now is not None and was.cites.basis is not is_now.cites.basis
    return " -> ".join(_figure(it, calendar=calendar, basis=basis) for it in (was, is_now))


def _figure(it: TargetRule | None, *, calendar: bool, basis: bool) -> str:
    if it is None:
        return "nothing promised"
    where = f" ({it.calendar})" if calendar and it.target else ""
    return f"{show_target(it.target)}{where}{f' {it.cites.basis}' if basis else ''}"


def _all_of(targets: dict[str, TargetRule]) -> str:
    return ", ".join(f"{priority} {show_target(it.target)}" for priority, it in targets.items())


def _clauses(targets: dict[str, TargetRule]) -> str:
    return ", ".join(dict.fromkeys(clause_of(it.cites) for it in targets.values()))
