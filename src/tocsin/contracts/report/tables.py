"""A contract as tables of text: every rule with its clause, a `*` for what is assumed."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from tocsin.contracts.client_zone import ClientZone
from tocsin.contracts.notation.escalation import show_climbing, show_step, show_step_time, show_warning
from tocsin.contracts.notation.targets import show_target
from tocsin.contracts.notation.windows import show_window
from tocsin.contracts.report.calendars import show_holidays, show_hours
from tocsin.contracts.report.of_the_file import document_readings
from tocsin.contracts.report.other_rules import is_enforced, other_rules
from tocsin.contracts.report.readings import fold_readings
from tocsin.contracts.words import owed_by_priority
from tocsin.domain.contract.calendar import MaintenanceWindow
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan
from tocsin.domain.contract.rules import Citation
from tocsin.domain.vocabulary import Basis, Priority

LEGEND = "* assumed: a reading, since the document does not say it"

_PLACES_SHOWN = 2


class ReportTable(NamedTuple):
    """A table of text: its title (empty: none), its columns, and a row for each rule or moment."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def contract_tables(contract: Contract, plans: Sequence[Plan], zone: ClientZone) -> Iterator[ReportTable]:
    """The tables of a contract that have rows: first the rules of all plans, then each plan's, then how it is read."""
    readings = (_contradictions(contract), _readings(contract, plans), _own_readings(contract, plans))
    return chain(rule_tables(contract, plans, zone), (table for table in readings if table.rows))


def rule_tables(contract: Contract, plans: Sequence[Plan], zone: ClientZone) -> Iterator[ReportTable]:
    """Those of them that say what holds."""
    tables = [_overlays(contract), _priorities(contract), _calendars(contract, zone)]
    tables += [_lines(contract), _milestones(contract), _holds(contract, plans)]
    for plan in plans:
        tables += [
            _promises(plan, contract.priorities),
            _clocks(plan, contract.priorities),
            _matrix(plan),
            _others(plan),
        ]
    return (table for table in tables if table.rows)


def clause_of(cites: Citation | None) -> str:
    """The clause of a rule, of an overlay with its title, and a `*` if the rule is assumed; empty without one."""
    if cites is None:
        return ""
    return f"{', '.join(filter(None, (cites.source, cites.clause)))}{mark_of(cites)}"


def mark_of(cites: Citation) -> str:
    """The ` *` of an assumed rule; empty for one that the document states."""
    return " *" if cites.basis is Basis.ASSUMED else ""


def new_table(title: str, *columns: str) -> ReportTable:
    """A table without rows yet."""
    return ReportTable(title, columns, [])


def _overlays(contract: Contract) -> ReportTable:
    table = new_table("Overlays", "overlay", "title", "source", "read on", "notice")
    for it in contract.overlays:
        table.rows.append((it.name, it.title, it.source, it.read_on.isoformat(), it.notice))
    return table


def _priorities(contract: Contract) -> ReportTable:
    table = new_table("Priorities", "priority", "title", "meaning", "clause")
    for name in contract.priorities:
        if it := contract.definitions.get(name):
            table.rows.append((name, it.title, it.meaning, clause_of(it.cites)))
    return table


def _calendars(contract: Contract, zone: ClientZone) -> ReportTable:
    table = new_table("Calendars", "calendar", "time zone", "hours", "holidays", "maintenance", "clause")
    for name, it in contract.calendars.items():
        windows = "; ".join(map(_window, it.maintenance))
        hours = (zone.shown(name, it.timezone), show_hours(it))
        table.rows.append((name, *hours, show_holidays(it), windows, clause_of(it.cites)))
    return table


def _window(it: MaintenanceWindow) -> str:
    effect = "pauses clocks" if it.pauses else "pauses nothing"
    clause = f" ({clause_of(it.cites)})" if it.cites else ""
    return f"{show_window(it)}, {effect}{clause}"


def _lines(contract: Contract) -> ReportTable:
    table = new_table("Lines", "line", "address", "clause")
    for it in contract.lines:
        table.rows.append((it.name, it.address, clause_of(it.cites)))
    return table


