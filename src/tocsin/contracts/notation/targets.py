"""Targets and durations as a contract writes them: `20 min`, `4 business hours`, `next working day`, `18 months`."""

import re

from tocsin.contracts.notation.hours import parse_minutes
from tocsin.contracts.notation.periods import UNITS, parse_period, show_period
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND
from tocsin.domain.time.opening_hours import clock_time

NO_FIGURE = "no figure"
"""The target of a promise without a figure ("as soon as possible")."""

_TEN_YEARS = 3_650 * DAY
_AMOUNT_MAX = {
    TargetUnit.ELAPSED: _TEN_YEARS,
    TargetUnit.WORKING_TIME: _TEN_YEARS,
    TargetUnit.WORKING_DAYS: _TEN_YEARS // DAY,
    TargetUnit.CALENDAR_DAYS: 36_500,
    TargetUnit.CALENDAR_MONTHS: 1_200,
    TargetUnit.CALENDAR_YEARS: 100,
}
"""What is longer might end after the last year that can be reckoned with, also where a calendar is seldom open."""

_CLOCK = {"s": SECOND, "sec": SECOND, "second": SECOND, "min": MINUTE, "minute": MINUTE, "h": HOUR, "hour": HOUR}
_DURATION = re.compile(r"(\d{1,9}) ?(s|sec|seconds?|min|minutes?|h|hours?|days?)")
_DUE_TIME = re.compile(r"by (\d\d:\d\d) of the (next|\d{1,3}(?:st|nd|rd|th)) working day")
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)
_TARGET = re.compile(
    r"(?P<amount>\d{1,9}|next) ?"
    r"(?P<working>(?:business|working|support) )?(?P<unit>[a-z]+)(?P<to_the_hour> to the hour)?"
)


def parse_duration(text: str) -> int:
    """Milliseconds of real time in `text`: `30 s`, `20 min`, `2 h`, `3 days`. Raises `ValueError` otherwise."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration; write it like `20 min`, `2 h` or `3 days`")
    amount, unit = int(match[1]), _singular(match[2])
    duration = amount * (DAY if unit == "day" else _CLOCK[unit])
    if duration > _TEN_YEARS:
        raise ValueError(f"{text!r} is longer than ten years")
    return duration


def parse_wait(text: str) -> int | Target:
    """Milliseconds of real time (`10 min`, `3 days`), or working time (`2 business hours`, `3 working days`).

    Raises `ValueError` otherwise.
    """
    if _DURATION.fullmatch(text.strip()):
        return parse_duration(text)
    try:
        target = parse_target(text)
    except ValueError:
        target = None
    counted = target is not None and target.due_at is None
    if target is None or not counted or target.unit not in (TargetUnit.WORKING_TIME, TargetUnit.WORKING_DAYS):
        raise ValueError(f"{text!r} is no time to wait; write `10 min`, `2 h`, `2 business hours` or `3 working days`")
    return target


def show_wait(wait: int | Target) -> str:
    """The text that `parse_wait` reads as `wait`."""
    return show_target(wait) if isinstance(wait, Target) else show_duration(wait)


def parse_target(text: str) -> Target | None:
    """The target in `text`; None for `no figure`. Raises `ValueError` with the forms that are understood."""
    if text.strip() == NO_FIGURE:
        return None
    by = _DUE_TIME.fullmatch(text.strip())
    match = _TARGET.fullmatch(text.strip())
    target = _due_time(by) if by else parse_period(text) or (match and _target(match))
    if not target or target.amount == 0:
        raise ValueError(
            f"{text!r} is no target; write it like `20 min`, `4 business hours`, `next working day`, "
            f"`by 12:00 of the next working day`, `2 working days`, `2 working days to the hour`, `90 days`, "
            f"`1 month to the end of the day`, `18 months`, `5 years` or `{NO_FIGURE}`"
        )
    if target.amount > _AMOUNT_MAX[target.unit]:
        years = "a hundred" if target.unit.startswith("calendar") else "ten"
        raise ValueError(f"{text!r} is longer than {years} years")
    return target


def show_target(target: Target | None) -> str:
    """The shortest text that `parse_target` reads as `target`."""
    if target is None:
        return NO_FIGURE
    if target.unit is TargetUnit.ELAPSED and target.amount % DAY == 0:
        return f"{target.amount // HOUR} h"  # days would be those of the calendar
    if target.unit in (TargetUnit.ELAPSED, TargetUnit.WORKING_TIME):
        return show_duration(target.amount, working=target.unit is TargetUnit.WORKING_TIME)
    if target.to_the_end_of_the_day:
        return show_period(target)
    if target.due_at is not None:
        which = "next" if target.amount == 1 else f"{target.amount}{_ending(target.amount)}"
        return f"by {clock_time(target.due_at)} of the {which} working day"
    if target.unit is TargetUnit.WORKING_DAYS:
        whole = "next working day" if target.amount == 1 else f"{target.amount} working days"
        return whole if target.end_of_working_day else f"{whole} to the hour"
    unit = next(name for name, span in UNITS.items() if span is target.unit)
    return f"{target.amount} {unit}{'s' * (target.amount > 1)}"


def show_duration(milliseconds: int, *, working: bool = False) -> str:
    """`milliseconds` in the largest unit that divides it: `90 min`, `2 h`, `3 days`, `4 business hours`."""
    if milliseconds and milliseconds % DAY == 0 and not working:
        return f"{milliseconds // DAY} day{'s' * (milliseconds > DAY)}"
    hours = milliseconds % HOUR == 0
    amount, unit = (milliseconds // HOUR, "h") if hours else (milliseconds // MINUTE, "min")
    if milliseconds % MINUTE:
        amount, unit = milliseconds // SECOND, "s"
    if not working:
        return f"{amount} {unit}"
    long = {"h": "hour", "min": "minute", "s": "second"}[unit]
    return f"{amount} business {long}{'s' * (amount > 1)}"


def _target(match: re.Match[str]) -> Target | None:
    amount = 1 if match["amount"] == "next" else int(match["amount"])
    unit, working, to_the_hour = _singular(match["unit"]), bool(match["working"]), bool(match["to_the_hour"])
    days = working and unit == "day"
    if not days and (to_the_hour or match["amount"] == "next"):
        return None
    if days:
        return Target(unit=TargetUnit.WORKING_DAYS, amount=amount, end_of_working_day=not to_the_hour)
    if unit in _CLOCK:
        return Target(unit=TargetUnit.WORKING_TIME if working else TargetUnit.ELAPSED, amount=amount * _CLOCK[unit])
    return Target(unit=UNITS[unit], amount=amount) if unit in UNITS and not working else None


def _due_time(match: re.Match[str]) -> Target | None:
    amount = 1 if match[2] == "next" else int(match[2][:-2])
    if match[2] not in ("next", f"{amount}{_ending(amount)}"):
        return None
    return Target(unit=TargetUnit.WORKING_DAYS, amount=amount, due_at=parse_minutes(match[1]))


def _ending(number: int) -> str:
    """The `nd` of 2nd."""
    return "th" if number % 100 in _TEENS else _ORDINALS.get(number % 10, "th")


def _singular(unit: str) -> str:
    return unit if unit == "s" else unit.removesuffix("s")
