"""Periods as laws count them: `1 month to the end of the day`, `60 days after the end of the year`."""

import re

from tocsin.contracts.notation.hours import parse_minutes
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.time.opening_hours import clock_time

UNITS = {
    "day": TargetUnit.CALENDAR_DAYS,
    "month": TargetUnit.CALENDAR_MONTHS,
    "year": TargetUnit.CALENDAR_YEARS,
}
"""The units of time by the calendar, by the words for them."""

_PERIOD = re.compile(
    r"(?P<amount>\d{1,9}) ?(?P<unit>day|month|year)s?"
    r"(?P<end> to the end of the day| after the end of the year)"
    r"(?:, or by (?P<by>\d\d:\d\d) of the next working day)?"
)


def parse_period(text: str) -> Target | None:
    """The period in `text`; None if it is none. Raises `ValueError` for a time of day that does not exist."""
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        return None
    return Target(
        unit=UNITS[match["unit"]],
        amount=int(match["amount"]),
        to_the_end_of_the_day=True,
        after_the_year=match["end"].endswith("year"),
        moved_to=None if match["by"] is None else parse_minutes(match["by"]),
    )


def show_period(target: Target) -> str:
    """The text that `parse_period` reads as `target`."""
    unit = next(name for name, each in UNITS.items() if each is target.unit)
    end = "after the end of the year" if target.after_the_year else "to the end of the day"
    moved = "" if target.moved_to is None else f", or by {clock_time(target.moved_to)} of the next working day"
    return f"{target.amount} {unit}{'s' * (target.amount > 1)} {end}{moved}"
