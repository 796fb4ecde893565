"""The tables of a comparison, for a terminal and for a page."""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.audit.attainment import Count
from tocsin.domain.instant import Instant, show
from tocsin.whatif.pairs import Change
from tocsin.whatif.people import Case, Doubt
from tocsin.whatif.result import Result

Row = tuple[str, ...]


class Table(NamedTuple):
    """A table as text; `numbers` are the places of the columns that hold numbers, `note` stands below it."""

    title: str
    columns: Row
    rows: list[Row]
    numbers: range = range(0)
    note: str = ""


_CASES = {
    Case.EARLIER: "An alert comes earlier, or appears: it might have been answered earlier",
    Case.BECAUSE: "An alert vanishes, or comes later: what people did after it stands in the log all the same",
    Case.REFUSED: "What the desk did would have been refused",
}

_DEEDS = {
    "TicketAcknowledged": "acknowledged",
    "PageAnswered": "answered a page",
    "WorkDone": "worked on it",
    "OutboundNoted": "wrote or rang",
    "CallAttempted": "tried to call back",
    "CallReturned": "called back",
}
"""What people did, by the event of the journal."""


def tables(result: Result, rows_max: int) -> Iterator[Table]:
    """The tables that have rows; of each kind of case `rows_max`."""
    found = (_alerts(result), _attainment(result), _shifts(result), *(_cases(result, case, rows_max) for case in Case))
    yield from (table for table in found if table.rows)


def _alerts(result: Result) -> Table:
    rows = [
        (of.objective or "none", of.priority, of.kind, str(it.before), str(it.after), *map(str, it.changes.values()))
        for of, it in result.alerts.items()
        if any(it.changes.values())
    ]
    columns = ("objective", "priority", "alert", "before", "after", *Change)
    note = (
        f"{result.same} alerts are the same on both sides; groups without a difference are left out.{_tickets(result)}"
    )
    return Table("Alerts", columns, rows, range(3, 9), note)


def _tickets(result: Result) -> str:
    only_before, only_after, renumbered = result.tickets
    if not any(result.tickets):
        return ""
    return (
        f" Tickets that only one side opens: {only_before} as it was, {only_after} under the other contract; "
        f"{renumbered} have another number there, and commands name tickets by number."
    )


def _attainment(result: Result) -> Table:
    rows = [
        (of.month, of.tenant, of.objective, of.priority, *_kept(sides[0]), *_kept(sides[1]))
        for of, sides in result.attainment.items()
    ]
    columns = ("month", "tenant", "objective", "priority", "before", "promised", "after", "promised")
    return Table("Kept in time", columns, rows, range(4, 8))


def _kept(count: Count | None) -> Row:
    if count is None:
        return "", ""
    promised = "" if count.promised is None else f"{count.promised:.0%}"
    return f"{count.met} of {count.met + count.missed}, {count.share:.1%}", promised


def _shifts(result: Result) -> Table:
    rows = [
        (
            *(row.role, row.label, str(row.shifts), str(row.before), str(row.after)),
            *(f"{pages / row.shifts:.2f}" if row.shifts else "" for pages in (row.before, row.after)),
            *map(str, (row.busiest_before, row.busiest_after)),
        )
        for row in result.shifts
    ]
    per_shift, busiest = ("per shift before", "per shift after"), ("busiest before", "busiest after")
    return Table("Pages", ("role", "shift", "shifts", "before", "after", *per_shift, *busiest), rows, range(2, 9))


def _cases(result: Result, case: Case, rows_max: int) -> Table:
    found = [doubt for doubt in result.doubts if doubt.case is case]
    rows = [_case(doubt) for doubt in found[:rows_max]]
    left = len(found) - len(rows)
    note = f"And {left} more; --json has them all." if left else ""
    return Table(_CASES[case], ("ticket", "alert", "before", "after", "what people did", "when"), rows, note=note)


def _case(doubt: Doubt) -> Row:
    alert = " ".join(filter(None, (doubt.kind, doubt.role)))
    times = (_when(doubt.before), _when(doubt.after)) if doubt.kind else ("", "")
    return (
        doubt.number or doubt.tenant,
        alert,
        *times,
        _DEEDS.get(doubt.deed.what, doubt.deed.what),
        show(doubt.deed.at),
    )


def _when(at: Instant | None) -> str:
    return "never" if at is None else show(at)
