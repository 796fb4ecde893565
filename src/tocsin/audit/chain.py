"""The hash chain of the journal: every record carries the hash of the record before it in its partition.

The hash covers a record without `persons`, of which it covers a digest. So a person can be forgotten (`persons`
removed) and the chain still holds; a record that was added, changed, moved or left out breaks it.
"""

import json
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tocsin.messages.strict_json import unique_keys

_encode = msgspec.json.Encoder().encode


class NotOfTheJournal(ValueError):  # noqa: N818 - says what is the matter
    """The value of a record that is no record of the journal."""


class Link(NamedTuple):
    """A record of the journal in the chain."""

    record: dict[str, Any]
    covered: bytes
    """The bytes that its hash covers."""


def read_link(value: bytes | None) -> Link:
    """The record in the value of a record. Raises `NotOfTheJournal`."""
    try:
        record = json.loads(value or b"", object_pairs_hook=unique_keys)
        covered = {name: told for name, told in record.items() if name not in ("persons", "hash")}
        return Link(record, _encode(covered))
    except (ValueError, TypeError, AttributeError, RecursionError, msgspec.MsgspecError) as error:
        raise NotOfTheJournal("is no record of the journal") from error


class Fault(NamedTuple):
    """What is wrong with what was kept, and where."""

    place: str
    why: str


class Chain:
    """The chain of one partition. If reading begins later than the partition, its first record is taken on trust.

    `head` is the hash of the last record that holds. With a copy of it kept elsewhere, a later check can tell that no
    record before it was replaced.
    """

    def __init__(self, *, from_beginning: bool) -> None:
        self.head = "" if from_beginning else None
        self.records = 0
        self.forgotten = 0
        self.fault: Fault | None = None

    def take(self, value: bytes | None, place: str) -> None:
        """Check the next record, which stands at `place`. Records after the first fault are not checked."""
        if self.fault:
            return
        try:
            link = read_link(value)
            why = self._why_not(link)
        except (NotOfTheJournal, KeyError, TypeError):
            why = "is no record of the journal"
        if why:
            self.fault = Fault(place, why)
            return
        self.head = link.record["hash"]
        self.records += 1
        self.forgotten += "persons_digest" in link.record and "persons" not in link.record

    def document(self) -> dict[str, Any]:
        """The chain for machines."""
        fault = {"at": self.fault.place, "why": self.fault.why} if self.fault else None
        return {"records": self.records, "forgotten": self.forgotten, "head": self.head, "fault": fault}

    def _why_not(self, link: Link) -> str:
        record = link.record
        if sha256(link.covered).hexdigest() != record["hash"]:
            return "has been changed"
        if self.head is not None and record["prev"] != self.head:
            return "does not follow on the record before it"
        persons = record.get("persons")
        if persons is not None and sha256(_encode(persons)).hexdigest() != record["persons_digest"]:
            return "has been changed in what it says of persons"
        return ""
