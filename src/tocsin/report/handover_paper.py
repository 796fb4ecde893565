"""A handover as it is read, and as JSON."""

import json

from tocsin.domain.instant import show
from tocsin.render.text import safe
from tocsin.report import sections
from tocsin.report.handover import LATE, Handover, Row
from tocsin.report.sections import Heading, Paper, Section, Table, cell
from tocsin.story.words import moment, stamp

_TEXT_LENGTH_MAX = 120
_COLUMNS = ("when", "ticket", "client", "priority", "TLP", "what", "state", "who has it", "title")


def paper(found: Handover) -> Paper:
    """The handover in an order in which it can be read aloud."""
    chapters = (
        ("due", "Due", found.due, "Nothing is late, and nothing falls due within the shift."),
        ("untaken", "Nobody has taken", found.untaken, "Everything that is open has been taken."),
        ("promised", "Promised", found.promised, "No callback is owed, no action plan and no date was promised."),
        ("waits", "Waits", found.holds, "No ticket waits."),
    )
    return Paper(_heading(found), tuple(_section(found, *chapter) for chapter in chapters))


def as_json(found: Handover) -> str:
    """The handover as one JSON object; times are RFC 3339."""
    shift = found.shift
    told = {
        "shift": {"role": shift.role, "who": shift.who, "from": show(shift.begins), "to": show(shift.ends)},
        "as_of": show(found.clock),
        "tickets": found.tickets,
        "withheld": found.withheld,
        "due": [_object(row) for row in found.due],
        "holds": [_object(row) for row in found.holds],
        "unacknowledged": [_object(row) for row in found.untaken],
        "promised": [_object(row) for row in found.promised],
        "due_later": found.later,
        "without_date": found.undated,
    }
    return json.dumps(told)


def _object(row: Row) -> dict[str, str | None]:
    return {**row._asdict(), "at": None if row.at is None else show(row.at), "who": row.who or None}


def _heading(found: Handover) -> Heading:
    shift = found.shift
    who = safe(", ".join(shift.who) or "nobody named")
    turn = f"Shift: {stamp(shift.begins, shift.zone)} to {stamp(shift.ends, shift.zone)}, {who}."
    figures = (
        ("Open tickets", f"{found.tickets:,}"),
        ("Due after the shift", f"{found.later:,}"),
        ("Without a date", f"{found.undated:,}"),
        *((("Withheld for their TLP marking", f"{found.withheld:,}"),) if found.withheld else ()),
    )
    subtitle = f"{turn} As of {stamp(found.clock, shift.zone)}, the time of the log."
    return Heading(f"Handover to the {safe(shift.role)}", subtitle, figures)


def _section(found: Handover, anchor: str, title: str, rows: tuple[Row, ...], empty: str) -> Section:
    table = Table(title, _COLUMNS, tuple(_row(found, each) for each in rows))
    return Section(anchor, f"{title} ({len(rows)})", () if rows else (empty,), tables=(table,) if rows else ())


def _row(found: Handover, it: Row) -> sections.Row:
    when = "" if it.at is None else moment(it.at, found.shift.begins, found.shift.zone)
    tlp = f"TLP:{it.tlp.upper()}" if it.tlp else ""
    state = cell(it.state, tone="bad" if it.state == LATE else "")
    words = (safe(text, _TEXT_LENGTH_MAX) for text in (it.number, it.tenant, it.priority, tlp, it.what))
    return sections.row(when, *words, state, safe(it.who, _TEXT_LENGTH_MAX), safe(it.title, _TEXT_LENGTH_MAX))
