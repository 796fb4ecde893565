"""The model of a calendar's YAML: hours, or other calendars, and what is taken from them."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from tocsin.contracts.notation.hours import parse_day_hours, parse_holiday, parse_week
from tocsin.contracts.notation.rules import CitedSpec, Spec, Text, parsed
from tocsin.contracts.notation.windows import parse_period, parse_window
from tocsin.domain.contract.calendar import MIDNIGHT, DayHours, MaintenanceWindow, WeekHours

CLIENT = "client"
"""The time zone of a calendar that uses each tenant's own."""

Holiday = Annotated[date | tuple[int, int], parsed(parse_holiday)]


def _week(value: object) -> WeekHours:
    texts = value.values() if isinstance(value, dict) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("write hours as texts, in quotes")
    return parse_week(value)  # type: ignore[arg-type]  # checked above


def _local_text(value: object) -> Any:
    """YAML and TOML have dates and times of their own: `2026-12-20`, `2026-12-20 18:00:00`."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


Hours = Annotated[WeekHours, PlainValidator(_week, json_schema_input_type=str | dict[str, str])]
LocalText = Annotated[str, BeforeValidator(_local_text, json_schema_input_type=str)]


class CountryHolidaysSpec(Spec):
    """Public holidays of a country, expanded to dates when the contract is compiled."""

    country: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 code of two letters")
    region: str | None = Field(None, description="State or province, by its code")
    first_year: int = Field(ge=1990, le=2099)
    last_year: int = Field(ge=1990, le=2099)


class MaintenanceSpec(CitedSpec):
    """A window: weekly, on one such day of each month, yearly or once."""

    window: Annotated[MaintenanceWindow, parsed(parse_window)] = Field(
        description="`sun 10:00-18:00 +03:00`, `sun 02:00-06:00`, `second sun 02:00-06:00`, `last fri 22:00-02:00`, "
        "`12-24 18:00-24:00`, `2026-11-07 22:00 to 2026-11-08 04:00`"
    )
    timezone: Text | None = Field(
        None, description=f"Of a window without an offset: IANA name, or `{CLIENT}`; without it the calendar's own"
    )
    pauses: bool = False

    @model_validator(mode="after")
    def _has_an_offset_or_a_zone(self) -> Self:
        if self.timezone is not None and self.window.utc_offset_minutes is not None:
            raise ValueError("a window has an offset from UTC or a `timezone`, not both")
        return self


class ClosedSpec(Spec):
    """A period in which the calendar is closed, such as a freeze. Its end is open again: a date is its midnight."""

    begins: LocalText = Field(alias="from", description="`2026-12-20`, or `2026-12-20 18:00`, in the calendar's zone")
    ends: LocalText = Field(alias="until", description="The first day, or time, that is open again")
    clause: Text | None = None

    @property
    def walls(self) -> tuple[datetime, datetime]:
        """The walls at which it begins and ends."""
        return parse_period(self.begins, self.ends)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        parse_period(self.begins, self.ends)
        return self


class CalendarSpec(CitedSpec):
    """The hours and days that count for a promise: hours of its own, or those of other calendars of the contract."""

    timezone: Text | None = Field(
        None,
        description=f"IANA name, or `{CLIENT}` for the time zone of each tenant; of a calendar that is made of others, "
        "for its days: that of the first of them, unless it is given",
    )
    hours: Hours | None = Field(
        None, description='`24x7`, or by day: {mon-fri: "09:00-18:00", sun-thu: "22:00-06:00"}; a night ends next day'
    )
    union: tuple[Text, ...] = Field((), description="Open while one of these calendars is, as in follow-the-sun")
    of: Text | None = Field(None, description="Open while this calendar is, less what is taken here")
    without: tuple[Text, ...] = Field((), description="Calendars whose open time is taken away")
    holidays: tuple[Holiday, ...] = Field((), description="`2026-12-25`, or `12-25` for every year")
    holidays_of: CountryHolidaysSpec | None = None
    half_days: dict[str, str] = Field(
        {}, description='Of the usual hours only these count: {"12-24": "09:00-13:00"}; `2026-12-24` for one year'
    )
    closed: tuple[ClosedSpec, ...] = Field((), description="Periods without open time, such as a freeze")
    maintenance: tuple[MaintenanceSpec, ...] = ()

    @property
    def made_of(self) -> tuple[str, ...]:
        """The calendars whose open time is this one's."""
        return self.union or ((self.of,) if self.of is not None else ())

    @property
    def parsed_half_days(self) -> list[tuple[date | tuple[int, int], DayHours]]:
        """The half days: each day with the hours that count."""
        return [(parse_holiday(day), parse_day_hours(hours)) for day, hours in self.half_days.items()]

    @model_validator(mode="after")
    def _has_one_kind_of_hours(self) -> Self:
        given = [self.hours is not None, bool(self.union), self.of is not None]
        if sum(given) != 1:
            raise ValueError("a calendar has `hours`, or a `union` of others, or is `of` another one: one of these")
        if len({*self.union}) < len(self.union) or len({*self.without}) < len(self.without):
            raise ValueError("it names a calendar twice; once is enough")
        if self.hours is not None and self.timezone is None:
            raise ValueError(f"a calendar with hours has a `timezone`: an IANA name, or `{CLIENT}`")
        if any(closes > MIDNIGHT for _, hours in self.parsed_half_days for _, closes in hours):
            raise ValueError("the hours of a half day lie in that day, up to 24:00")
        return self


def client_calendars(calendars: dict[str, CalendarSpec]) -> frozenset[str]:
    """The calendars in which the client's time zone has a part, directly or by those that they are made of."""
    found = {name for name, it in calendars.items() if CLIENT in (it.timezone, *(w.timezone for w in it.maintenance))}
    while more := {name for name, it in calendars.items() if found.intersection((*it.made_of, *it.without))} - found:
        found |= more
    return frozenset(found)
