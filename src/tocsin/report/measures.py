"""How long things took on the tickets that were opened in a period: elapsed time, with waits and closed hours in it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from tocsin.domain.events.ticket import TicketAcknowledged
from tocsin.domain.instant import DAY, SECOND, Instant, show, to_datetime
from tocsin.domain.state.ticket import Mark
from tocsin.domain.vocabulary import Evidence
from tocsin.report.model_of_work import Measure, Taken, Week
from tocsin.report.tickets import Case, Told

_Name = Literal["detect", "acknowledge", "respond", "contain", "resolve"]

_OCCURRED, _CONTAINED = "occurred", "contained"
_ANSWERS = frozenset(
    (Evidence.RESPONSE, Evidence.ACTION_PLAN, Evidence.WORKAROUND, Evidence.RESOLUTION, Evidence.CALL_RETURNED)
)

MEANINGS: dict[_Name, str] = {
    "detect": "from when it happened, as the sensor says, to its detection",
    "acknowledge": "from what opened the ticket to the first taking by an analyst",
    "respond": "from what opened the ticket to the first answer, action plan, workaround, resolution or returned call",
    "contain": "from what opened the ticket to the milestone `contained`",
    "resolve": "from what opened the ticket to the resolution that stands",
}
"""The measures, in the order in which a ticket comes to them."""


class _Length(NamedTuple):
    start: Instant
    end: Instant
    offsets: tuple[int, ...]


def measures(case: Case) -> list[Measure]:
    """All measures; one of which nothing is known counts none."""
    opened = [told for told in case.tickets.values() if case.within(_begin(told))]
    return [_measure(name, opened, case) for name in MEANINGS]


def _begin(told: Told) -> Instant:
    """When that happened which opened the ticket."""
    return told.journal[0].event.happened_at


def _measure(name: _Name, opened: list[Told], case: Case) -> Measure:
    found = [(told, length) for told in opened for length in _lengths(name, told) if length.end >= length.start]
    weeks: defaultdict[int, list[int]] = defaultdict(list)
    for _, length in found:
        day = case.day(length.start)
        weeks[day - (day + 3) % 7].append(length.end - length.start)  # 1 January 1970 was a Thursday
    lengths = [length.end - length.start for _, length in found]
    return Measure(
        name=name,
        meaning=MEANINGS[name],
        count=len(lengths),
        median=_median(lengths) if lengths else None,
        p90=_p90(lengths) if lengths else None,
        weeks=[
            Week(monday=f"{to_datetime(day * DAY):%Y-%m-%d}", count=len(it), median=_median(it), p90=_p90(it))
            for day, it in sorted(weeks.items())
        ],
        tickets=[
            Taken(
                ticket=told.ticket.number,
                start=show(length.start),
                end=show(length.end),
                seconds=(length.end - length.start) / SECOND,
                inbox_offsets=list(length.offsets),
            )
            for told, length in found
        ],
    )


def _lengths(name: _Name, told: Told) -> Iterator[_Length]:
    """The length on that ticket; none where it has not come to that."""
    marks, start = told.ticket.marks, _begin(told)
    first = told.journal[0].event.offsets[:1]
    match name:
        case "detect":
            occurred, detected = _first(marks, (_OCCURRED,)), _first(marks, (Evidence.DETECTION,))
            if occurred and detected:
                yield _Length(occurred.at, detected.at, (detected.offset,))
        case "acknowledge":
            taken = (it.event for it in told.journal if it.event.type == TicketAcknowledged.TYPE)
            if earliest := min(taken, key=lambda it: it.happened_at, default=None):
                yield _Length(start, earliest.happened_at, (*first, *earliest.offsets))
        case "respond" | "contain":
            wanted = _ANSWERS if name == "respond" else frozenset((_CONTAINED,))
            if mark := _first(marks, wanted):
                yield _Length(start, mark.at, (*first, mark.offset))
        case "resolve":
            if told.ticket.resolved_at is not None:
                ends = (
                    it.offset for it in marks if it.at == told.ticket.resolved_at and it.kind == Evidence.RESOLUTION
                )
                yield _Length(start, told.ticket.resolved_at, (*first, *ends))


def _first(marks: list[Mark], kinds: Collection[str]) -> Mark | None:
    return min((mark for mark in marks if mark.kind in kinds), default=None)


def _median(lengths: list[int]) -> float:
    """The middle one in seconds; of an even number the mean of both in the middle."""
    ordered = sorted(lengths)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / (2 * SECOND)


def _p90(lengths: list[int]) -> float:
    """The least in seconds that nine of ten do not exceed."""
    ordered = sorted(lengths)
    return ordered[-(-9 * len(ordered) // 10) - 1] / SECOND
