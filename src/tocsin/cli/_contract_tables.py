"""A contract as tables: every rule with its clause, a `*` for what is assumed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rich.table import Table
from rich.text import Text

from tocsin.cli._contract_terms import term_rows
from tocsin.cli._output import cell, safe
from tocsin.contracts.forecast import Forecast
from tocsin.contracts.moments import show_moment, show_step, show_warning
from tocsin.contracts.notation.hours import DAYS, show_minutes, show_week
from tocsin.contracts.notation.targets import show_duration, show_target
from tocsin.domain.contract.model import Contract, MaintenanceWindow, ObjectiveRule, Plan, WorkingCalendar
from tocsin.domain.contract.rules import Citation
from tocsin.domain.instant import Instant, show, to_datetime
from tocsin.domain.time.zones import zone
from tocsin.domain.vocabulary import Basis, Priority

_HOLIDAYS_SHOWN = 3


def contract_tables(contract: Contract, plans: Sequence[Plan]) -> Iterator[Table]:
    """The tables of a contract: what holds for all plans, then each plan's."""
    tables = [_priorities(contract), _calendars(contract), _lines(contract)]
    for plan in plans:
        tables += [_promises(plan, contract.priorities), _clocks(plan), _matrix(plan), _terms(plan)]
    tables.append(_contradictions(contract))
    return (table for table in tables if table.row_count)


def forecast_table(promises: Iterable[Forecast]) -> Table:
    """What would happen when, promise by promise."""
    table = Table("promise", "target", "when (UTC)", "what", "clause")
    for it in promises:
        first = (it.rule.id, f"{show_target(it.promise.target)}{_of(it)}")
        moments = [(show(moment.at), moment.what, moment.clause) for moment in it.moments]
        for row in moments or [("", "tracked and reported, never late", _clause(it.promise.cites))]:
            table.add_row(*map(cell, (*first, *row)))
            first = ("", "")
    return table


def interval_tables(contract: Contract, promises: Iterable[Forecast]) -> Iterator[Table]:
    """Of each promise with a figure: which time counted until its deadline, and which did not."""
    for it in promises:
        if it.deadline is not None:
            timezone = contract.calendars[it.promise.calendar].timezone
            title = f"{it.rule.id}: due {_local(it.deadline, timezone)}, in the calendar {it.promise.calendar}"
            table = Table("from", "to", "lasts", "why", title=Text(safe(title)), title_justify="left")
            for part in it.intervals:
                lasts = show_duration(part.end - part.start)
                table.add_row(_local(part.start, timezone), _local(part.end, timezone), lasts, part.why)
            yield table


def _of(it: Forecast) -> str:
    return "" if it.promise.target is None else f" ({it.promise.calendar})"


def _local(moment: Instant, timezone: str) -> str:
    return f"{to_datetime(moment).astimezone(zone(timezone)):%a %Y-%m-%d %H:%M:%S %Z}"


def _clause(cites: Citation | None) -> str:
    if cites is None:
        return ""
    return f"{cites.clause} *" if cites.basis is Basis.ASSUMED else cites.clause


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=Text(safe(title)), title_justify="left")


def _priorities(contract: Contract) -> Table:
    table = _table("Priorities", "priority", "title", "meaning", "clause")
    for name in contract.priorities:
        if it := contract.definitions.get(name):
            table.add_row(*map(cell, (name, it.title, it.meaning, _clause(it.cites))))
    return table


def _calendars(contract: Contract) -> Table:
    table = _table("Calendars", "calendar", "time zone", "hours", "holidays", "maintenance", "clause")
    for name, it in contract.calendars.items():
        windows = "; ".join(map(_window, it.maintenance))
        row = (name, it.timezone, show_week(it.week), _holidays(it), windows, _clause(it.cites))
        table.add_row(*map(cell, row))
    return table


def _holidays(calendar: WorkingCalendar) -> str:
    yearly = [f"{month:02}-{day:02} every year" for month, day in calendar.yearly_holidays]
    days: list[str] = [*yearly, *map(date.isoformat, calendar.holidays)]
    more = f" and {len(days) - _HOLIDAYS_SHOWN} more" if days[_HOLIDAYS_SHOWN:] else ""
    return ", ".join(days[:_HOLIDAYS_SHOWN]) + more


def _window(it: MaintenanceWindow) -> str:
    sign, offset = "-" if it.utc_offset_minutes < 0 else "+", show_minutes(abs(it.utc_offset_minutes))
    effect = "pauses clocks" if it.pauses else "pauses nothing"
    return f"{DAYS[it.weekday]} {show_minutes(it.opens)}-{show_minutes(it.closes)} {sign}{offset}, {effect}"


def _lines(contract: Contract) -> Table:
    table = _table("Lines", "line", "address", "clause")
    for it in contract.lines:
        table.add_row(*map(cell, (it.name, it.address, _clause(it.cites))))
    return table


def _promises(plan: Plan, priorities: Sequence[Priority]) -> Table:
    table = _table(f"{_name(plan)}: promises", "promise", *priorities, "calendar", "clause")
    for rule in plan.objectives:
        calendars = dict.fromkeys(promise.calendar for promise in rule.targets.values())
        clauses = dict.fromkeys(_clause(promise.cites) for promise in rule.targets.values())
        figures = [_figure(rule, priority, several=len(calendars) > 1) for priority in priorities]
        table.add_row(*map(cell, (rule.id, *figures, ", ".join(calendars), ", ".join(clauses))))
    return table


def _figure(rule: ObjectiveRule, priority: Priority, *, several: bool) -> str:
    promise = rule.targets.get(priority)
    if promise is None:
        return "-"
    return show_target(promise.target) + (f" ({promise.calendar})" if several and promise.target else "")


def _clocks(plan: Plan) -> Table:
    table = _table(f"{_name(plan)}: clocks", "promise", "owed from", "kept by", "at risk", "paused by")
    for rule in plan.objectives:
        starts = f"{', '.join(rule.starts)}{_conditions(rule)}"
        warnings = ", ".join(map(show_warning, rule.warnings))
        table.add_row(*map(cell, (rule.id, starts, ", ".join(rule.stops), warnings, ", ".join(rule.paused_by))))
    return table


def _conditions(rule: ObjectiveRule) -> str:
    kinds = f" of {', '.join(rule.kinds)}" if rule.kinds else ""
    kinds += f" other than {', '.join(rule.except_kinds)}" if rule.except_kinds else ""
    after = f", after the {rule.after}" if rule.after else ""
    return f"{kinds}{after}{', each time' if rule.recurring else ''}"


def _matrix(plan: Plan) -> Table:
    table = _table(f"{_name(plan)}: escalation matrix", "promises", "priorities", "when", "whom", "clause")
    for row in plan.escalation:
        first = (", ".join(row.rules), ", ".join(row.priorities) or "all")
        for step in row.steps:
            table.add_row(*map(cell, (*first, show_moment(step), show_step(step), _clause(row.cites))))
            first = ("", "")
    return table


def _terms(plan: Plan) -> Table:
    table = _table(f"{_name(plan)}: what else holds", "rule", "what", "clause")
    for row in term_rows(plan):
        table.add_row(*map(cell, (row.kind, row.text, _clause(row.cites))))
    return table


def _contradictions(contract: Contract) -> Table:
    table = _table("Contradictions of the document", "clauses", "what it says", "read here")
    for it in contract.contradictions:
        table.add_row(*map(cell, (", ".join(it.clauses), it.text, it.reading)))
    return table


def _name(plan: Plan) -> str:
    return plan.title or plan.name
