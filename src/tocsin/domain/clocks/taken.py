"""How long a promise took."""

from tocsin.domain.clocks.schedule import Case
from tocsin.domain.contract.target import TargetUnit
from tocsin.domain.instant import Instant
from tocsin.domain.time.deadlines import counting_calendar, elapsed
from tocsin.domain.vocabulary import Priority


def time_taken(case: Case, priority: Priority, start: Instant, end: Instant) -> int:
    """Milliseconds from `start` to `end` as the promise counts them: in its hours, without what paused it.

    One without a figure counts in the hours of its calendar. Raises `OutOfReckoning`, `UnknownZone`.
    """
    promised = case.rule.targets[priority]
    unit = promised.target.unit if promised.target else TargetUnit.WORKING_TIME
    pauses = [
        (hold.start, end if hold.end is None else min(hold.end, end))
        for hold in case.ticket.holds
        if hold.reason in case.rule.paused_by
    ]
    return elapsed(start, end, counting_calendar(unit, case.contract.calendars[promised.calendar]), pauses)
