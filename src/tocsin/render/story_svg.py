"""The timeline of a ticket as one picture: stages, each promise as a bar of its intervals, alerts and pages as marks.

The file has no script and asks for nothing from outside; it is dark or light as its reader prefers, and white in print.
The same timeline gives the same bytes.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from tocsin.contracts.words import show_length
from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from tocsin.domain.time.opening_hours import Why
from tocsin.render.text import safe
from tocsin.story.explain import Explained
from tocsin.story.timeline import Entry, Timeline
from tocsin.story.words import UTC, local, offset, stamp

_WIDTH, _LEFT, _RIGHT = 1280, 190, 24
_TOP, _BAR, _LANE, _ROW, _MARK = 128, 22, 74, 22, 18
_TICKS_MAX = 8
_TICKS = (
    *(MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY, 3650 * DAY),
)
_LISTED_MAX = 60
_LETTER = 7.5  # the width of one, about
_LATER = ("TicketClosed", "TicketForgotten", "forgotten", "IncidentsClosed")
_TONES = {"late": "late b", "kept late": "late b", "at risk": "risk b", "kept in time": "kept b"}
_PAGES = ("PageAttempted", "PageAccepted", "PageFailed", "PageAnswered")

_STYLE = """
svg { --ground: #ffffff; --ink: #17191c; --soft: #575c63; --line: #dcd9d1; --counted: #2d6147; --closed: #e4e1d8;
  --holiday: #a89460; --paused: #6f88c8; --maintenance: #8d85a8; --late: #b0121e; --risk: #9a6100; --kept: #2d6147;
  --stage: #edf0f8; font-family: "Inter", "Helvetica Neue", "Segoe UI", system-ui, "Open Sans", sans-serif;
  font-size: 14px; font-variant-numeric: tabular-nums; background: var(--ground); }
