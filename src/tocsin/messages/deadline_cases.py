"""Cases for `tocsin deadline`: a calendar, a start, a target, and what a deadline is asked for.

Strict about what decides an answer: types, unknown fields of a calendar or a pause, a time of day that is none. Fields
of the case itself that are not listed here only describe it (a source, a note, an expected answer) and are passed over.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import MINUTE, Instant, from_datetime
from tocsin.domain.time.calendar_check import faults
from tocsin.domain.time.opening_hours import DAY_NAMES
from tocsin.domain.time.zones import from_wall
from tocsin.messages.strict_json import RepeatedKey, unique_keys

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_TIME_OF_DAY = re.compile(r"(\d{1,2}):([0-5]\d)(:00)?", re.ASCII)
_YEARLY = re.compile(r"\d\d-\d\d", re.ASCII)
_CENTURY_IN_MINUTES = 100 * 366 * 24 * 60
_CENTURY_IN_DAYS = 100 * 366
_SHOWN_FAULTS_MAX = 3


def _time(value: object) -> datetime:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("write a time like 2024-01-19T16:00:00, with Z or an offset unless it is local")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such time") from None


def _minutes(value: object) -> int:
    match = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write a time of day like 09:00, the end of the day as 24:00")
    return int(match[1]) * 60 + int(match[2])


def _date(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("write a holiday like 2024-12-25") from None


def _month_and_day(value: object) -> tuple[int, int]:
    if not isinstance(value, str) or not _YEARLY.fullmatch(value):
        raise ValueError("write a yearly holiday like 12-25")
    return int(value[:2]), int(value[3:])


_Time = Annotated[datetime, PlainValidator(_time)]
_Interval = Annotated[list[Annotated[int, PlainValidator(_minutes)]], Field(min_length=2, max_length=2)]
_Count = Annotated[int, Field(ge=0, le=_CENTURY_IN_DAYS)]


class _Exact(BaseModel):
    """A part of a case in which an unknown field is a mistake, reported once however many there are."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_fields(cls, value: Any) -> Any:
        known = {field.alias or name for name, field in cls.model_fields.items()}
        unknown = sorted(value.keys() - known)[:_SHOWN_FAULTS_MAX] if isinstance(value, dict) else []
        if unknown:
            raise ValueError(f"unknown field {', '.join(ascii(name[:40]) for name in unknown)}")
        return value


class _Hours(_Exact):
    """Opening hours by weekday; a day that is not named is closed."""

    mon: list[_Interval] = []
    tue: list[_Interval] = []
    wed: list[_Interval] = []
    thu: list[_Interval] = []
    fri: list[_Interval] = []
    sat: list[_Interval] = []
    sun: list[_Interval] = []


class CaseCalendar(_Exact):
    """The calendar in which a case is counted."""

    timezone: str
    hours: _Hours
    holidays: list[Annotated[date, PlainValidator(_date)]] = []
    holidays_every_year: list[Annotated[tuple[int, int], PlainValidator(_month_and_day)]] = []
    name: object = None
    note: object = None
    source: object = None

    @cached_property
    def compiled(self) -> WorkingCalendar:
        """As the domain knows it, hours in order."""
        days: list[list[list[int]]] = [getattr(self.hours, name) for name in DAY_NAMES]
        return WorkingCalendar(
            timezone=self.timezone,
            week=tuple(tuple(sorted((opens, closes) for opens, closes in day)) for day in days),
            holidays=tuple(self.holidays),
            yearly_holidays=tuple(self.holidays_every_year),
        )

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        found = faults(self.compiled)
        if found:
            raise ValueError("; ".join(found[:_SHOWN_FAULTS_MAX]))
        return self


class CasePause(_Exact):
    """A time in which the clock stood still; without `to` it still does."""

    begin: _Time = Field(alias="from")
    end: _Time | None = Field(None, alias="to")


