"""Proves that the records of a ticket were in the log when a head of it was signed, without the rest of the log.

A proof discloses the records of that ticket and, of everything else, only hashes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tocsin.audit.chain import NotOfTheJournal, read_link
from tocsin.audit.head import Head
from tocsin.audit.leaf import covered_of, leaf_of
from tocsin.audit.merkle import Tree, is_in_tree, leaf_hash
from tocsin.messages.record import Record, Topic

PROOF_VERSION = 1


class CannotProve(ValueError):  # noqa: N818 - says what is the matter
    """The log does not fit the head, or has no longer what is to be proven."""


class Story(NamedTuple):
    """The places of the records of a ticket: offsets of its journal and of the inputs that caused it."""

    ticket: str
    number: str | None
    tenant: str
    partition: int
    journal: frozenset[int]
    inbox: frozenset[int]

    def offsets(self, topic: Topic) -> frozenset[int]:
        """Its offsets in `topic`."""
        return self.inbox if topic is Topic.INBOX else self.journal


def stories(records: Iterable[Record], name: str) -> Iterator[Story]:
    """The tickets of that id or number in the records of a partition of the journal."""
    found: dict[str, list[tuple[Record, dict[str, Any]]]] = {}
    wanted, spelled = name.upper(), name.upper().encode()
    for record in records:
        if record.value is None or spelled not in record.value.upper():
            continue  # reading each record would take ten times as long
        try:
            event = read_link(record.value).record
        except NotOfTheJournal:
            continue
        names = {str(event.get("ticket")).upper(), str(event.get("number")).upper()}
        if wanted in names and isinstance(event.get("ticket"), str):
            found.setdefault(event["ticket"], []).append((record, event))
    for ticket, of in found.items():
        yield Story(
            ticket,
            next((event["number"] for _, event in of if event.get("number")), None),
            of[0][1]["tenant"],
            of[0][0].partition,
            frozenset(record.offset for record, _ in of),
            frozenset(offset for _, event in of for offset in event.get("offsets", ())),
        )


class Stretch(NamedTuple):
    """The part of a partition that is read for a proof: from behind `base`, or from its beginning, up to `head`."""

    base: Head | None
    head: Head
    offsets: frozenset[int]

    @property
    def start(self) -> int:
        """The first offset that is read."""
        return self.base.end if self.base else 0


def stretch_of(heads: Sequence[Head], offsets: Iterable[int]) -> Stretch | None:
    """The shortest stretch that proves those of `offsets` that a head covers; None if none does."""
    covered = frozenset(offset for offset in offsets if heads and heads[0].first <= offset < heads[-1].end)
    if not covered:
        return None
    head = next(it for it in heads if it.end > max(covered))
    base = next((it for it in reversed(heads) if it.end <= min(covered)), None)
    return Stretch(base, head, covered)


def must_be_there(stretch: Stretch, begin: int) -> None:
    """Raise `CannotProve` where retention has taken what a proof needs: the log begins at the offset `begin`."""
    needed = stretch.base.end if stretch.base else stretch.head.first
    if begin > needed:
        raise CannotProve(
            f"{stretch.head.place} begins at offset {begin}, and the proof needs what stood from {needed} on"
        )


def proven(stretch: Stretch, records: Iterable[Record], at: int) -> list[dict[str, Any]]:
    """An entry of the proof for each record; `at` is the place of the head among those of the proof.

    Raises `CannotProve`.
    """
    head, tree, found = stretch.head, stretch.base.tree() if stretch.base else Tree(), dict[int, Record]()
    for record in records:
        if record.offset >= head.end:
            break
        is_wanted = record.offset in stretch.offsets
        if is_wanted:
            found[tree.size] = record
        tree.append(leaf_hash(leaf_of(record)), follow=is_wanted)
    if missing := stretch.offsets - {record.offset for record in found.values()}:
        raise CannotProve(f"{head.place} has no record at offset {min(missing)} any more")
    root = tree.root()
    if (tree.size, root.hex()) != (head.size, head.root):
        raise CannotProve(
            f"{head.place} is not what was signed up to offset {head.end}; `tocsin audit verify` says why"
        )
    return [_entry(record, index, tree.path(index), head, at) for index, record in found.items()]


def _entry(record: Record, index: int, path: Sequence[bytes], head: Head, at: int) -> dict[str, Any]:
    leaf = leaf_of(record)
    if not is_in_tree(leaf_hash(leaf), index, head.size, path, bytes.fromhex(head.root)):
        raise CannotProve(f"{head.place}, offset {record.offset}: the proof does not hold")
    return {
        "head": at,
        "index": index,
        "leaf": leaf.decode(),
        "path": [each.hex() for each in path],
        "value": covered_of(record.topic, record.value or b"").decode(),
        **_persons(record),
    }


def _persons(record: Record) -> Mapping[str, str]:
    """What a record of the journal tells of persons, as its digest covers it; nothing if they were forgotten."""
    if record.topic is not Topic.TICKET_EVENTS:
        return {}
    persons = json.loads(record.value or b"{}").get("persons")
    return {} if persons is None else {"persons": msgspec.json.encode(persons).decode()}
