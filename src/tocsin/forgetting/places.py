"""The places in one record where persons stand."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tocsin.forgetting.parts import Part, parts_of
from tocsin.forgetting.person import Person, plain
from tocsin.forgetting.readings import is_what_it_says, may_encode, readings
from tocsin.messages.record import Record


class Mention(NamedTuple):
    """`persons` stand in this field of a part of a record: `key`, `value` or `header NAME`."""

    part: str
    field: str
    persons: tuple[str, ...]


def mentions(record: Record, persons: Sequence[Person]) -> Iterator[Mention]:
    """Where `persons` stand in `record`, each field once."""
    held = [("key", record.key), ("value", record.value)]
    held += ((f"header {name}", value) for name, value in record.headers)
    for part, data in held:
        if data:
            for field, found in _fields(data, persons).items():
                yield Mention(part, field, tuple(found))
    for name, _ in record.headers:
        if found := _standing_in(name, persons):
            yield Mention("header", "its name", tuple(found))


def _fields(data: bytes, persons: Sequence[Person]) -> dict[str, dict[str, None]]:
    """The fields in which persons stand, each with those persons in order."""
    if is_what_it_says(data) and not _may_name([Part("", data.decode("ascii"))], persons):
        return {}  # nearly always
    parts = list(parts_of(data))
    if not _may_name(parts, persons):
        return {}
    found: dict[str, dict[str, None]] = {}
    for part in parts:
        for text in readings(part.text):
            if standing := _standing_in(text, persons):
                found.setdefault(part.field, {}).update(standing)
    fields = {name for field, standing in found.items() if field for name in standing}
    if fields.issuperset(found.get("", ())):
        found.pop("", None)  # it stands in a field, and so in all of it
    return found


def _may_name(parts: Sequence[Part], persons: Sequence[Person]) -> bool:
    """True if persons may stand in one of these: all texts at once, and those by themselves that encode something."""
    if _standing_in("\n".join(part.text for part in parts), persons):
        return True
    encoding = (part.text for part in parts if may_encode(part.text))
    return any(_standing_in(reading, persons) for text in encoding for reading in readings(text))


def _standing_in(text: str, persons: Sequence[Person]) -> dict[str, None]:
    searched = plain(text)
    return {each.written: None for each in persons if each.stands_in(searched)}
