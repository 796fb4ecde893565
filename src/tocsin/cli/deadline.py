"""`tocsin deadline`: works out deadlines from a file of cases, and says why."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import click
from rich.table import Table
from rich.text import Text

from tocsin.cli._exit import Exit
from tocsin.cli._output import print_table, safe, safe_json
from tocsin.domain.contract.model import Target, TargetUnit
from tocsin.domain.instant import MINUTE, SECOND, Instant, show, to_datetime
from tocsin.domain.time import deadlines as clock
from tocsin.domain.time.business_time import Interval
from tocsin.domain.time.zones import zone
from tocsin.messages.deadline_cases import DeadlineCase, decode, parse_case

_LINE_BYTES_MAX = 65_536
_ARRAY_BYTES_MAX = 16 * 1024 * 1024
_ROWS_MAX = 30


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one case. Either it asked for a deadline, or `elapsed` tells what has counted."""

    id: str | int
    timezone: str
    intervals: list[Interval]
    deadline: Instant | None = None  # None also while the clock stands still before it is due
    elapsed: int | None = None
    warn_at: Instant | None = None
    warns: bool = False

    def to_json(self) -> dict[str, object]:
        """The line for machines."""
        fields: dict[str, object] = {"id": self.id}
        if self.elapsed is None:
            fields["deadline"] = self.deadline if self.deadline is None else show(self.deadline)
            if self.warns:
                fields["warn_at"] = self.warn_at if self.warn_at is None else show(self.warn_at)
        else:
            fields["elapsed_seconds"] = self.elapsed / SECOND if self.elapsed % SECOND else self.elapsed // SECOND
        fields["intervals"] = [{"from": show(i.start), "to": show(i.end), "why": i.why} for i in self.intervals]
        return fields

    def headline(self) -> str:
        """The answer in words."""
        if self.elapsed is not None:
            return f"{self.id}: {_duration(self.elapsed)} counted"
        due = "not due while it is paused" if self.deadline is None else f"due {_local(self.deadline, self.timezone)}"
        warning = f", warning {_local(self.warn_at, self.timezone)}" if self.warn_at is not None else ""
        return f"{self.id}: {due}{warning}"


@click.command("deadline")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a case, for machines.")
@click.pass_context
def command(context: click.Context, file: IO[bytes], *, as_json: bool) -> None:
    """Work out the deadlines of the cases in FILE (- is standard input), and why they are when they are.

    One case a line, as JSON; a JSON array is read too. Here it is spread over lines:

    \b
    {"id": "call-1",
     "calendar": {
       "timezone": "Europe/Berlin",
       "hours": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]],
                 "tue": [["00:00", "24:00"]]},
       "holidays": ["2026-12-25"],
       "holidays_every_year": ["01-01"]},
     "start": "2026-11-23T16:00:00",
     "target_minutes": 120,
     "pauses": [{"from": "2026-11-23T16:10:00", "to": "2026-11-23T16:20:00"}],
     "warn_offset_minutes": -30}

    A day without hours is closed. A time without an offset is local to the calendar. A pause without "to" still
    lasts. target_minutes are minutes of working time; instead of them can stand:

    \b
    target_working_days      due at closing time of that day, or with
                             "end_of_working_day": false at the start's time
    target_calendar_days, target_calendar_months, target_calendar_years
    end                      how much working time passes until then?

    warn_offset_minutes asks for the time so long before (negative) or after (positive) the deadline, counted as the
    target is.

    With --json a line has id, deadline (and warn_at) or elapsed_seconds, and intervals (from, to, why: counted, closed,
    holiday, paused or maintenance); all times are UTC. A bad case gives a line with its error, and exit code 1 at the
    end.
    """  # noqa: D301 - \b is a backspace: click leaves the lines of the paragraph after it as they are
    failed = False
    for number, value in enumerate(_values(file), start=1):
        try:
            _print_answer(_answer_to(value), as_json=as_json)
        except ValueError as error:
            failed = True
            _print_error(value, number, error, as_json=as_json)
    if failed:
        context.exit(Exit.FAILED)


def _values(file: IO[bytes]) -> Iterator[object]:
    """The decoded cases, and a `ValueError` for what is no JSON."""
    for text in _texts(file):
        try:
            value = text if isinstance(text, ValueError) else decode(text)
        except ValueError as error:
            value = error
        yield from value if isinstance(value, list) else (value,)


