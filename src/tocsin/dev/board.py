"""The board of `tocsin dev`: tickets with their clocks, alerts as they fire, dead letters, the shift."""

from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tocsin.domain.instant import MINUTE, Instant, to_datetime
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.snapshot import decode_ticket
from tocsin.messages.record import Record, Topic
from tocsin.render.durations import m_ss
from tocsin.render.table import cell
from tocsin.render.text import safe
from tocsin.render.ticket import next_clock
from tocsin.render.timeline import readable

_KEPT = 50
_FRAME_LINES = 3  # a panel's two borders and its table's head
_HAPPENINGS_SHOWN = 3
_DEAD_LETTERS_SHOWN = 1
_MAILS_SHOWN = 3
_NEAR = 5 * MINUTE
_KIND_STYLES = {
    "breached": "bold red",
    "callback_overdue": "bold red",
    "escalated": "yellow",
    "at_risk": "yellow",
    "channel_violation": "magenta",
    "cleared": "green",
    "forgotten": "dim",
    "corrected": "bold green",
}


class Board:
    """Takes records as they are read, and can be drawn at any time.

    `take` and `happened` return the same as a line of text, for output that is no terminal.
    """

    def __init__(self) -> None:
        self._tickets: dict[bytes, Ticket] = {}
        self._alerts: deque[tuple[Instant, dict[str, Any]]] = deque(maxlen=_KEPT)
        self._dead_letters: deque[str] = deque(maxlen=_KEPT)
        self._happenings: deque[str] = deque(maxlen=_KEPT)
        self._mails: deque[str] = deque(maxlen=_KEPT)
        self.alerts = 0
        self.dead_letters = 0

    def take(self, record: Record) -> str | None:
        """Show a record of `soc.tickets`, `soc.alerts` or `soc.dead-letters`."""
        match record.topic:
            case Topic.TICKETS:
                return self._take_ticket(record)
            case Topic.ALERTS:
                self.alerts += 1
                self._alerts.append((record.timestamp, msgspec.json.decode(record.value or b"{}")["data"]))
            case _:
                self.dead_letters += 1
                self._dead_letters.append(readable(record))
        return readable(record)

    def happened(self, says: str, at: Instant) -> str:
        """Show a happening of the shift."""
        line = f"{_time(at)}  {says}"
        self._happenings.append(line)
        return f"{line[:8]}  ~ {says}"

    def mailed(self, to: str, subject: str, link: str | None, at: Instant) -> str:
        """Show a mail that notify has sent."""
        self._mails.append(f"{_time(at)}  {safe(to)}: {safe(subject)}")
        answer = f"\n            answer: {safe(link, len(link))}" if link else ""
        return f"{_time(at)}  @ mail to {safe(to)}: {safe(subject)}{answer}"

    def _take_ticket(self, record: Record) -> str | None:
        key = record.key or b""
        if record.value is None:
            self._tickets.pop(key, None)
            return None
        ticket = decode_ticket(record.value)
        known = self._tickets.get(key)
        self._tickets[key] = ticket
        if known and known.stage == ticket.stage:
            return None
        what = f"opened, {ticket.priority}" if known is None else ticket.stage
        related = f" (may belong to {', '.join(map(safe, ticket.related))})" if ticket.related and known is None else ""
        return f"{_time(record.timestamp)}  {safe(ticket.number):<14} {what}: {safe(ticket.title)}{related}"

    def draw(self, now: Instant, pace: str, notes: Iterable[str], height: int) -> RenderableType:
        """The whole board for a terminal of `height` lines; `pace` says how fast its time runs."""
        notes = tuple(notes)
        happenings = list(self._happenings)[-_HAPPENINGS_SHOWN:]
        dead_letters = list(self._dead_letters)[-_DEAD_LETTERS_SHOWN:]
        mails = list(self._mails)[-_MAILS_SHOWN:]
        shown = _HAPPENINGS_SHOWN, _DEAD_LETTERS_SHOWN, _MAILS_SHOWN
        taken = 2 + len(notes) + 2 * len(shown) + sum(shown) + 2 * _FRAME_LINES
        rows = max(6, height - taken)
        return Group(
            Text.assemble(("Tocsin", "bold"), f"  {_time(now)} UTC, {pace}"),
            Panel(self._tickets_table(now, rows // 2), title=f"open tickets ({self._open()})", title_align="left"),
            Panel(self._alerts_table(rows - rows // 2), title=f"alerts ({self.alerts})", title_align="left"),
            Panel(_lines(mails), title="mail to people", title_align="left"),
            Panel(_lines(happenings), title="the shift", title_align="left", style="dim"),
            Panel(_lines(dead_letters), title=f"dead letters ({self.dead_letters})", title_align="left"),
            *(Text(note, style="dim", overflow="fold") for note in notes),
        )

    def _open(self) -> int:
        return sum(ticket.open for ticket in self._tickets.values())

    def _tickets_table(self, now: Instant, rows: int) -> Table:
        table = _table("ticket", "prio", "stage", "next promise", "time left", "title")
        due = [(next_clock(ticket), ticket) for ticket in self._tickets.values() if ticket.open]
        due.sort(key=lambda pair: (pair[0] is None, pair[0].deadline or 0 if pair[0] else 0, pair[1].number))
        for clock, ticket in due[:rows]:
            objective = clock.objective if clock else "all kept"
            left = _left(clock.deadline - now) if clock and clock.deadline is not None else Text("")
            cells = cell(ticket.number), cell(ticket.priority), cell(ticket.stage), cell(objective), left
            table.add_row(*cells, cell(ticket.title))
        return table

    def _alerts_table(self, rows: int) -> Table:
        table = _table("time", "alert", "ticket", "prio", "promise", "to", "clause")
        for at, data in list(self._alerts)[-rows:]:
            kind = Text(safe(str(data.get("kind"))), style=_KIND_STYLES.get(data.get("kind", ""), ""))
            facts = (data.get(name) for name in ("number", "priority", "objective", "role", "clause"))
            table.add_row(cell(_time(at)), kind, *map(cell, facts))
        return table


def _table(*columns: str) -> Table:
    table = Table(box=None, expand=True, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=True, overflow="ellipsis", ratio=1 if column in ("title", "clause") else None)
    return table


def _lines(lines: Iterable[str]) -> Text:
    return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


def _left(milliseconds: int) -> Text:
    if milliseconds < 0:
        return Text(f"{m_ss(-milliseconds)} late", style="bold red")
    return Text(m_ss(milliseconds), style="yellow" if milliseconds < _NEAR else "")


def _time(at: Instant) -> str:
    return to_datetime(at).strftime("%H:%M:%S")
