"""Judges the fold over one inbox partition, transaction by transaction, and what it publishes."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import msgspec
from tests.simulation.hearing import Hearing
from tests.simulation.loop import MINUTE
from tests.simulation.verdict import Violation, require

from tocsin.domain.instant import SECOND, Instant, parse
from tocsin.engine import shard as engine
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic

SAME = "as one uninterrupted fold over the log"
EARLY = "no deadline fires early"
LATE = "no deadline fires late while all is well"
TWICE = "no alert is published twice"
GAPLESS = "the journal of a ticket has no gap"
CHAINED = "the journal is one chain"

FLOOD = "no tick follows another for nothing"

LATE_MAX = 1 * SECOND
_IDLE_TICKS_MAX = 200  # a minute

_TOLD = (Topic.TICKET_EVENTS, Topic.ALERTS)

State = dict[tuple[Topic, bytes | None], bytes | None]


class _Entry(msgspec.Struct):
    """Of a record of the journal, what is judged here."""

    tenant: str
    ticket: str | None
    seq: int
    prev: str
    hash: str
    input: str | None
    offsets: list[int]


class _AlertData(msgspec.Struct):
    kind: str
    tenant: str
    ticket: str | None
    dedup_key: str
    deadline: str | None


class _Alert(msgspec.Struct):
    """Of an alert, what is judged here."""

    id: str
    data: _AlertData


_entry = msgspec.json.Decoder(_Entry)
_alert = msgspec.json.Decoder(_Alert)


class Surroundings(Protocol):
    """What is true around an inbox partition."""

    def clock(self) -> Instant:
        """The clock of its broker."""

    def now(self) -> int:
        """The true time."""

    def calm_since(self) -> Instant | None:
        """Since when, by that clock, nothing has been wrong; None: something is."""

    def record_at(self, position: int) -> Record:
        """The next record from there on."""

    def hears(self, kind: str, alert: str, tenant: str, ticket: str | None, incident: str) -> None:
        """An alert is published, with that id."""


class Ticketing:
    """The first oracle: one shard that nothing ever happens to, advanced to each position that is committed."""

    def __init__(self, reference: Shard, surroundings: Surroundings) -> None:
        """`reference` is new and empty."""
        self.reference = reference
        self.state: State = {}
        self.alerts: list[bytes] = []
        self.hearing = Hearing()
        self.causes: set[int] = set()  # offsets of the inputs that changed something
        self.whole = True  # whether what is written ends with a record, and not amid the timers that it fires
        self.punctual = 0
        self._around = surroundings
        self._latest = 0  # what the broker's clock has shown at most
        self._ready: Instant = 0  # when the last transaction was decided
        self._seen: set[str] = set()
        self._idle: deque[int] = deque(maxlen=_IDLE_TICKS_MAX)  # when ticks came that fired nothing, in true time
        self._sequence: dict[tuple[str, str | None], int] = {}
        self._head = ""

    def judge(self, records: Sequence[Record], position: int, outputs: Sequence[Output]) -> None:
        """See `tests.simulation.watch.Judge`."""
        self.look_at_clock()
        self._judge_lateness(records)
        expected = self._expected(records, position, outputs)
        require_same(expected, outputs, SAME)
        self.state |= _state(expected)
        for output in expected:  # in the order in which they were decided
            self.hearing.hears(output)
        for output in outputs:
            if output.topic is Topic.TICKET_EVENTS:
                self._judge_entry(_entry.decode(output.value or b""))
            elif output.topic is Topic.ALERTS:
                self.alerts.append(output.value or b"")
                self._judge_alert(_alert.decode(output.value or b""), output.timestamp)
        self._ready = self._around.clock()
        self._judge_idleness(records, outputs)

    def look_at_clock(self) -> None:
        """Take in what the broker's clock shows; somebody may be about to set it."""
        self._latest = max(self._latest, self._around.clock())

    # ---- the same as one uninterrupted fold

    def _expected(self, records: Sequence[Record], position: int, outputs: Sequence[Output]) -> list[Output]:
        """What the reference says up to the same point.

        A transaction may end within its next record, or amid what a silence has begun or ended by its last one.
        """
        expected: list[Output] = []
        last = records[-1].offset if records else -1
        with finest_chunks():
            for chunk in self.reference.fold(records):
                expected += chunk.outputs
                if chunk.position > last and len(_told(expected)) >= len(_told(outputs)):
                    break
            missing = len(_told(outputs)) - len(_told(expected))
            self.whole = missing <= 0
            parts = self.reference.fold([self._around.record_at(position)]) if missing > 0 else iter(())
            for chunk in parts:
                expected += chunk.outputs
                missing -= len(_told(chunk.outputs))
                if missing <= 0:
                    break
        return expected

    # ---- deadlines

    def _judge_lateness(self, records: Sequence[Record]) -> None:
        """As long as nothing is wrong, the first stamp after a deadline comes within the second."""
        calm_since, deadline = self._around.calm_since(), self.reference.next_deadline
        if calm_since is None or deadline is None or not records:
            return
        due = max(deadline, self._ready, calm_since)
        stamp = max(record.timestamp for record in records)
        if deadline < stamp and deadline >= calm_since:
            self.punctual += 1
            first = next(record.timestamp for record in records if record.timestamp > deadline)
            require(first - due <= LATE_MAX, LATE, f"due at {deadline}, known at {self._ready}, fired at {first}")

    def _judge_idleness(self, records: Sequence[Record], outputs: Sequence[Output]) -> None:
        """A timekeeper that takes a deadline for past, though no stamp says so, would tick without end."""
        now = self._around.now()
        if _told(outputs) or any(record.key is not None for record in records):
            self._idle.clear()
        self._idle.append(now)
        flood = len(self._idle) == _IDLE_TICKS_MAX and now - self._idle[0] < MINUTE
        require(not flood, FLOOD, f"{_IDLE_TICKS_MAX} transactions within a minute that say nothing")

    def _judge_alert(self, alert: _Alert, at: Instant) -> None:
        require(alert.id not in self._seen, TWICE, alert.id, alert.data.kind)
        self._seen.add(alert.id)
        self._around.hears(alert.data.kind, alert.id, alert.data.tenant, alert.data.ticket, alert.data.dedup_key)
        require(at <= self._latest, EARLY, f"{alert.data.kind} of {at}, and the broker's clock shows {self._latest}")
        if alert.data.kind in ("breached", "callback_overdue") and alert.data.deadline is not None:
            deadline = parse(alert.data.deadline)
            require(deadline < self._latest, EARLY, f"{alert.data.kind} by {deadline} before {self._latest}")

    def _judge_entry(self, entry: _Entry) -> None:
        whose = entry.tenant, entry.ticket
        before = self._sequence.get(whose, 0)
        require(entry.seq == before + 1, GAPLESS, whose, f"{entry.seq} after {before}")
        self._sequence[whose] = entry.seq
        require(entry.prev == self._head, CHAINED, whose, entry.seq)
        self._head = entry.hash
        if entry.input is not None:
            self.causes.update(entry.offsets)


