"""Events of the journal for audits: plain data, with the names that the records have."""

from typing import Any

import msgspec

from tocsin.domain.instant import Instant, parse
from tocsin.engine.journal import JOURNAL_VERSION


class JournalUnreadable(ValueError):  # noqa: N818 - says what is the matter; the audit stops on it
    """A record that is no journal event of this version."""


class JournalEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event. `persons` is empty if it names no person, or if the person has been forgotten."""

    v: int
    type: str
    at: str
    tenant: str
    ticket: str | None
    number: str | None
    data: dict[str, Any]
    persons: dict[str, Any] = {}
    offsets: tuple[int, ...] = ()

    @property
    def recorded_at(self) -> Instant:
        """The time of the partition's clock when it was decided."""
        return parse(self.at)

    @property
    def happened_at(self) -> Instant:
        """The event time; the recorded time if the event names none."""
        return parse(self.data.get("happened_at", self.at))

    def person(self, name: str) -> str | None:
        """The text that the event has under `name` about a person; None without one."""
        told = self.persons.get(name)
        return told if isinstance(told, str) and told else None


_decode = msgspec.json.Decoder(JournalEvent).decode


def read_event(value: bytes | None) -> JournalEvent:
    """The event in the value of a record. Raises `JournalUnreadable`."""
    try:
        event = _decode(value or b"")
    except msgspec.MsgspecError as error:
        raise JournalUnreadable(f"no event of the journal: {error}") from None
    if event.v > JOURNAL_VERSION:
        raise JournalUnreadable(f"a newer version of Tocsin has written it (format {event.v})")
    return event