@media (prefers-color-scheme: dark) { svg { --ground: #131517; --ink: #f1efe9; --soft: #a9aeb5; --line: #31363b;
  --counted: #6fb894; --closed: #3d434a; --holiday: #7d6d4a; --paused: #7c93cf; --maintenance: #7c74a0; --late: #ff8a80;
  --risk: #f4c25b; --kept: #8cc4a6; --stage: #1d222e; } }
@media print { svg { --ground: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --counted: #2d6147;
  --closed: #e4e1d8; --holiday: #a89460; --paused: #6f88c8; --maintenance: #8d85a8; --late: #b0121e; --risk: #7a4a00;
  --kept: #2d6147; --stage: #edf0f8; -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
text { fill: var(--ink); } .soft { fill: var(--soft); font-size: 12px; paint-order: stroke;
  stroke: var(--ground); stroke-width: 3px; } .h { font-size: 22px; font-weight: 650; }
.b { font-weight: 650; } .end { text-anchor: end; } .mid { text-anchor: middle; } .grid { stroke: var(--line); }
.ground { fill: var(--ground); } .stage { fill: var(--stage); stroke: var(--line); } .counted { fill: var(--counted); }
.closed { fill: var(--closed); } .holiday, .freeze, .excluded { fill: url(#holiday); }
.paused { fill: url(#paused); } .maintenance { fill: url(#maintenance); } .late { fill: var(--late); }
.risk { fill: var(--risk); } .kept { fill: var(--kept); } .none { fill: var(--soft); }
.due { stroke: var(--ink); stroke-width: 2; }
.ink-holiday { fill: var(--holiday); } .ink-paused { fill: var(--paused); }
.ink-maintenance { fill: var(--maintenance); }
.now { stroke: var(--soft); stroke-dasharray: 2 4; } .open { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; }
.n { fill: var(--ground); font-size: 11px; font-weight: 650; text-anchor: middle; }
"""


_PATTERNS = """<defs>
<pattern id="paused" width="10" height="8" patternUnits="userSpaceOnUse" patternTransform="skewX(-40)"><rect
 class="ink-paused" width="6" height="8"/></pattern>
<pattern id="holiday" width="8" height="8" patternUnits="userSpaceOnUse"><rect
 class="ink-holiday" width="5" height="8"/></pattern>
<pattern id="maintenance" width="8" height="4" patternUnits="userSpaceOnUse"><rect
 class="ink-maintenance" width="8" height="2"/></pattern>
</defs>"""


class _Axis(NamedTuple):
    """The time that the picture shows, from left to right."""

    start: Instant
    end: Instant
    zone: Zone | str

    def x(self, at: Instant) -> float:
        share = (min(max(at, self.start), self.end) - self.start) / (self.end - self.start)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    @property
    def step(self) -> int:
        """The time between two ticks."""
        length = self.end - self.start
        return next((it for it in _TICKS if length / it <= _TICKS_MAX), _TICKS[-1])

    def ticks(self) -> Iterator[Instant]:
        """Round times of the zone's clocks."""
        ahead = int((local(self.start, self.zone) - local(self.start, UTC)).total_seconds()) * SECOND
        at = -(-(self.start + ahead) // self.step) * self.step - ahead
        while at <= self.end:
            yield at
            at += self.step


class _Sheet:
    """Collects what is drawn, from the top down; `y` is where the next lane begins."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.axis = _axis(timeline)
        self.parts: list[str] = []
        self.y = _TOP

    def text(self, x: float, y: float, text: str, kind: str = "", length_max: int = 150) -> None:
        self.parts.append(f'<text x="{x:g}" y="{y:g}" class="{kind}">{_escaped(text, length_max)}</text>')

    def box(self, ends: tuple[Instant, Instant], y: float, height: float, kind: str, title: str = "") -> None:
        """A stretch of time, never so short that it cannot be seen."""
        x = self.axis.x(ends[0])
        width = max(round(self.axis.x(ends[1]) - x, 1), 1)
        told = f"<title>{_escaped(title)}</title>" if title else ""
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" class="{kind}">{told}</rect>'
        )

    def line(self, x: float, y: float, length: float, kind: str) -> None:
        """A line down."""
        self.parts.append(f'<path d="M{x:g} {y:g}v{length:g}" class="{kind}"/>')


def picture(timeline: Timeline) -> str:
    """The picture as the text of an SVG file."""
    sheet = _Sheet(timeline)
    marked = [it for it in timeline.entries if it.alert or it.kind in _PAGES]
    numbers = {it: number for number, it in enumerate(marked, start=1)}
    _stages(sheet)
    for promise in timeline.promises:
        _promise(sheet, promise)
    _marks(sheet, "Alerts", {it: number for it, number in numbers.items() if it.alert})
    _marks(sheet, "Pages", {it: number for it, number in numbers.items() if not it.alert})
    lanes, sheet.parts = sheet.parts, []
    _head(sheet)
    _grid(sheet)
    sheet.parts += lanes
    _list(sheet, numbers)
    return _file(sheet)


def _axis(timeline: Timeline) -> _Axis:
    """From the first event to the last that matters: what is only forgotten or closed long after is left outside."""
    times = [it.at for it in timeline.entries if it.kind not in _LATER]
    times += [at for it in timeline.promises for at in (it.started_at, it.deadline, it.fulfilled_at) if at is not None]
    start, end = min(times, default=timeline.now), max(times, default=timeline.now)
    room = max((end - start) // 50, MINUTE)
    return _Axis(start - room, end + room, timeline.zone)


def _head(sheet: _Sheet) -> None:
    timeline, ticket = sheet.timeline, sheet.timeline.ticket
    title = ticket.title if ticket else "its opening is not in this log any more"
    sheet.text(24, 36, f"{timeline.number}  {title}", "h", 80)
    facts = [timeline.tenant, *((ticket.priority, ticket.stage.replace("_", " ")) if ticket else ())]
    facts += [f"{it.how} {it.number}".strip() for it in timeline.relations]
    sheet.text(24, 60, " \u00b7 ".join(facts), "soft", 200)
    sheet.text(24, 78, f"Times are those of {timeline.zone_name}; as of {stamp(timeline.now, timeline.zone)}", "soft")


def _grid(sheet: _Sheet) -> None:
    """The time: a line for each tick, and one for how far the log goes."""
    day, axis = "", sheet.axis
    for at in axis.ticks():
        x, when = axis.x(at), local(at, axis.zone)
        sheet.line(x, _TOP, sheet.y - _TOP, "grid")
        if f"{when:%d %b}" != day:
            day = f"{when:%d %b}"
            side = "end" if x > _WIDTH - 90 else "mid"
            sheet.text(x, _TOP - 22, f"{when:%a} {when.day} {when:%b %Y} {offset(at, axis.zone)}", f"soft {side}")
        if axis.step < DAY:
            sheet.text(x, _TOP - 6, f"{when:%H:%M}", "soft mid")
    if axis.start < sheet.timeline.now < axis.end:
        sheet.line(axis.x(sheet.timeline.now), _TOP, sheet.y - _TOP, "now")


def _stages(sheet: _Sheet) -> None:
    stages = sheet.timeline.stages
    sheet.text(24, sheet.y + 15, "Stage", "b")
    ends = (*(at for at, _ in stages[1:]), sheet.timeline.now)
    for (at, stage), end in zip(stages, ends, strict=False):  # there may be no stage
        name = stage.replace("_", " ")
        sheet.box((at, end), sheet.y, _BAR, "stage", f"{name} from {stamp(at, sheet.axis.zone)}")
        room = int((sheet.axis.x(end) - sheet.axis.x(at)) / _LETTER)
        if room >= len(name):
            sheet.text(sheet.axis.x(at) + 5, sheet.y + 15, name)
    sheet.y += _BAR + 26


def _promise(sheet: _Sheet, it: Explained) -> None:
    """A bar of the intervals until the deadline, which is a line across; a triangle is when it was kept."""
    y, zone = sheet.y, sheet.axis.zone
    cycle = f" {it.cycle}" if it.cycle > 1 else ""
    sheet.text(24, y + 15, f"{it.objective.replace('_', ' ').capitalize()}{cycle}", "b", 24)
    sheet.text(24, y + 32, f"{it.counts_at} \u00b7 {it.state}", _TONES.get(it.state, "soft"), 28)
    for span in it.spans:
        counted = span.why is Why.COUNTED
        ends = f"{stamp(span.start, zone)} to {stamp(span.end, zone)}"
        title = f"{span.why} {show_length(span.end - span.start)}, {ends}"
        sheet.box((span.start, span.end), y if counted else y + 5, _BAR if counted else _BAR - 10, span.why, title)
    if not it.spans:
        sheet.box((it.started_at, it.fulfilled_at or sheet.timeline.now), y + 5, _BAR - 10, "open")
    if it.deadline is not None:
        sheet.line(sheet.axis.x(it.deadline), y - 4, _BAR + 8, "due")
    if it.fulfilled_at is not None:
        x = sheet.axis.x(it.fulfilled_at)
        kind = "kept" if it.state == "kept in time" else "late"
        title = f"kept at {stamp(it.fulfilled_at, zone)}"
        sheet.parts.append(
            f'<path d="M{x:g} {y + _BAR:g}l-6 11h12z" class="{kind}"><title>{_escaped(title)}</title></path>'
        )
    sheet.text(_LEFT, y + _BAR + 26, " \u00b7 ".join(_sum(it, zone)), "soft", 170)
    sheet.y += _LANE


def _sum(it: Explained, zone: Zone | str) -> Iterator[str]:
    yield f"promised: {it.promised}" if it.promised else "by a contract that is not in this log"
    yield from (f"{show_length(it.total(why))} {why}" for why in Why if it.total(why))
    if it.deadline is not None:
        yield f"due {stamp(it.deadline, zone)}"
    if it.fulfilled_at is not None:
        yield f"kept {stamp(it.fulfilled_at, zone)}"


def _marks(sheet: _Sheet, name: str, numbers: dict[Entry, int]) -> None:
    """A numbered mark for each; those that come too close stand under each other."""
    if not numbers:
        return
    sheet.text(24, sheet.y + 14, name, "b")
    rows: list[float] = []
    for entry, number in numbers.items():
        x = sheet.axis.x(entry.at)
        row = next((place for place, taken in enumerate(rows) if x - taken >= _MARK), len(rows))
        rows[row : row + 1] = [x]
        y = sheet.y + 9 + row * _MARK
        title = f"{stamp(entry.at, sheet.axis.zone)} {entry.what}"
        sheet.parts.append(
            f'<g><title>{_escaped(title)}</title><circle cx="{x:g}" cy="{y:g}" r="8" class="{entry.tone or "none"}"/>'
            f'<text x="{x:g}" y="{y + 4:g}" class="n">{number}</text></g>'
        )
    sheet.y += len(rows) * _MARK + 22


def _list(sheet: _Sheet, numbers: dict[Entry, int]) -> None:
    """What the numbers stand for, and what the colours do."""
    sheet.y += 14
    x = 24
    used = {span.why for it in sheet.timeline.promises for span in it.spans}
    for why in (it for it in Why if it in used):
        sheet.parts.append(f'<rect x="{x}" y="{sheet.y}" width="14" height="14" class="{why}"/>')
        sheet.text(x + 20, sheet.y + 12, why)
        x += 120
    sheet.parts.append(f'<path d="M{x + 4} {sheet.y - 2}v18" class="due"/>')
    sheet.text(x + 12, sheet.y + 12, "deadline")
    sheet.parts.append(f'<path d="M{x + 106} {sheet.y + 2}l-6 11h12z" class="kept"/>')
    sheet.text(x + 118, sheet.y + 12, "kept")
    sheet.y += 44
    for entry, number in list(numbers.items())[:_LISTED_MAX]:
        sheet.text(52, sheet.y, str(number), f"end b {entry.tone}")
        sheet.text(64, sheet.y, stamp(entry.at, sheet.axis.zone), "soft")
        inbox = f" (inbox {', '.join(map(str, entry.inbox))})" if entry.inbox else ""
        who = f" \u00b7 {', '.join(entry.who)}" if entry.who and not entry.alert else ""
        facts = "".join(f" \u00b7 {value}" for _, value in entry.facts if entry.alert)
        sheet.text(244, sheet.y, f"{entry.what}{who}{facts}{inbox}", "", 140)
        sheet.y += _ROW
    if len(numbers) > _LISTED_MAX:
        sheet.text(64, sheet.y, f"{len(numbers) - _LISTED_MAX} more are not listed here.", "soft")
        sheet.y += _ROW


def _file(sheet: _Sheet) -> str:
    timeline, height = sheet.timeline, sheet.y + 16
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    said = "; ".join(f"{it.objective.replace('_', ' ')} {it.state}" for it in timeline.promises)
    promises = f"Its stages, promises ({said or 'none'}), alerts and pages."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc" lang="en">\n'
        f'<title id="title">{_escaped(f"Timeline of ticket {timeline.number}")}</title>\n'
        f'<desc id="desc">{_escaped(promises, 1_000)}</desc>\n'
        f"<style>{_STYLE}</style>\n{_PATTERNS}\n"
        f'<rect width="{_WIDTH}" height="{height}" class="ground"/>\n' + "\n".join(sheet.parts) + "\n</svg>\n"
    )


def _escaped(text: str, length_max: int = 300) -> str:
    return escape(safe(text, length_max))
