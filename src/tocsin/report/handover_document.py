"""A handover as Markdown, HTML and JSON. What strangers wrote in it is harmless text in all three."""

import json
import re
from html import escape
from typing import NamedTuple

from tocsin.domain.instant import Instant, show
from tocsin.render.text import safe
from tocsin.report.handover import Handover, Row
from tocsin.story.words import moment, stamp

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~&!])")
_TITLE_LENGTH_MAX = 120
_COLUMNS = ("when", "ticket", "client", "priority", "TLP", "what", "state", "who has it", "title")
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:75rem}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #bbb;padding:.2rem .5rem;text-align:left;vertical-align:top}"
    ".late{font-weight:bold}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}"
)


class _Section(NamedTuple):
    """A list with its heading, and what stands there where it is empty."""

    heading: str
    rows: tuple[Row, ...]
    empty: str


def markdown(found: Handover) -> str:
    """The handover for a ticket system, a chat or a terminal."""
    lines = [f"# {_md(_title(found))}", "", *(f"- {_md(line)}" for line in _summary(found))]
    for section in _sections(found):
        lines += ["", f"## {section.heading} ({len(section.rows)})", ""]
        if not section.rows:
            lines.append(section.empty)
            continue
        lines += [f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}"]
        lines += [f"| {' | '.join(map(_md, _cells(row, found)))} |" for row in section.rows]
    return "\n".join(lines) + "\n"


def html(found: Handover) -> str:
    """The handover as one page that needs no network."""
    title = escape(_title(found))
    parts = ["".join(f"<li>{escape(line)}</li>" for line in _summary(found))]
    parts = [f"<h1>{title}</h1><ul>{parts[0]}</ul>"]
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    for section in _sections(found):
        rows = "".join(_tr(row, found) for row in section.rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        parts.append(f"<h2>{section.heading} ({len(section.rows)})</h2>{table if rows else f'<p>{section.empty}</p>'}")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def document(found: Handover) -> str:
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


def _title(found: Handover) -> str:
    return f"Handover to the {safe(found.shift.role)}"


def _summary(found: Handover) -> list[str]:
    shift = found.shift
    who = ", ".join(shift.who) or "nobody named"
    lines = [
        f"Shift: {stamp(shift.begins, shift.zone)} to {stamp(shift.ends, shift.zone)}, {safe(who)}",
        f"As of {stamp(found.clock, shift.zone)}, the time of the log",
        f"Open tickets: {found.tickets}; due after the shift: {found.later}; without a date: {found.undated}",
    ]
    if found.withheld:
        lines.append(f"Tickets whose content is withheld for their TLP marking: {found.withheld}")
    return lines


def _sections(found: Handover) -> tuple[_Section, ...]:
    return (
        _Section("Due", found.due, "Nothing is late, and nothing falls due within the shift."),
        _Section("Nobody has taken", found.untaken, "Everything that is open has been taken."),
        _Section("Promised", found.promised, "No callback is owed, no action plan and no date was promised."),
        _Section("Waits", found.holds, "No ticket waits."),
    )


def _cells(row: Row, found: Handover) -> tuple[str, ...]:
    tlp = f"TLP:{row.tlp.upper()}" if row.tlp else ""
    texts = (row.number, row.tenant, row.priority, tlp, row.what, row.state, row.who, row.title)
    return (_when(row.at, found), *(safe(text, _TITLE_LENGTH_MAX) for text in texts))


def _when(at: Instant | None, found: Handover) -> str:
    return "" if at is None else moment(at, found.shift.begins, found.shift.zone)


def _md(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _tr(row: Row, found: Handover) -> str:
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in _cells(row, found))
    return f'<tr class="{"late" if row.state == "late" else "row"}">{cells}</tr>'
