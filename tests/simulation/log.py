"""A simulated Kafka: what the port's promises rest on, and what makes them hard to keep.

Records of a transaction take their places in the log before it is decided, and nobody who reads `read_committed` gets
past the first of them until then (last stable offset). Aborted records and markers leave holes in the offsets. After
the decision the markers, and the committed offset, land one by one, each in its own time. A transactional id has an
epoch, and who comes with an older one is fenced.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, Protocol

from tests.simulation.loop import MILLISECOND, SECOND, Scheduler
from tests.simulation.partition import Partition, Piece

from tocsin.domain.instant import Instant
from tocsin.messages.record import Output, Record, Topic
from tocsin.streams.core.port import FencedError, Source

TRANSACTION_TIMEOUT = 10 * SECOND
MARKER_DELAY = 10 * MILLISECOND  # at most, as long as nothing is wrong

_SNAPSHOTS = (Topic.TICKETS, Topic.TENANTS)


@dataclass(eq=False, slots=True)
class Share:
    """What a transaction holds of one source: what came of it, how far it was read, which writer its offset names.

    `opening` is the opening of the source under which it was written: they are counted.
    """

    opening: int
    outputs: list[Output] = field(default_factory=list)
    position: int | None = None
    name: str = ""
    written: int = 0  # the number of the record that holds the position: they are counted


@dataclass(eq=False, slots=True)
class Transaction:
    """What a writer has asked to be written together."""

    pieces: dict[Source, Piece] = field(default_factory=dict)
    shares: dict[Source, Share] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class TransactionalId:
    """What the coordinator knows of it."""

    epoch: int = -1
    transaction: Transaction | None = None
    completing: bool = False


class Witness(Protocol):
    """Who looks on as things are decided."""

    def opened(self, source: Source, opening: int) -> None:
        """A writer of the source is open, by the `opening`-th start of a producer: no earlier one can commit."""

    def decided(self, transaction: Transaction) -> None:
        """The transaction is committed, though its markers are yet to be written."""


class Broker:
    """The cluster: partitions, transactions, the group's offsets, and a clock for each partition."""

    def __init__(self, scheduler: Scheduler, random: Random, epoch: Instant) -> None:
        """`epoch` is what the clocks say at the beginning."""
        self.partitions: dict[Source, Partition] = {}
        self.committed: dict[Source, int] = {}
        self.named: dict[Source, str] = {}  # the writers that the committed offsets name
        self.witness: Witness | None = None
        self.marker_delay_max = MARKER_DELAY
        self.tally: Counter[str] = Counter()  # how often what has gone wrong
        self._epoch = epoch
        self._ahead: dict[Source, int] = {}
        self._scheduler = scheduler
        self._random = random
        self._ids: dict[str, TransactionalId] = {}
        self._openings = 0
        self._offset_records = 0
        self._landed: dict[Source, int] = {}  # which of them each committed offset is

    def create(self, topic: Topic, partitions: int) -> None:
        """Provision `topic`."""
        for number in range(partitions):
            source = Source(topic, number)
            self.partitions[source] = Partition(source)

    # ---- clocks

    @property
    def now(self) -> int:
        """The true time."""
        return self._scheduler.now

    def clock(self, source: Source) -> Instant:
        """The present by the clock of the broker that leads `source`."""
        return self._epoch + self._scheduler.now // MILLISECOND + self._ahead.get(source, 0)

    def jump(self, source: Source, milliseconds: int) -> None:
        """Somebody has set that clock."""
        self._ahead[source] = self._ahead.get(source, 0) + milliseconds

    # ---- writing

    def append(self, source: Source, output: Output) -> Record:
        """Write one record outside any transaction."""
        return self.partitions[source].append(output, self._stamp(source, output))

    def _stamp(self, source: Source, output: Output) -> Instant:
        return self.clock(source) if source.topic is Topic.INBOX else output.timestamp

    def start(self, transactional_id: str) -> tuple[int, int] | None:
        """Fence who had the id before; the new epoch and the number of this opening.

        None while the transaction of the one before is being ended (ask again).
        """
        state = self._ids.setdefault(transactional_id, TransactionalId())
        if state.completing:
            return None
        if state.transaction is not None:
            state.epoch += 1
            self._complete(state, state.transaction, committed=False)
            return None
        self._openings += 1
        state.epoch += 1
        return state.epoch, self._openings

    def opened(self, source: Source, opening: int) -> None:
        """Whoever takes `source` over has fenced all who could commit for it, and reads what they have left."""
        if self.witness:
            self.witness.opened(source, opening)

    def write(self, transactional_id: str, epoch: int, part: "Written") -> bool:
        """Write `part` in the id's transaction; False while the last one is being ended (ask again)."""
        transaction = self._ongoing(transactional_id, epoch)
        if transaction is None:
            return False
        share = transaction.shares.setdefault(part.source, Share(part.opening))
        for target, outputs in part.batches.items():
            partition = self.partitions[target]
            piece = transaction.pieces.get(target)
            if piece is None:
                piece = transaction.pieces[target] = partition.begin()
            for output in outputs:
                partition.append(output, self._stamp(target, output), piece)
            share.outputs += outputs
        if part.position is not None:
            self._offset_records += 1
            share.position, share.name, share.written = part.position, part.name, self._offset_records
        return True

    def commit(self, transactional_id: str, epoch: int) -> bool:
        """Decide the id's transaction; False as in `write`."""
        state = self._current(transactional_id, epoch)
        if state.completing:
            return False
        if state.transaction is not None:
            self._complete(state, state.transaction, committed=True)
        return True

    def _current(self, transactional_id: str, epoch: int) -> TransactionalId:
        state = self._ids[transactional_id]
        if epoch != state.epoch:
            self.tally["fencings"] += 1
            raise FencedError(f"{transactional_id}: epoch {epoch} is over, it is {state.epoch} now")
        return state

    def writer_named(self, source: Source, *, stable: bool) -> str | None:
        """The writer that the source's committed offset names; with `stable` None where a transaction may change it."""
        if stable and any(
            state.transaction is not None and _has_position(state.transaction, source) for state in self._ids.values()
        ):
            return None
        return self.named.get(source, "")

    def _ongoing(self, transactional_id: str, epoch: int) -> Transaction | None:
        state = self._current(transactional_id, epoch)
        if state.completing:
            return None
        if state.transaction is None:
            state.transaction = Transaction()
            self._scheduler.after(TRANSACTION_TIMEOUT, self._expire, state, state.transaction)
        return state.transaction

    def _expire(self, state: TransactionalId, transaction: Transaction) -> None:
        if state.transaction is transaction and not state.completing:
            state.epoch += 1
            self._complete(state, transaction, committed=False)

    # ---- deciding

    def _complete(self, state: TransactionalId, transaction: Transaction, *, committed: bool) -> None:
        state.completing = True
        self.tally["torn transactions"] += not committed
        if committed and self.witness:
            self.witness.decided(transaction)
        last = 0
        for source, piece in transaction.pieces.items():
            delay = self._delay()
            last = max(last, delay)
            self._scheduler.after(delay, self._mark, source, piece, committed)
        if committed:
            delay = self._delay()
            last = max(last, delay)
            self._scheduler.after(delay, self._land, transaction)
        self._scheduler.after(last, self._completed, state)

    def _delay(self) -> int:
        return self._random.randrange(self.marker_delay_max)

    def _mark(self, source: Source, piece: Piece, committed: bool) -> None:
        self.partitions[source].mark(piece, committed=committed)

    def _land(self, transaction: Transaction) -> None:
        for source, share in transaction.shares.items():
            # as Kafka's coordinator: of two transactions the offset that was written later holds, whichever lands first
            if share.position is not None and share.written > self._landed.get(source, 0):
                self._landed[source] = share.written
                self.committed[source], self.named[source] = share.position, share.name

    @staticmethod
    def _completed(state: TransactionalId) -> None:
        state.transaction, state.completing = None, False

    # ---- upkeep

    def compact(self) -> None:
        """Compact the topics of the state, up to a tail that is still being written to."""
        for source, partition in self.partitions.items():
            if source.topic in _SNAPSHOTS:
                tail = self._random.randrange(max(1, len(partition.entries)))
                partition.compact(partition.end - tail, self.clock(source))


class Written(NamedTuple):
    """Records of one source for each partition that they go to, in order, and perhaps its position."""

    source: Source
    opening: int
    batches: dict[Source, list[Output]]
    position: int | None = None
    name: str = ""


def _has_position(transaction: Transaction, source: Source) -> bool:
    share = transaction.shares.get(source)
    return share is not None and share.position is not None
