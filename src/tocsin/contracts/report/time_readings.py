"""The readings of deadlines and calendars that are Tocsin's own."""

from tocsin.contracts.report.fold_reading import FoldReading, any_rule, in_unit
from tocsin.domain.contract.target import TargetUnit

TIME_READINGS = (
    FoldReading(
        "deadline",
        "what happens at the deadline to the millisecond is in time",
        in_unit(*TargetUnit),
    ),
    FoldReading(
        "business hours",
        "they count in the calendar's time zone, over holidays and changes of the clock; a deadline that falls on "
        "closing time stays there",
        in_unit(TargetUnit.WORKING_TIME),
    ),
    FoldReading(
        "working day",
        "a working day ends at closing time; days are counted from the day of the start, working day or not, which is "
        "not one of them",
        in_unit(TargetUnit.WORKING_DAYS),
    ),
    FoldReading(
        "days, months, years",
        "they end at the local time of day at which they began, a month without that day on its last one",
        in_unit(TargetUnit.CALENDAR_DAYS, TargetUnit.CALENDAR_MONTHS, TargetUnit.CALENDAR_YEARS),
    ),
    FoldReading(
        "maintenance window",
        "it pauses no clock unless the calendar says so; walls of its zone decide, so an hour that comes twice "
        "is twice in it",
        lambda contract, _: any(it.maintenance for it in contract.calendars.values()),
    ),
    FoldReading(
        "half day",
        "of the usual hours of that day only its own count; it opens no day that is closed",
        lambda contract, _: any(it.half_days for it in contract.calendars.values()),
    ),
    FoldReading(
        "closed period",
        "business time and working days stand still in it, real time does not; the day on which it ends is open again",
        lambda contract, _: any(it.closed for it in contract.calendars.values()),
    ),
    FoldReading(
        "calendar of calendars",
        "a union is open while one of its calendars is; its working days are days of its own time zone with open "
        "hours; real time stands still only while windows pause all of them",
        lambda contract, _: any(it.union for it in contract.calendars.values()),
    ),
    FoldReading(
        "due time",
        "it is due at that time of the working day, whether or not the calendar is open then",
        any_rule(lambda rule: any(it.target and it.target.due_at is not None for it in rule.targets.values())),
    ),
)
"""In the order in which `contract show` has them."""
