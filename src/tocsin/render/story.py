"""The timeline of a ticket for people and for machines: what happened, and how each deadline came about."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.table import Table

from tocsin.contracts.words import between, show_length
from tocsin.domain.contract.target import TargetUnit
from tocsin.domain.instant import Instant, show
from tocsin.domain.state.ticket import Mark
from tocsin.domain.time.opening_hours import Why
from tocsin.render.table import cell
from tocsin.render.text import safe
from tocsin.story.explain import Explained, Span
from tocsin.story.timeline import Entry, Timeline
from tocsin.story.words import stamp

_TIMED = (TargetUnit.ELAPSED, TargetUnit.WORKING_TIME)
_BY_CALENDAR = (Why.CLOSED, Why.HOLIDAY, Why.FREEZE, Why.EXCLUDED, Why.MAINTENANCE)
_FACT_MAX = 80


def document(timeline: Timeline) -> dict[str, Any]:
    """The timeline for machines: times in RFC 3339 (UTC), lengths in seconds."""
    ticket = timeline.ticket
    return {
        "id": timeline.id,
        "number": timeline.number,
        "tenant": timeline.tenant,
        "title": ticket.title if ticket else None,
        "priority": ticket.priority if ticket else None,
        "stage": ticket.stage if ticket else None,
        "timezone": timeline.zone_name,
        "as_of": show(timeline.now),
        "elsewhere": [{"how": it.how, "number": it.number or None} for it in timeline.relations],
        "events_not_read": timeline.unread,
        "story": [_line(entry, timeline) for entry in timeline.entries],
        "promises": [_promise(promise) for promise in timeline.promises],
    }


def _line(entry: Entry, timeline: Timeline) -> dict[str, Any]:
    topic, partition, offset = entry.place
    return {
        "at": show(entry.at),
        "local": stamp(entry.at, timeline.zone),
        "kind": entry.kind,
        "alert": entry.alert,
        "number": entry.number,
        "what": entry.what,
        "who": list(entry.who),
        "facts": dict(entry.facts),
        "inbox_offsets": list(entry.inbox),
        "place": {"topic": topic, "partition": partition, "offset": offset},
    }


def _promise(it: Explained) -> dict[str, Any]:
    return {
        "objective": it.objective,
        "rule": it.rule,
        "cycle": it.cycle,
        "priority": it.priority,
        "result": it.result,
        "state": it.state,
        "started_at": show(it.started_at),
        "begun_by": [_mark(mark) for mark in it.begun_by],
        "promised": it.promised or None,
        "counts_from": show(it.counts_from),
        "counts_at_priority": it.counts_at,
        "calendar": it.calendar or None,
        "timezone": it.timezone or None,
        "intervals": [_interval(span) for span in it.spans],
        "intervals_left_out": it.left_out,
        "counted_seconds": it.total(Why.COUNTED) / 1000,
        "deadline": _shown(it.deadline),
        "adds_up": it.adds_up if it.deadline is not None else None,
        "kept_at": _shown(it.fulfilled_at),
        "kept_by": [_mark(mark) for mark in it.ended_by],
        "owed": it.owed_from or None,
        "owed_by": it.owed_by or None,
        "owed_to": it.owed_to or None,
        "kept_by_rule": it.kept_by or None,
        "clause": it.clause or None,
        "source": it.source or None,
        "our_reading": it.reading or None,
        "inbox_offsets": list(it.offsets),
    }


def _mark(mark: Mark) -> dict[str, Any]:
    return {"what": mark.kind, "at": show(mark.at), "inbox_offset": mark.offset}


def _interval(span: Span) -> dict[str, Any]:
    seconds = (span.end - span.start) / 1000
    return {
        "from": show(span.start),
        "to": show(span.end),
        "seconds": seconds,
        "why": span.why,
        "inbox_offsets": list(span.offsets),
    }


def _shown(at: Instant | None) -> str | None:
    return None if at is None else show(at)


def headlines(timeline: Timeline) -> Iterator[str]:
    """What the ticket is, where else its matter is told, and what is not known of it."""
    ticket = timeline.ticket
    if ticket:
        facts = f"{ticket.priority}, {ticket.stage.replace('_', ' ')}"
        yield safe(f"{timeline.number} of {timeline.tenant}, {facts}: {ticket.title}")
    else:
        yield safe(f"{timeline.number} of {timeline.tenant}: its opening is not in this log any more.")
    for relation in timeline.relations:
        yield safe(f"  {relation.how} {relation.number}".rstrip())
    if timeline.unread:
        yield f"  {timeline.unread} of its events were written by another release, or are about what came before."
    yield safe(f"Times are those of {timeline.zone_name}, as of {stamp(timeline.now, timeline.zone)}.")


def story_table(timeline: Timeline) -> Table:
    """One row for each event and alert, in the order of the log."""
    several = len({entry.number for entry in timeline.entries}) > 1
    table = Table("time", "inbox", *(["ticket"] if several else []), "what", "who", "more")
    for entry in timeline.entries:
        what = f"! {entry.what}" if entry.alert else entry.what
        more = "; ".join(f"{name}: {value[:_FACT_MAX]}" for name, value in entry.facts)
        who = f"to {entry.who[0]}" if entry.alert and entry.who else ", ".join(entry.who)
        table.add_row(
            *map(cell, (stamp(entry.at, timeline.zone), _offsets(entry.inbox))),
            *([cell(entry.number)] if several else []),
            *map(cell, (what, who, more)),
        )
    return table


def promise_table(promise: Explained, timeline: Timeline) -> Table:
    """The time until a deadline, a row for each interval."""
    table = Table("from", "to", "lasts", "why", "because of")
    for span in promise.spans:
        ends = (stamp(at, timeline.zone) for at in (span.start, span.end))
        because = f"inbox {_offsets(span.offsets)}" if span.offsets else ""
        because = because or ("the calendar" if span.why in _BY_CALENDAR else "")
        table.add_row(*map(cell, (*ends, show_length(span.end - span.start), span.why, because)))
    return table


def terms(it: Explained, timeline: Timeline) -> Iterator[str]:
    """What was promised, from when on, and by which rule and clause."""
    yield from map(safe, _terms(it, timeline))


def _terms(it: Explained, timeline: Timeline) -> Iterator[str]:
    cycle = f" {it.cycle}" if it.cycle > 1 else ""
    yield f"{it.objective.replace('_', ' ').capitalize()}{cycle}, {it.counts_at}: {it.state}"
    begun = _facts(it.begun_by) or f"inbox {_offsets(it.offsets[:1])}"
    yield f"started   {stamp(it.started_at, timeline.zone)} by {begun}"
    if it.counts_from != it.started_at:
        why = "at the latest, from what was so at" if it.bounded else f"from the rise to {it.counts_at} at"
        yield f"counts    {why} {stamp(it.counts_from, timeline.zone)}"
    if it.promised:
        calendar = f", in {it.calendar} ({it.timezone})" if it.calendar else ""
        yield f"promised  {it.promised}{calendar}"
        yield f"rule      {it.rule}: owed{between(it.owed_by, it.owed_to)} {it.owed_from}, kept {it.kept_by}"
        source = f"{it.source}, " if it.source else ""
        yield f"clause    {source}{it.clause}" + (f" (our reading: {it.reading})" if it.reading else "")
    else:
        yield f"rule      {it.rule}: its contract is not in this log"


def arithmetic(it: Explained, timeline: Timeline) -> Iterator[str]:
    """The sum that leads to the deadline, and what became of the promise, in words."""
    lengths = [(it.total(why), why) for why in Why if it.total(why)]
    parts = " + ".join(f"{show_length(length)} {why}" for length, why in lengths)
    if it.deadline is not None and it.adds_up and not it.left_out:
        yield f"sum       {stamp(it.counts_from, timeline.zone)} + {parts} = {stamp(it.deadline, timeline.zone)}"
        yield f"deadline  {stamp(it.deadline, timeline.zone)}: {_met_target(it)}"
    elif it.deadline is not None:
        yield f"deadline  {stamp(it.deadline, timeline.zone)}: {_not_added(it)}"
    else:
        yield f"deadline  none: {'it waits' if it.target else 'promised without a figure'}"
    yield f"result    {''.join(_result(it, timeline))}"


def _met_target(it: Explained) -> str:
    target, counted = it.target, it.total(Why.COUNTED)
    if target is not None and target.unit in _TIMED:
        return f"{show_length(counted)} counted, as promised"
    return f"{_days(it)} from the start" + (", put off by what was paused" if it.total(Why.PAUSED) else "")


def _days(it: Explained) -> str:
    target = it.target
    if target is None:
        return ""
    if target.due_at is not None or target.to_the_end_of_the_day:
        return f"{it.promised},"
    unit = target.unit.replace("_", " ").removesuffix("s")
    days = f"{target.amount} {unit}{'s' * (target.amount > 1)}"
    return f"closing time {days}" if target.unit is TargetUnit.WORKING_DAYS and target.end_of_working_day else days


def _not_added(it: Explained) -> str:
    if it.left_out:
        return f"{it.left_out} further intervals are left out"
    return "as the log says" if not it.promised else "as the log says; from what is known here it does not add up"


def _result(it: Explained, timeline: Timeline) -> Iterator[str]:
    yield it.result
    if it.fulfilled_at is not None:
        yield f": kept at {stamp(it.fulfilled_at, timeline.zone)}"
        by = _facts(it.ended_by)
        yield f" by {by}" if by else ""
        if it.deadline is not None:
            yield f", {show_length(abs(it.deadline - it.fulfilled_at))} "
            yield "before the deadline" if it.fulfilled_at <= it.deadline else "after the deadline"
    elif it.state in ("late", "at risk", "on track") and it.deadline is not None:
        yield f": {show_length(abs(it.deadline - timeline.now))} {'over' if it.deadline < timeline.now else 'left'}"


def _facts(marks: Iterable[Mark]) -> str:
    return " and ".join(f"{mark.kind.replace('_', ' ')}, inbox {mark.offset}" for mark in marks)


def _offsets(offsets: Iterable[int]) -> str:
    return ", ".join(map(str, offsets))
