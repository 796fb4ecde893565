"""Looks at every transaction as it is decided: who wrote it, how far it has read, and what it says."""

from collections.abc import Sequence
from typing import Protocol
from zlib import crc32

from tests.simulation.log import Broker, Share, Transaction
from tests.simulation.verdict import require

from tocsin.messages.record import Output, Record
from tocsin.streams.core.port import Source

OWNERS = "no two owners in effect"
OFFSETS = "committed offsets never go back"
TOGETHER = "outputs and offset land together"

_ALL = 1_000_000_000


class Judge(Protocol):
    """Judges what was written for a stretch of one partition."""

    def judge(self, records: Sequence[Record], position: int, outputs: Sequence[Output]) -> None:
        """`outputs` were written for `records`, which lie before `position`. Raises `Violation`."""


class Watch:
    """The witness of the brokers' decisions."""

    def __init__(self, broker: Broker, judges: dict[Source, Judge]) -> None:
        self.transactions = 0
        self.openings = 0
        self.fingerprint = 0
        self.positions = dict.fromkeys(judges, 0)
        self._broker = broker
        self._judges = judges
        self._newest: dict[Source, int] = {}

    def opened(self, source: Source, opening: int) -> None:
        """See `tests.simulation.log.Witness`."""
        self._newest[source] = max(opening, self._newest.get(source, 0))  # one who was overtaken may learn of it late
        self.openings += 1

    def decided(self, transaction: Transaction) -> None:
        """See `tests.simulation.log.Witness`. Raises `Violation`."""
        self.transactions += 1
        for source, share in transaction.shares.items():
            self._judge(source, share)

    def _judge(self, source: Source, share: Share) -> None:
        position = share.position
        self._take_fingerprint(source, share)
        newest = self._newest[source]
        require(share.opening == newest, OWNERS, source, f"the one of opening {share.opening} after {newest}")
        require(position is not None, TOGETHER, source, "outputs without an offset")
        before, position = self.positions[source], position or 0
        require(position >= before, OFFSETS, source, f"{position} after {before}")
        self.positions[source] = position
        records, _ = self._broker.partitions[source].read(before, _ALL)
        taken = [record for record in records if record.offset < position]
        self._judges[source].judge(taken, position, share.outputs)

    def _take_fingerprint(self, source: Source, share: Share) -> None:
        what = repr((self._broker.now, source, share.position)).encode()
        self.fingerprint = crc32(what, self.fingerprint)
        for output in share.outputs:
            self.fingerprint = crc32(output.value or b"", self.fingerprint)