def _texts(file: IO[bytes]) -> Iterator[bytes | ValueError]:
    """The lines that are not blank; all as one if the first begins an array."""
    first = True
    while line := file.readline(_LINE_BYTES_MAX + 1):
        if first and line.lstrip().startswith(b"["):
            line += file.read(_ARRAY_BYTES_MAX)
            yield line if len(line) < _ARRAY_BYTES_MAX else ValueError(f"an array above {_ARRAY_BYTES_MAX} bytes")
        elif len(line) > _LINE_BYTES_MAX:
            yield ValueError(f"a line above {_LINE_BYTES_MAX} bytes")
            while line and not line.endswith(b"\n"):
                line = file.readline(_LINE_BYTES_MAX)
        elif line.strip():
            yield line
        first = first and not line.strip()


def _answer_to(value: object) -> Answer:
    """Raises `ValueError` where there is no answer."""
    if isinstance(value, ValueError):
        raise value
    return _answer(parse_case(value))


def _answer(case: DeadlineCase) -> Answer:
    start, calendar, pauses = case.instant(case.start), case.calendar.compiled, case.closed_pauses
    since, target, timezone = case.paused_since, case.target, case.calendar.timezone
    if target is None:
        end = start if case.end is None else case.instant(case.end)
        known = [*pauses, (since, max(since, end))] if since is not None else pauses
        return Answer(
            id=case.id,
            timezone=timezone,
            elapsed=clock.elapsed(start, end, calendar, known),
            intervals=clock.explain(start, end, calendar, known),
        )
    due, counting = clock.deadline(start, target, calendar, pauses), clock.counting_calendar(target.unit, calendar)
    warn_at = _warn_at(case, start, due, target)
    stands = since if since is not None else max(due, warn_at or due)
    return Answer(
        id=case.id,
        timezone=timezone,
        deadline=due if due <= stands else None,
        warns=warn_at is not None,
        warn_at=warn_at if warn_at is not None and warn_at <= stands else None,
        intervals=clock.explain(start, min(due, stands), counting, pauses),
    )


def _warn_at(case: DeadlineCase, start: Instant, due: Instant, target: Target) -> Instant | None:
    """So long before or after the deadline, counted as the target is, but never before the clock begins to count."""
    if case.warn_offset_minutes is None:
        return None
    calendar, pauses, offset = case.calendar.compiled, case.closed_pauses, round(case.warn_offset_minutes * MINUTE)
    if offset > 0:
        working = target.unit in (TargetUnit.WORKING_TIME, TargetUnit.WORKING_DAYS)
        unit = TargetUnit.WORKING_TIME if working else TargetUnit.ELAPSED
        return clock.deadline(due, Target(unit=unit, amount=offset), calendar, pauses)
    begins = clock.fraction_instant(start, target, 0, calendar, pauses)
    return max(begins, clock.before_deadline(due, -offset, calendar, target.unit, pauses))


def _print_answer(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        click.echo(safe_json(json.dumps(answer.to_json())))
        return
    table = Table("from", "to", "lasts", "why", title=Text(safe(answer.headline())), title_justify="left")
    for interval in answer.intervals[:_ROWS_MAX]:
        ends = (_local(moment, answer.timezone) for moment in (interval.start, interval.end))
        table.add_row(*ends, _duration(interval.end - interval.start), interval.why)
    print_table(table)
    if len(answer.intervals) > _ROWS_MAX:
        click.echo(f"... and {len(answer.intervals) - _ROWS_MAX} intervals more; --json prints them all")


def _print_error(value: object, number: int, error: ValueError, *, as_json: bool) -> None:
    identity = value.get("id") if isinstance(value, dict) else None
    if not isinstance(identity, str | int):
        identity = None
    if as_json:
        click.echo(safe_json(json.dumps({"id": identity, "case": number, "error": str(error)})))
    else:
        click.echo(safe(f"{f'case {number}' if identity is None else identity}: error: {error}"))


def _local(instant: Instant, timezone: str) -> str:
    local = to_datetime(instant).astimezone(zone(timezone))
    return f"{local:%a} {local.isoformat(sep=' ', timespec='milliseconds' if instant % SECOND else 'seconds')}"


def _duration(milliseconds: int) -> str:
    hours, rest = divmod(milliseconds, 60 * MINUTE)
    minutes, rest = divmod(rest, MINUTE)
    seconds = f"{rest // SECOND:02}" + (f".{rest % SECOND:03}" if rest % SECOND else "")
    return f"{hours}:{minutes:02}:{seconds}"
