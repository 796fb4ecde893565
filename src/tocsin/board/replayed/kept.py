"""Keeps what a replay has written, beside the board's model: the stories and the tickets that are closed.

They are kept in a file that is gone with the process, since the stories of all tickets are more than memory holds.
"""

import sqlite3

from tocsin.board.stories import Stories
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.snapshot import decode_ticket
from tocsin.messages.record import Record, Topic

_TABLES = """
CREATE TABLE state (ticket BLOB PRIMARY KEY, value BLOB);
CREATE TABLE told (ticket BLOB, topic TEXT, part INT, offset INT, at INT, value BLOB);
CREATE INDEX told_of ON told (ticket);
"""
_STORY = "SELECT topic, part, offset, at, ticket, value FROM told WHERE ticket = ? ORDER BY rowid"


class Kept:
    """A `Lookup` over what was taken."""

    def __init__(self, stories: Stories) -> None:
        self._stories = stories
        self._file = sqlite3.connect("", isolation_level=None)  # a temporary file of its own
        self._file.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")

    def take(self, record: Record) -> None:
        """Keep a record of the tickets, the journal or the alerts."""
        if record.topic is Topic.TICKETS:
            self._file.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (record.key, record.value))
        elif record.topic in (Topic.TICKET_EVENTS, Topic.ALERTS):
            place = record.topic.value, record.partition, record.offset
            told = (record.key, *place, record.timestamp, record.value)
            self._file.execute("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?)", told)

    async def ticket(self, ticket_id: str) -> Ticket | None:
        """See `Lookup`."""
        row = self._file.execute("SELECT value FROM state WHERE ticket = ?", (ticket_id.encode(),)).fetchone()
        return None if row is None or row[0] is None else decode_ticket(row[0])

    async def tell(self, ticket: Ticket) -> None:
        """See `Lookup`."""
        if not self._stories.follow(ticket.id):
            ids = (ticket.id, *(each.id for each in ticket.absorbed))
            self._stories.put(ticket.id, [record for each in ids for record in self._told(each)])

    def _told(self, ticket_id: str) -> list[Record]:
        rows = self._file.execute(_STORY, (ticket_id.encode(),))
        return [Record(Topic(topic), *place) for topic, *place in rows]
