"""Recomputes what follows from an inbox partition, as far as this release judges it."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from tocsin.domain.commands.inbound import SwitchRules
from tocsin.engine.rules import RULES, OtherRules, release_of
from tocsin.engine.shard import Shard
from tocsin.engine.shard_state import NoContract
from tocsin.messages import inbox
from tocsin.messages.inbox import InboxRecordUnreadable
from tocsin.messages.record import Output, Record
from tocsin.verify.report import Stretch

_BATCH = 1_000


class Step(NamedTuple):
    """Outputs in their order; `owed` are those of records before the offset that `fold` was told."""

    outputs: Sequence[Output]
    owed: bool


class Folding:
    """The fold over a partition. `rules` are those that hold where it begins."""

    def __init__(self, shard: Shard, rules: int) -> None:
        self.stretches: list[Stretch] = []
        """The stretches of the log so far."""
        self.fault: str | None = None
        """The reason why the log cannot be folded on."""
        self.unjudged: str | None = None
        """The reason why another release must judge the rest."""
        self._shard = shard
        self._rules = rules

    def fold(self, records: Iterator[Record], border: int, *, singly: bool = False) -> Iterator[Step]:
        """What follows from `records`; what follows from those before the offset `border` is owed.

        `singly`: behind the border one record is applied after the other.
        """
        for batch in _batches(records, border, 1 if singly else _BATCH):
            owed = batch[0].offset < border
            try:
                for chunk in self._shard.fold(batch):
                    yield Step(chunk.outputs, owed)
            except OtherRules as error:
                judged = self._judged_of(batch)
                self._note(judged)
                self.unjudged = str(error)
                self.stretches += stretches(chain(batch[len(judged) :], records), self._rules)
                return
            except (NoContract, ValueError) as error:
                self._note(self._judged_of(batch))
                self.fault = str(error)
                return
            self._note(batch)

    def _judged_of(self, batch: Sequence[Record]) -> Sequence[Record]:
        position = self._shard.position or 0
        return [record for record in batch if record.offset < position]

    def _note(self, judged: Sequence[Record]) -> None:
        if not judged:
            return
        self._rules = RULES
        last = self.stretches.pop() if self.stretches else None
        begin, before = (last.begin, last.records) if last else (judged[0].offset, 0)
        end, records = judged[-1].offset + 1, before + len(judged)
        self.stretches.append(_stretch(RULES, begin, end, records, judged=True))


def _batches(records: Iterator[Record], border: int, behind: int) -> Iterator[list[Record]]:
    """No batch has records on both sides of `border`; one that stands `behind` it has so many at most."""
    batch: list[Record] = []
    for record in records:
        full = _BATCH if record.offset < border else behind
        if batch and (len(batch) >= full or batch[-1].offset < border <= record.offset):
            yield batch
            batch = []
        batch.append(record)
    if batch:
        yield batch


def switch_in(record: Record) -> SwitchRules | None:
    """The switch in a record of the inbox; None where it is something else, or nothing that this release can read."""
    try:
        body = inbox.decode(record).body
    except InboxRecordUnreadable:
        return None
    return body if isinstance(body, SwitchRules) else None


def stretches(records: Iterator[Record], rules: int) -> list[Stretch]:
    """The stretches of `records` by the rules that the log names, first `rules`. None of them is judged."""
    found: list[Stretch] = []
    begin, end, count = 0, 0, 0
    for record in records:
        switch = switch_in(record)
        if switch is not None and switch.version != rules:
            if count:
                found.append(_stretch(rules, begin, end, count))
            rules, count = switch.version, 0
        begin = begin if count else record.offset
        end, count = record.offset + 1, count + 1
    if count:
        found.append(_stretch(rules, begin, end, count))
    return found


def _stretch(rules: int, begin: int, end: int, records: int, *, judged: bool = False) -> Stretch:
    place = {"begin": begin, "end": end, "records": records}
    return Stretch(rules=rules, release=release_of(rules), judged=judged, **place)