def _milestones(contract: Contract) -> ReportTable:
    table = new_table("Milestones", "milestone", "what it means", "follows", "set by", "clause")
    for it in contract.milestones:
        table.rows.append((it.name, it.text, ", ".join(it.follows), ", ".join(it.set_by), clause_of(it.cites)))
    return table


def _holds(contract: Contract, plans: Sequence[Plan]) -> ReportTable:
    table = new_table("Reasons to wait", "reason", "what it means", "pauses", "ends", "clause")
    for it in contract.holds:
        paused = dict.fromkeys(rule.id for plan in plans for rule in plan.objectives if it.reason in rule.paused_by)
        ends = "when the client turns to us" if it.ended_by_contact else "when an analyst says so"
        table.rows.append((it.reason, it.text, ", ".join(paused) or "nothing", ends, clause_of(it.cites)))
    return table


def _promises(plan: Plan, priorities: Sequence[Priority]) -> ReportTable:
    table = new_table(f"{_name(plan)}: promises", "promise", *priorities, "calendar", "clause")
    for rule in plan.objectives:
        calendars = dict.fromkeys(promise.calendar for promise in rule.targets.values())
        clauses = dict.fromkeys(clause_of(promise.cites) for promise in rule.targets.values())
        figures = [_figure(rule, priority, several=len(calendars) > 1) for priority in priorities]
        table.rows.append((rule.id, *figures, ", ".join(calendars), ", ".join(clauses)))
    return table


def _figure(rule: ObjectiveRule, priority: Priority, *, several: bool) -> str:
    promise = rule.targets.get(priority)
    if promise is None:
        return "-"
    calendar = f" ({promise.calendar})" if several and promise.target else ""
    return f"{show_target(promise.target)}{calendar}{mark_of(promise.cites)}"


def _clocks(plan: Plan, priorities: Sequence[Priority]) -> ReportTable:
    table = new_table(f"{_name(plan)}: clocks", "promise", "owed", "kept by", "at risk *", "paused by")
    for rule in plan.objectives:
        starts = owed_by_priority(plan, rule, priorities)
        warnings = ", ".join(map(show_warning, rule.warnings))
        table.rows.append((rule.id, starts, ", ".join(rule.stops), warnings, ", ".join(rule.paused_by)))
    return table


def _matrix(plan: Plan) -> ReportTable:
    table = new_table(f"{_name(plan)}: escalation matrix", "promises", "priorities", "when", "whom", "clause")
    for row in plan.escalation:
        first = (", ".join(row.rules), ", ".join(row.priorities) or "all")
        for step in row.steps:
            table.rows.append((*first, show_step_time(step), show_step(step), clause_of(row.cites)))
            first = ("", "")
        if climbing := show_climbing(row):
            table.rows.append(("", "", "", climbing, clause_of(row.cites)))
    return table


def _others(plan: Plan) -> ReportTable:
    table = new_table(f"{_name(plan)}: what else holds", "rule", "what", "clause", "enforced")
    for row in other_rules(plan):
        enforced = "yes" if is_enforced(row, plan) else "shown only"
        table.rows.append((row.kind, row.text, clause_of(row.cites), enforced))
    return table


def _contradictions(contract: Contract) -> ReportTable:
    table = new_table("Contradictions of the document", "clauses", "what it says", "read here *")
    for it in contract.contradictions:
        table.rows.append((", ".join(it.clauses), it.text, it.reading))
    return table


def _readings(contract: Contract, plans: Sequence[Plan]) -> ReportTable:
    table = new_table("How the document is read", "clause", "reading", "of")
    for cites, places in document_readings(contract, plans):
        shown = [place.removeprefix("plans.") for place in places]
        more = f" (and {len(shown) - _PLACES_SHOWN} more)" if shown[_PLACES_SHOWN:] else ""
        table.rows.append((clause_of(cites), cites.reading, ", ".join(shown[:_PLACES_SHOWN]) + more))
    return table


def _own_readings(contract: Contract, plans: Sequence[Plan]) -> ReportTable:
    table = new_table("How Tocsin reads what the document leaves open *", "of", "reading")
    for it in fold_readings(contract, plans):
        table.rows.append((it.of, it.text))
    return table


def _name(plan: Plan) -> str:
    return plan.title or plan.name