class DeadlineCase(BaseModel):
    """One question: when a target is due, or how much has counted until `end`."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: str | int
    calendar: CaseCalendar
    start: _Time
    target_minutes: float | None = Field(None, ge=0, le=_CENTURY_IN_MINUTES, allow_inf_nan=False)
    target_working_days: _Count | None = None
    end_of_working_day: bool = True
    target_calendar_days: _Count | None = None
    target_calendar_months: _Count | None = None
    target_calendar_years: _Count | None = None
    end: _Time | None = None
    pauses: list[CasePause] = []
    warn_offset_minutes: float | None = Field(
        None, ge=-_CENTURY_IN_MINUTES, le=_CENTURY_IN_MINUTES, allow_inf_nan=False
    )

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        asked = [name for name in _QUESTIONS if getattr(self, name) is not None]
        if len(asked) != 1:
            raise ValueError(f"give one of {', '.join(_QUESTIONS)}; given: {', '.join(asked) or 'none'}")
        if self.end is not None and self.warn_offset_minutes is not None:
            raise ValueError("warn_offset_minutes belongs to a target, not to end")
        if any(end is not None and end < begin for begin, end in self._pauses()):
            raise ValueError("a pause ends before it begins")
        return self

    def instant(self, time: datetime) -> Instant:
        """The instant of a time of this case: local to its calendar if it has no offset."""
        if time.tzinfo is not None:
            return from_datetime(time)
        return from_wall(from_datetime(time.replace(tzinfo=UTC)), self.calendar.timezone)

    @property
    def target(self) -> Target | None:
        """The promised target; None if `end` asks for the time that has counted."""
        if self.target_minutes is not None:
            return Target(unit=TargetUnit.WORKING_TIME, amount=round(self.target_minutes * MINUTE))
        for name, unit in _WHOLE_UNITS.items():
            amount = getattr(self, name)
            if amount is not None:
                return Target(unit=unit, amount=amount, end_of_working_day=self.end_of_working_day)
        return None

    @property
    def closed_pauses(self) -> list[tuple[Instant, Instant]]:
        """The pauses that have ended."""
        return [(begin, end) for begin, end in self._pauses() if end is not None]

    @property
    def paused_since(self) -> Instant | None:
        """Since when the clock stands still for good; None if it runs again."""
        return min((begin for begin, end in self._pauses() if end is None), default=None)

    def _pauses(self) -> list[tuple[Instant, Instant | None]]:
        return [
            (self.instant(pause.begin), None if pause.end is None else self.instant(pause.end)) for pause in self.pauses
        ]


_WHOLE_UNITS = {
    "target_working_days": TargetUnit.WORKING_DAYS,
    "target_calendar_days": TargetUnit.CALENDAR_DAYS,
    "target_calendar_months": TargetUnit.CALENDAR_MONTHS,
    "target_calendar_years": TargetUnit.CALENDAR_YEARS,
}
_QUESTIONS = ("target_minutes", *_WHOLE_UNITS, "end")


def decode(text: bytes) -> object:
    """The JSON value in `text`. Raises `ValueError` for anything else, for NaN, and for a field given twice."""
    try:
        return json.loads(text.decode(), object_pairs_hook=unique_keys, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except RepeatedKey:
        raise ValueError("a field is given twice") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_case(value: object) -> DeadlineCase:
    """The case in a decoded JSON value. Raises `ValueError` that says what is wrong with which field."""
    if not isinstance(value, dict):
        raise ValueError("a case is a JSON object")  # noqa: TRY004 - wrong input, as any other wrong value in it
    try:
        return DeadlineCase.model_validate(value)
    except ValidationError as invalid:
        found = invalid.errors(include_input=False, include_url=False, include_context=False)[:_SHOWN_FAULTS_MAX]
        raise ValueError("; ".join(_shown(fault["loc"], fault["msg"]) for fault in found)) from None
    except OverflowError:
        raise ValueError("a time lies outside the years that can be reckoned with") from None


def _shown(place: Sequence[str | int], message: str) -> str:
    where = ".".join(str(part) for part in place)
    return f"{where}: {message.removeprefix('Value error, ')}" if where else message.removeprefix("Value error, ")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
