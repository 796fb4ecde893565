"""Persons in the files of an installation: tenants, roster, routes, who may look at the board."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tocsin.forgetting.person import Person, plain
from tocsin.forgetting.readings import readings, texts_of


class Line(NamedTuple):
    """A line of a file in which persons stand. It stays until somebody changes the file."""

    file: str
    number: int
    persons: tuple[str, ...]


def lines_with(path: Path, persons: Sequence[Person]) -> Iterator[Line]:
    """The lines of the file at `path` in which they stand. Raises `OSError`."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            said = [plain(reading) for text in texts_of(line) for reading in readings(text)]
            found = tuple(each.written for each in persons if any(map(each.stands_in, said)))
            if found:
                yield Line(path.name, number, found)
