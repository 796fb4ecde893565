"""The places in one record where persons stand."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tocsin.forgetting.parts import parts_of
from tocsin.forgetting.person import Person, plain
from tocsin.forgetting.readings import is_what_it_says, readings
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
    whole = _standing_in(data.decode("utf-8", "replace"), persons) if is_what_it_says(data) else None
    if whole == {}:
        return {}  # nearly always
    found: dict[str, dict[str, None]] = {}
    for part in parts_of(data):
        for text in readings(part.text):
            if standing := _standing_in(text, persons):
                found.setdefault(part.field, {}).update(standing)
    fields = {name for field, standing in found.items() if field for name in standing}
    if fields.issuperset(found.get("", ())):
        found.pop("", None)  # it stands in a field, and so in all of it
    return found or ({"": whole} if whole else {})


def _standing_in(text: str, persons: Sequence[Person]) -> dict[str, None]:
    searched = plain(text)
    return {each.written: None for each in persons if each.stands_in(searched)}
