"""Places as lines for people, and as JSON for machines."""

from collections.abc import Iterator
from typing import Any

from tocsin.domain.instant import Instant, show
from tocsin.forgetting.files import Line
from tocsin.forgetting.search import Place

_IN_A_FILE = "change the file; what was adopted from it stands in the log"
_STAYS = "-"


def line(found: Place | Line) -> str:
    """One place: where, when, in which field, who, of which ticket."""
    if isinstance(found, Line):
        return f"{found.file}  line {found.number}  {_who(found.persons)}"
    where = f"{found.topic}  {found.partition}/{found.offset}  {show(found.at)}"
    return f"{where}  {_part(found)}  {_who(found.persons)}  {found.ticket or _STAYS}"


def document(found: Place | Line) -> dict[str, Any]:
    """The same for machines, with until when it is kept and what could remove it sooner."""
    if isinstance(found, Line):
        return {"file": found.file, "line": found.number, "persons": found.persons, "removal": _IN_A_FILE}
    until = None if found.kept_until is None else show(found.kept_until)
    return {**found._asdict(), "at": show(found.at), "kept_until": until}


class Summary:
    """Counts places by topic and by what could remove them, with the time until which the last one is kept."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], tuple[int, Instant | None]] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def note(self, found: Place | Line) -> None:
        """Count one more."""
        if isinstance(found, Line):
            key, until = (found.file, _IN_A_FILE), None
        else:
            key, until = (found.topic, found.removal), found.kept_until
        count, last = self._counts.get(key, (0, None))
        self._counts[key] = (count + 1, until if last is None or until is None else max(last, until))

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Where, how many, until when the last one is kept, and what could remove it sooner."""
        for (where, removal), (count, last) in self._counts.items():
            yield where, str(count), _STAYS if last is None else show(last), removal


def _part(found: Place) -> str:
    return found.field if found.part == "value" and found.field else f"{found.part} {found.field}".rstrip()


def _who(persons: tuple[str, ...]) -> str:
    return ", ".join(persons)
