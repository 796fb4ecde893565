"""The results of the cases for `tocsin deadline`."""

from dataclasses import dataclass

from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import MINUTE, SECOND, Instant, show
from tocsin.domain.time import deadlines
from tocsin.domain.time.calendar_parts import Interval
from tocsin.messages.deadline_cases import DeadlineCase


@dataclass(frozen=True, kw_only=True)
class DeadlineResult:
    """The result of a case: a deadline, or in `elapsed` the time that has counted."""

    id: str | int
    timezone: str
    intervals: list[Interval]
    deadline: Instant | None = None  # None also while the clock stands still before it is due
    elapsed: int | None = None
    warn_at: Instant | None = None
    warns: bool = False

    def document(self) -> dict[str, object]:
        """The result for machines."""
        fields: dict[str, object] = {"id": self.id}
        if self.elapsed is None:
            fields["deadline"] = self.deadline if self.deadline is None else show(self.deadline)
            if self.warns:
                fields["warn_at"] = self.warn_at if self.warn_at is None else show(self.warn_at)
        else:
            fields["elapsed_seconds"] = self.elapsed / SECOND if self.elapsed % SECOND else self.elapsed // SECOND
        fields["intervals"] = [{"from": show(i.start), "to": show(i.end), "why": i.why} for i in self.intervals]
        return fields


def result_of(case: DeadlineCase) -> DeadlineResult:
    """The deadline of `case`, or the time that has counted if it names an end."""
    start, calendar, pauses = case.instant(case.start), case.calendar.compiled, case.closed_pauses
    since, target, timezone = case.paused_since, case.target, case.calendar.timezone
    if target is None:
        end = start if case.end is None else case.instant(case.end)
        known = [*pauses, (since, max(since, end))] if since is not None else pauses
        return DeadlineResult(
            id=case.id,
            timezone=timezone,
            elapsed=deadlines.elapsed(start, end, calendar, known),
            intervals=deadlines.explain(start, end, calendar, known),
        )
    due, counting = (
        deadlines.deadline(start, target, calendar, pauses),
        deadlines.counting_calendar(target.unit, calendar),
    )
    warn_at = _warn_at(case, start, due, target)
    stands = since if since is not None else max(due, warn_at or due)
    return DeadlineResult(
        id=case.id,
        timezone=timezone,
        deadline=due if due <= stands else None,
        warns=warn_at is not None,
        warn_at=warn_at if warn_at is not None and warn_at <= stands else None,
        intervals=deadlines.explain(start, min(due, stands), counting, pauses),
    )


def _warn_at(case: DeadlineCase, start: Instant, due: Instant, target: Target) -> Instant | None:
    """So long before or after the deadline, counted as the target is, but never before the clock begins to count."""
    if case.warn_offset_minutes is None:
        return None
    calendar, pauses, offset = case.calendar.compiled, case.closed_pauses, round(case.warn_offset_minutes * MINUTE)
    if offset > 0:
        working = target.unit in (TargetUnit.WORKING_TIME, TargetUnit.WORKING_DAYS)
        unit = TargetUnit.WORKING_TIME if working else TargetUnit.ELAPSED
        return deadlines.deadline(due, Target(unit=unit, amount=offset), calendar, pauses)
    begins = deadlines.fraction_instant(start, target, 0, calendar, pauses)
    return max(begins, deadlines.before_deadline(due, -offset, calendar, target.unit, pauses))
