"""The model of the roster file."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tocsin.contracts.notation.calendar import Hours
from tocsin.contracts.notation.hours import parse_days, parse_shift_hours
from tocsin.contracts.notation.rules import Duration, Spec, Text, parsed
from tocsin.domain.contract.calendar import ALWAYS_OPEN
from tocsin.domain.instant import DAY, HOUR
from tocsin.tenants.model import TenantName, Timezone

PersonName = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
ShiftHours = Annotated[tuple[int, int], parsed(parse_shift_hours)]


class ReachSpec(Spec):
    """One way to reach a person; they are tried in the order of the file."""

    via: Text = Field(description="The sink that carries it, such as `mail`")
    to: Text = Field(description="The address there")
    after: Duration = Field(0, description="How long the ways before it are waited for")


class PersonSpec(Spec):
    """Somebody who carries roles."""

    name: Text
    reach: tuple[ReachSpec, ...] = Field(min_length=1)
    timezone: Timezone | None = Field(None, description="Where the person is; default: that of the roster")
    quiet: ShiftHours | None = Field(None, description="`22:00-07:00`: hours without pages, but for the most urgent")


class ShiftSpec(Spec):
    """A shift that comes every week."""

    days: Annotated[list[int], parsed(parse_days)] = Field(description="`mon`, or `mon-fri` for several")
    hours: ShiftHours = Field(description="`08:00-20:00`; `20:00-08:00` ends on the next day")
    who: PersonName


class WeeklySpec(Spec):
    """Shifts of the week."""

    kind: Literal["weekly"]
    timezone: Timezone | None = None
    shifts: tuple[ShiftSpec, ...] = Field(min_length=1)


class RotationSpec(Spec):
    """People who take turns. The hand-over stays at its time of day when the clocks change."""

    kind: Literal["rotation"]
    timezone: Timezone | None = None
    people: tuple[PersonName, ...] = Field(min_length=1)
    start: datetime = Field(description="When the first one's first turn begins, local time; nobody before it")
    every: Duration = Field(description="The length of a turn: hours that divide a day, or days")
    hours: Hours = Field(ALWAYS_OPEN, description='Only these hours: {mon-fri: "08:00-20:00"}')

    @model_validator(mode="after")
    def _turns_end_at_the_same_time_of_day(self) -> Self:
        if self.every < HOUR or (self.every % DAY and DAY % self.every):
            raise ValueError("`every` is a number of hours that divides a day, such as `12 h`, or of days")
        if self.start.tzinfo is not None:
            raise ValueError("`start` is local time: write it without an offset")
        return self


class CalendarSpec(Spec):
    """The events of an iCalendar file; attendee or title name the person."""

    kind: Literal["calendar"]
    timezone: Timezone | None = Field(None, description="For times that the calendar gives without a zone")
    file: Text | None = Field(None, description="Beside the roster file")
    url: Annotated[str, Field(pattern="^https://|^http://(127[.]|localhost)")] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) == (self.url is None):
            raise ValueError("a calendar has a `file` or a `url`")
        return self


Layer = Annotated[WeeklySpec | RotationSpec | CalendarSpec, Field(discriminator="kind")]
Roles = dict[Text, tuple[Layer, ...]]


class PeriodSpec(Spec):
    """A time from `from` to `to`; local where it has no offset. A date as `to` is the last day."""

    start: datetime | date = Field(alias="from")
    end: datetime | date = Field(alias="to")
    timezone: Timezone | None = None


class OverrideSpec(PeriodSpec):
    """Somebody carries a role for once, whatever the layers say."""

    role: Text
    who: PersonName
    tenant: TenantName | None = Field(None, description="Only for this client; default: for all")


class LeaveSpec(PeriodSpec):
    """Somebody is away: the layer below says who carries the role."""

    who: PersonName


class TenantRolesSpec(Spec):
    """The layers of one client; they lie over those for all."""

    roles: Roles


class RosterSpec(Spec):
    """The whole file."""

    timezone: Timezone = "UTC"
    people: dict[PersonName, PersonSpec]
    roles: Roles = Field({}, description="The layers of each role; a later one lies over the ones before it")
    tenants: dict[TenantName, TenantRolesSpec] = Field({})
    overrides: tuple[OverrideSpec, ...] = ()
    leave: tuple[LeaveSpec, ...] = ()
