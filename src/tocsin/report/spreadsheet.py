"""The lists of a report as CSV (RFC 4180, UTF-8), one at a time; times in RFC 3339, lengths in seconds."""

import csv
from io import StringIO
from typing import Any

import msgspec
from msgspec.structs import asdict, fields

from tocsin.harmless import harmless
from tocsin.report.model import Report
from tocsin.report.part import Part, Place

TABLES = (
    *("attainment", "judgements", "credits", "promises", "breaches", "corrections", "exclusions", "waits", "measures"),
    *("callbacks", "support_log", "open", "tickets", "proofs"),
)
"""The lists of a report that are tables."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet(report: Report, table: str) -> str:
    """One of `TABLES`. A text that a spreadsheet would reckon as a formula begins with an apostrophe."""
    rows: list[Part] = getattr(report, table)
    text = StringIO()
    writer = csv.writer(text)
    kind = msgspec.inspect.type_info(Report)
    writer.writerow(_columns(kind, table))
    writer.writerows([_written(value) for value in asdict(row).values()] for row in rows)
    return text.getvalue()


def _columns(kind: Any, table: str) -> list[str]:
    own = next(field.type for field in kind.fields if field.name == table)
    return [field.name for field in fields(own.item_type.cls)]


def _written(value: Any) -> Any:
    """A value as a cell: a number as such, a list as its parts with semicolons between them."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _text(value)
    return _text(_joined(value))


def _joined(value: Any) -> str:
    if isinstance(value, Place):
        return f"{value.topic}/{value.partition}/{value.offset}"
    if isinstance(value, Part):
        return " ".join(_joined(each) for each in asdict(value).values() if each is not None)
    if isinstance(value, dict):
        return "; ".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, list):
        return "; ".join(map(_joined, value))
    return str(value)


def _text(text: str) -> str:
    shown = harmless(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
