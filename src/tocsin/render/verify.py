"""Tables and sentences of `tocsin replay verify`."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from tocsin.messages.record import Topic
from tocsin.render.table import cell
from tocsin.render.text import safe
from tocsin.verify.difference import Difference, Kind
from tocsin.verify.report import PartitionReport, Stretch, Verdict

_VALUE_CHARACTERS = 300


def verification_table(reports: Sequence[PartitionReport]) -> Table:
    """One row for each partition."""
    table = Table("partition", "inbox judged", "rules", "journal", "alerts", "state", "result")
    for report in reports:
        judged = [each for each in report.stretches if each.judged]
        said = {topic.topic: _compared(topic.records, topic.begin) for topic in report.topics}
        journal, alerts = (said.get(name, "not there") for name in (Topic.TICKET_EVENTS, Topic.ALERTS))
        rules = ", ".join(str(each.rules) for each in judged)
        inbox = ", ".join(map(_stretch, judged)) or "nothing"
        state = "not compared" if report.state is None else f"{report.state.records:,}"
        table.add_row(*map(cell, (report.partition, inbox, rules, journal, alerts, state, report.verdict)))
    return table


def _stretch(stretch: Stretch) -> str:
    return f"{stretch.records:,} of [{stretch.begin}, {stretch.end})"


def _compared(records: int, begin: int | None) -> str:
    return "none" if begin is None else f"{records:,} from {begin}"


def sentences(report: PartitionReport) -> Iterator[str]:
    """What is to be said of a partition beside its row."""
    inbox = f"soc.inbox/{report.partition}"
    if report.proven is False:
        yield f"{inbox}: what follows was recomputed from a state at offset {report.since} that nobody has proven."
    for stretch in report.stretches:
        if not stretch.judged:
            yield (
                f"{inbox}: {stretch.records} records, [{stretch.begin}, {stretch.end}), are judged by the rules "
                f"{stretch.rules} of {_named(stretch)}; here they were not judged."
            )
    yield from (f"{inbox}: {safe(why)}" for why in report.unjudged)
    if report.fault:
        yield f"{inbox}: the fold cannot go on: {safe(report.fault)}"
    for topic in report.topics:
        if topic.forgotten:
            yield f"{topic.topic}/{report.partition}: in {topic.forgotten} records persons were forgotten."
        if topic.difference:
            yield from _differs(topic.difference)
    if report.state and report.state.difference:
        yield from _state_differs(report.state.difference, report.state.differing)


def _state_differs(it: Difference, count: int) -> Iterator[str]:
    place = f"{it.topic}/{it.partition}"
    what = {Kind.CHANGED: f"is changed in {safe(it.field or '')}", Kind.MISSING: "is missing", Kind.ADDED: "was added"}
    more = "" if count == 1 else f"; {count - 1:,} more differ"
    yield f"{place}: the state of {safe(it.ticket or '')} {what[it.kind]}, by what the inbox gives{more}"
    yield from _values(it)


def _named(stretch: Stretch) -> str:
    return f"release {stretch.release}" if stretch.release[0].isdigit() else stretch.release


def _differs(it: Difference) -> Iterator[str]:
    place = f"{it.topic}/{it.partition}"
    ticket = "no ticket" if it.ticket is None else f"ticket {safe(it.ticket)}"
    about = f"({ticket}, inbox offset {', '.join(map(str, it.inbox)) or 'of a timer'})"
    match it.kind:
        case Kind.CHANGED:
            yield f"{place}/{it.offset}: changed in {safe(it.field or '')} {about}"
        case Kind.MISSING if it.offset is None:
            yield f"{place}: a record is missing at the end {about}"
        case Kind.MISSING:
            yield f"{place}/{it.offset}: a record is missing before it {about}"
        case Kind.ADDED:
            yield f"{place}/{it.offset}: a record was added {about}"
        case Kind.REORDERED:
            yield f"{place}/{it.offset}: the record that belongs here stands at {it.stands_at} {about}"
    yield from _values(it)


def _values(it: Difference) -> Iterator[str]:
    if it.kind is not Kind.MISSING:
        yield f"  on the topic: {_value(it.found)}"
    if it.kind is not Kind.ADDED:
        yield f"  recomputed:   {_value(it.recomputed)}"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    text = safe(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[:_VALUE_CHARACTERS]}..."


def conclusion(reports: Sequence[PartitionReport], verdict: Verdict) -> str:
    """The last sentence."""
    records, seconds = sum(each.records for each in reports), sum(each.seconds for each in reports)
    rate = f", {records / seconds:,.0f} a second and process" if seconds else ""
    said = {
        Verdict.VERIFIED: "all that was said follows from them",
        Verdict.DIFFERS: "something that stands on the topics does not follow from them",
        Verdict.UNJUDGED: "what was judged follows from them, and not all was judged",
    }
    return f"{records:,} records of the inbox{rate}: {said[verdict]}."
