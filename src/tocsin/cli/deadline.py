"""`tocsin deadline`: works out the deadlines of a file of cases, with the reasons."""

import json
from collections.abc import Iterator
from typing import IO

import click

from tocsin.cli._exit import Exit
from tocsin.messages.deadline_cases import decode, parse_case
from tocsin.messages.deadline_results import DeadlineResult, result_of
from tocsin.render.deadline import result_table
from tocsin.render.table import print_table
from tocsin.render.text import safe, safe_json

_LINE_BYTES_MAX = 65_536
_ARRAY_BYTES_MAX = 16 * 1024 * 1024
_ROWS_MAX = 30


@click.command("deadline")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each case, for machines.")
@click.pass_context
def command(context: click.Context, file: IO[bytes], *, as_json: bool) -> None:
    """Work out the deadlines of the cases in FILE (- is standard input), and show the reasons.

    One case a line, as JSON; a JSON array is read too. Here a case is spread over several lines:

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

    A day without hours is closed. A time without an offset is local to the calendar. A pause without "to" has not
    ended. target_minutes are minutes of working time; other targets are:

    \b
    target_working_days      due at closing time of that day, or with
                             "end_of_working_day": false at the start's time
    target_calendar_days, target_calendar_months, target_calendar_years
    end                      the working time until then is counted

    warn_offset_minutes asks for a time before (negative) or after (positive) the deadline, counted as the target is.

    With --json a line has id, deadline (and warn_at) or elapsed_seconds, and intervals (from, to, why: counted, closed,
    holiday, paused or maintenance); all times are UTC. A bad case gives a line with its error, and exit code 1 at the
    end.
    """  # noqa: D301 - \b is a backspace: click leaves the lines of the paragraph after it as they are
    results = [_print_case(value, number, as_json=as_json) for number, value in enumerate(_values(file), start=1)]
    if not all(results):
        context.exit(Exit.FAILED)


def _print_case(value: object, number: int, *, as_json: bool) -> bool:
    """Print the result or the error of a case; false for an error."""
    try:
        _print_result(_result_of(value), as_json=as_json)
    except ValueError as error:
        _print_error(value, number, error, as_json=as_json)
        return False
    return True


def _values(file: IO[bytes]) -> Iterator[object]:
    """The decoded cases; a `ValueError` for a line that is no JSON."""
    for text in _texts(file):
        try:
            value = text if isinstance(text, ValueError) else decode(text)
        except ValueError as error:
            value = error
        yield from value if isinstance(value, list) else (value,)


def _texts(file: IO[bytes]) -> Iterator[bytes | ValueError]:
    """The lines that are not blank; the whole file as one text if the first line begins an array."""
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


def _result_of(value: object) -> DeadlineResult:
    if isinstance(value, ValueError):
        raise value
    return result_of(parse_case(value))


def _print_result(result: DeadlineResult, *, as_json: bool) -> None:
    if as_json:
        click.echo(safe_json(json.dumps(result.document())))
        return
    print_table(result_table(result, _ROWS_MAX))
    if len(result.intervals) > _ROWS_MAX:
        click.echo(f"... and {len(result.intervals) - _ROWS_MAX} intervals more; --json prints them all")


def _print_error(value: object, number: int, error: ValueError, *, as_json: bool) -> None:
    identity = value.get("id") if isinstance(value, dict) else None
    if not isinstance(identity, str | int):
        identity = None
    if as_json:
        click.echo(safe_json(json.dumps({"id": identity, "case": number, "error": str(error)})))
    else:
        click.echo(safe(f"{f'case {number}' if identity is None else identity}: error: {error}"))
