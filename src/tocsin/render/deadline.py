"""The result of a deadline case on a terminal."""

from rich.table import Table
from rich.text import Text

from tocsin.domain.instant import SECOND, Instant, to_datetime
from tocsin.domain.time.zones import zone
from tocsin.messages.deadline_results import DeadlineResult
from tocsin.render.durations import h_mm_ss
from tocsin.render.text import safe


def result_table(result: DeadlineResult, rows_max: int) -> Table:
    """The intervals of `result`, so many at most, under a title that tells the result."""
    table = Table("from", "to", "lasts", "why", title=Text(safe(_headline(result))), title_justify="left")
    for interval in result.intervals[:rows_max]:
        ends = (_local(moment, result.timezone) for moment in (interval.start, interval.end))
        table.add_row(*ends, h_mm_ss(interval.end - interval.start), interval.why)
    return table


def _headline(result: DeadlineResult) -> str:
    if result.elapsed is not None:
        return f"{result.id}: {h_mm_ss(result.elapsed)} counted"
    due = "not due while it is paused" if result.deadline is None else f"due {_local(result.deadline, result.timezone)}"
    warning = f", warning {_local(result.warn_at, result.timezone)}" if result.warn_at is not None else ""
    return f"{result.id}: {due}{warning}"


def _local(instant: Instant, timezone: str) -> str:
    local = to_datetime(instant).astimezone(zone(timezone))
    return f"{local:%a} {local.isoformat(sep=' ', timespec='milliseconds' if instant % SECOND else 'seconds')}"
