"""The base of all parts of a report, and the place of a record."""

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a report."""


class Place(Part, frozen=True, kw_only=True):
    """The place of a record in the log."""

    topic: str
    partition: int
    offset: int
