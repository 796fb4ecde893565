"""The difference of two contracts in words: the rows of their tables that came, went or changed."""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.contracts.client_zone import ClientZone
from tocsin.contracts.report.tables import ReportTable, rule_tables
from tocsin.domain.contract.model import Contract, Plan

_FOLLOWS_NOBODY = ClientZone(frozenset())
"""Both contracts are compiled: their calendars have zones already."""

_UNSEEN = "only what no table shows: texts, citations, readings, further days"
_NOTHING = "-"
_BETWEEN = " | "

_Row = tuple[str, ...]


class Change(NamedTuple):
    """A change: the table in which the rule stands, the rule, and what is different."""

    about: str
    rule: str
    text: str


class Cell(NamedTuple):
    """What a column says of a rule, before and after."""

    column: str
    before: str
    after: str


class RuleChange(NamedTuple):
    """A rule that came (`new`), went (`no longer`) or changed, by its table and the cells that differ.

    One that came or went has one cell without a column, of which one side is empty.
    """

    about: str
    rule: str
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        """The change in words."""
        return "; ".join(map(_shown, self.cells))


def contract_changes(before: Contract, before_plan: Plan, after: Contract, after_plan: Plan) -> list[Change]:
    """What one plan of a contract promises otherwise than that of an earlier one. Empty for equal contracts."""
    found = rule_changes(before, before_plan, after, after_plan)
    return [Change(each.about, each.rule, each.text) for each in found]


def rule_changes(before: Contract, before_plan: Plan, after: Contract, after_plan: Plan) -> list[RuleChange]:
    """As `contract_changes`, cell by cell."""
    if (before, before_plan) == (after, after_plan):
        return []
    old, new = _tables(before, before_plan), _tables(after, after_plan)
    found = [change for title in {**old, **new} for change in _of_table(title, old.get(title), new.get(title))]
    if before.tz_version != after.tz_version:
        found.append(RuleChange("time zones", "data", (Cell("", before.tz_version, after.tz_version),)))
    return found or [RuleChange("contract", before.name, (Cell(_UNSEEN, "", ""),))]


def _shown(cell: Cell) -> str:
    if cell.column == _UNSEEN:
        return _UNSEEN
    if cell.column:
        return f"{cell.column}: {cell.before} -> {cell.after}"
    if cell.before and cell.after:
        return f"{cell.before} -> {cell.after}"
    return f"no longer: {cell.before}" if cell.before else f"new: {cell.after}"


def _tables(contract: Contract, plan: Plan) -> dict[str, ReportTable]:
    """By their titles without the name of the plan, which may be another one."""
    tables = rule_tables(contract, [plan], _FOLLOWS_NOBODY)
    return {table.title.rpartition(": ")[2]: table for table in tables}


def _of_table(title: str, before: ReportTable | None, after: ReportTable | None) -> Iterator[RuleChange]:
    old, new = _by_rule(before), _by_rule(after)
    for rule in {**old, **new}:
        gone = [row for row in old.get(rule, ()) if row not in new.get(rule, ())]
        come = [row for row in new.get(rule, ()) if row not in old.get(rule, ())]
        if before and after and len(gone) == len(come) == 1:
            yield RuleChange(title, rule, tuple(_cells(_named(before, gone[0]), _named(after, come[0]))))
        else:
            yield from (RuleChange(title, rule, (Cell("", _whole(row), ""),)) for row in gone)
            yield from (RuleChange(title, rule, (Cell("", "", _whole(row)),)) for row in come)


def _whole(row: _Row) -> str:
    return _BETWEEN.join(filter(None, row[1:]))


def _by_rule(table: ReportTable | None) -> dict[str, list[_Row]]:
    """The rows by what they begin with; one that begins with nothing goes on with the rule of the row before it."""
    found: dict[str, list[_Row]] = {}
    rule, second = "", ""
    for row in table.rows if table else ():
        rule, second = (row[0], row[1]) if row[0] else (rule, second)
        found.setdefault(rule, []).append((rule, row[1] or second, *row[2:]))
    return found


def _named(table: ReportTable, row: _Row) -> dict[str, str]:
    return dict(zip(table.columns, row, strict=True))


def _cells(old: dict[str, str], new: dict[str, str]) -> Iterator[Cell]:
    for column in {**old, **new}:
        was, is_now = old.get(column) or _NOTHING, new.get(column) or _NOTHING
        if was != is_now:
            yield Cell(column, was, is_now)
