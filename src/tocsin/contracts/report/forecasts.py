"""The forecast of a contract: as tables of text, and for machines."""

from collections.abc import Iterable, Iterator

from tocsin.contracts.forecast import Forecast
from tocsin.contracts.notation.targets import show_duration, show_target
from tocsin.contracts.report.tables import ReportTable, clause_of, new_table
from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import Instant, show, to_datetime
from tocsin.domain.time.zones import zone


def forecast_table(promises: Iterable[Forecast]) -> ReportTable:
    """The timeline of each promise: at risk, due, and each escalation step."""
    table = new_table("", "promise", "target", "when (UTC)", "what", "clause")
    for it in promises:
        first = (it.rule.id, f"{show_target(it.promise.target)}{_of(it)}")
        rows = [(show(expected.at), expected.what, expected.clause) for expected in it.timeline]
        for row in rows or [("", "tracked and reported, never late", clause_of(it.promise.cites))]:
            table.rows.append((*first, *row))
            first = ("", "")
    return table


def interval_tables(contract: Contract, promises: Iterable[Forecast]) -> Iterator[ReportTable]:
    """For each promise with a figure: the time that counts until its deadline, and the time that does not."""
    for it in promises:
        if it.deadline is not None:
            timezone = contract.calendars[it.promise.calendar].timezone
            title = f"{it.rule.id}: due {_local(it.deadline, timezone)}, in the calendar {it.promise.calendar}"
            table = new_table(title, "from", "to", "lasts", "why")
            for part in it.intervals:
                lasts = show_duration(part.end - part.start)
                table.rows.append((_local(part.start, timezone), _local(part.end, timezone), lasts, part.why))
            yield table


def forecast_document(it: Forecast) -> dict[str, object]:
    """A forecast for machines."""
    return {
        "rule": it.rule.id,
        "objective": it.rule.objective,
        "starts": it.rule.starts,
        "stops": it.rule.stops,
        "target": show_target(it.promise.target),
        "calendar": it.promise.calendar,
        "clause": it.promise.cites.clause,
        "basis": it.promise.cites.basis,
        "deadline": None if it.deadline is None else show(it.deadline),
        "moments": [
            {"at": show(expected.at), "what": expected.what, "clause": expected.clause} for expected in it.timeline
        ],
        "intervals": [{"from": show(part.start), "to": show(part.end), "why": part.why} for part in it.intervals],
    }


def _of(it: Forecast) -> str:
    return "" if it.promise.target is None else f" ({it.promise.calendar})"


def _local(instant: Instant, timezone: str) -> str:
    return f"{to_datetime(instant).astimezone(zone(timezone)):%a %Y-%m-%d %H:%M:%S %Z}"