def require_same(expected: Sequence[Output], outputs: Sequence[Output], invariant: str) -> None:
    """The same is told in the same order, and the same state is saved. Raise `Violation` for `invariant` if not."""
    for right, said in zip(_told(expected), _told(outputs), strict=False):
        require(right == said, invariant, "there is", said, "and not", right)
    require(len(_told(expected)) == len(_told(outputs)), invariant, "outputs are missing or too many")
    right_state, said_state = _state(expected), _state(outputs)
    if right_state != said_state:
        differing = {key for key, _ in right_state.items() ^ said_state.items()}
        raise Violation(invariant, str([(key, said_state.get(key), right_state.get(key)) for key in differing]))


def _told(outputs: Sequence[Output]) -> list[Output]:
    """Journal and alerts; the order holds within each."""
    return [output for topic in _TOLD for output in outputs if output.topic is topic]


def _state(outputs: Sequence[Output]) -> State:
    return {(output.topic, output.key): output.value for output in outputs if output.topic not in _TOLD}


@contextmanager
def finest_chunks() -> Iterator[None]:
    """Let a shard end a chunk wherever it may."""
    usual, engine._CHUNK_OUTPUTS = engine._CHUNK_OUTPUTS, 1  # noqa: SLF001 - no setting: nobody else wants it
    try:
        yield
    finally:
        engine._CHUNK_OUTPUTS = usual  # noqa: SLF001 - as above
