"""The forecast of a contract: as tables of text, and for machines."""

from collections.abc import Iterable, Iterator

from tocsin.contracts.client_zone import ClientZone
from tocsin.contracts.forecast import Forecast
from tocsin.contracts.notation.escalation import show_climbing
from tocsin.contracts.notation.targets import show_target
from tocsin.contracts.report.tables import ReportTable, clause_of, mark_of, new_table
from tocsin.contracts.words import show_length
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.target import TargetUnit
from tocsin.domain.instant import Instant, show, to_datetime
from tocsin.domain.time.calendar_parts import Interval
from tocsin.domain.time.zones import zone as zone_named

_DATES = (TargetUnit.CALENDAR_DAYS, TargetUnit.CALENDAR_MONTHS, TargetUnit.CALENDAR_YEARS)


def forecast_table(promises: Iterable[Forecast]) -> ReportTable:
    """The timeline of each promise: at risk, due, and each escalation step."""
    table = new_table("", "promise", "target", "owed", "when (UTC)", "what", "clause")
    for it in promises:
        first = (it.rule.id, f"{show_target(it.promise.target)}{_of(it)}{mark_of(it.promise.cites)}", it.owed_from)
        rows = [(show(each.at), each.what, clause_of(each.cites)) for each in it.timeline]
        for row in rows or [("", "tracked and reported, never late", clause_of(it.promise.cites))]:
            table.rows.append((*first, *row))
            first = ("", "", "")
        if it.matrix and (climbing := show_climbing(it.matrix)):
            table.rows.append((*first, "", climbing, clause_of(it.matrix.cites)))
    return table


def interval_tables(contract: Contract, zone: ClientZone, promises: Iterable[Forecast]) -> Iterator[ReportTable]:
    """For each promise with a figure: the time that counts until its deadline, and the time that does not."""
    for it in promises:
        if it.deadline is not None:
            timezone = contract.calendars[it.promise.calendar].timezone
            calendar = f"{it.promise.calendar} ({zone.shown(it.promise.calendar, timezone)})"
            title = f"{it.rule.id}: due {_local(it.deadline, timezone)}, in the calendar {calendar}"
            table = new_table(title, "from", "to", "lasts", "why")
            for part in it.intervals:
                times = (_local(part.start, timezone), _local(part.end, timezone))
                table.rows.append((*times, _lasts(it, part), part.why))
            yield table


def forecast_document(it: Forecast, contract: Contract, zone: ClientZone) -> dict[str, object]:
    """A forecast for machines."""
    timezone = contract.calendars[it.promise.calendar].timezone
    return {
        "rule": it.rule.id,
        "objective": it.rule.objective,
        "starts": it.rule.starts,
        "owed": it.owed_from,
        "stops": it.rule.stops,
        "target": show_target(it.promise.target),
        "calendar": it.promise.calendar,
        "timezone": timezone,
        "timezone_of": zone.owner(it.promise.calendar),
        "clause": it.promise.cites.clause,
        "source": it.promise.cites.source or None,
        "basis": it.promise.cites.basis,
        "reading": it.promise.cites.reading,
        "deadline": None if it.deadline is None else show(it.deadline),
        "moments": [
            {"at": show(each.at), "what": each.what, "clause": each.cites.clause, "basis": each.cites.basis}
            for each in it.timeline
        ],
        "climbing": show_climbing(it.matrix) if it.matrix else "",
        "intervals": [
            {"from": show(part.start), "to": show(part.end), "why": part.why, "lasts": _lasts(it, part)}
            for part in it.intervals
        ],
    }


def _lasts(it: Forecast, part: Interval) -> str:
    """The length of `part`; the target itself, where all of a target in days, months or years is one part."""
    target = it.promise.target
    whole = (part.start, part.end) == (it.at, it.deadline)
    return show_target(target) if whole and target and target.unit in _DATES else show_length(part.end - part.start)


def _of(it: Forecast) -> str:
    return "" if it.promise.target is None else f" ({it.promise.calendar})"


def _local(instant: Instant, timezone: str) -> str:
    return f"{to_datetime(instant).astimezone(zone_named(timezone)):%a %Y-%m-%d %H:%M:%S %Z}"
