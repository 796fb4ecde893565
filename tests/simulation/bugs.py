"""Planted bugs: mistakes that somebody could really make, each of which the simulation has to find."""

from tests.simulation.bugs_of_pages import PAGES
from tests.simulation.planting import Bug, Change

_FOLD, _TAKE_OVER = "tocsin.streams.core.lane:Lane._fold", "tocsin.streams.core.lane:take_over"
_COMMIT = "        await taken.writer.commit(chunk.outputs, position)\n"
_TRIED = (
    "        try:\n"
    "            await taken.writer.commit(chunk.outputs, position)\n"
    "        except IndefiniteError:\n"
    "            writer = await self._log.open_writer(self.source)\n"
    "            taken = self._taken = taken._replace(writer=writer)\n"
)
_AGAIN = "            await taken.writer.commit(chunk.outputs, position)\n"
_KEPT = "self._log.__dict__.setdefault('kept', {}).setdefault(self.source, self._make_step(self.source))"

_OPENED = "    writer = await log.open_writer(source)\n    try:\n"
_STATE = (
    "        if source.topic is Topic.INBOX:\n"
    '            position, restored = await _restore(log, source, cast("Timed", step))\n'
)
_OFFSET = "        else:\n            position, restored = await _begin(log, source, writer, taken_in), 0\n"
_EXTENT = "    extent = await log.extent(source)\n"
_EARLY_OFFSET = "        else:\n            position, restored = await input_position(taken_in, source, extent), 0\n"
_EARLY_STATE = (
    "    if source.topic is Topic.INBOX:\n"
    '        position, restored = await _restore(log, source, cast("Timed", step))\n'
)
_LATE_OFFSET = (
    "        if source.topic is not Topic.INBOX:\n"
    "            position, restored = await _begin(log, source, writer, taken_in), 0\n"
)

SHELL = (
    Bug(
        "offset-before-writer",
        "A takeover reads the committed offset before its writer is open: the transaction before may land in between.",
        Change(_TAKE_OVER, _OPENED + _STATE + _OFFSET, _EXTENT + _OPENED + _STATE + _EARLY_OFFSET),
    ),
    Bug(
        "state-before-writer",
        "A takeover restores the state before its writer is open: the transaction before may land in between.",
        Change(_TAKE_OVER, _OPENED + _STATE + _OFFSET, _EARLY_STATE + _OPENED + _LATE_OFFSET),
    ),
    Bug(
        "commit-without-outputs",
        "The offset is committed alone: the outputs leave the transaction, and a crash loses them.",
        Change(_FOLD, "commit(chunk.outputs, position)", "commit([], position)"),
    ),
    Bug(
        "outputs-without-offset",
        "The outputs are committed with the offset of the batch's beginning, which moves on only with the next batch.",
        Change(_FOLD, "commit(chunk.outputs, position)", "commit(chunk.outputs, batch.start)"),
    ),
    Bug(
        "state-kept-across-revocation",
        "A worker that gets a partition back goes on with the state that it had, whatever another one did meanwhile.",
        Change("tocsin.streams.core.lane:Lane.take", "self._make_step(self.source)", _KEPT),
    ),
    Bug(
        "indefinite-taken-for-failed",
        "A commit whose outcome is unknown is done once more with a new writer, though it may have landed.",
        Change(_FOLD, _COMMIT, _TRIED + _AGAIN),
    ),
    Bug(
        "indefinite-taken-for-landed",
        "A commit whose outcome is unknown is taken for done, though it may have been lost.",
        Change(_FOLD, _COMMIT, _TRIED),
    ),
    Bug(
        "stale-batch-applied",
        "A batch that was fetched before a takeover is applied after it.",
        Change("tocsin.streams.core.lane:Lane._is_void", " or batch.cursor is not taken.cursor", ""),
    ),
    Bug(
        "named-writer-not-fenced",
        "A takeover does not fence the writer that the committed offset names: a zombie goes on to write with it.",
        Change("tocsin.streams.kafka.joint_writers:JointWriters.open", "await self._end_named(source)", "pass"),
    ),
    Bug(
        "read-uncommitted",
        "A takeover restores the state with `read_uncommitted`: what a torn transaction has written is taken for true.",
        Change("tests.simulation.partition:Partition.read", "piece is None or piece.committed", "True"),
    ),
    Bug(
        "deduplication-not-restored",
        "A takeover restores tickets and tenants, and begins with an empty deduplication window.",
        Change("tocsin.streams.core.takeover:_restore", ", shard.remember)", ", lambda _record: None)"),
    ),
    Bug(
        "tombstones-not-restored",
        "A takeover skips state records without a value: what was dropped comes back.",
        Change(
            "tocsin.streams.core.takeover:_load",
            "        shard.load(topic, record.key, record.value)",
            "        record.value and shard.load(topic, record.key, record.value)",
        ),
    ),
)

CLOCK = (
    Bug(
        "tick-stamped-by-its-worker",
        "The inbox keeps the stamp of whoever writes (CreateTime): a wrong clock fires deadlines.",
        Change(
            "tests.simulation.client:SimulatedLog._tick",
            "never: Instant = 0",
            "import time; never = int(time.time() * 1000)",
        ),
        Change(
            "tests.simulation.log:Broker._stamp",
            "self.clock(source)",
            "(output.timestamp if output.key is None else self.clock(source))",
        ),
    ),
    Bug(
        "deadline-by-the-wall-clock",
        "The worker's wall clock says when a deadline has come, and not the broker's.",
        Change(
            "tocsin.streams.core.broker_clock:BrokerClock.now",
            "self._monotonic() * SECOND + self._ahead",
            "__import__('time').time() * SECOND",
        ),
    ),
    Bug(
        "clock-measured-once",
        "The difference to the broker's clock is measured by the first tick only; somebody sets that clock later.",
        Change(
            "tocsin.streams.core.broker_clock:BrokerClock.learn",
            "    self._ahead = stamp",
            "    self._ahead = self._ahead if self._ahead is not None else stamp",
        ),
    ),
    Bug(
        "tick-in-doubt-awaited",
        "A tick that may be lost is waited for, and no other one sent.",
        Change(
            "tocsin.streams.core.timekeeper:Timekeeper.run",
            "await asyncio.sleep(_RETRY_SECONDS)",
            "await asyncio.Event().wait()",
        ),
    ),
)

TIMERS = (
    Bug(
        "timer-in-its-own-instant",
        "A timer fires by a stamp that is its deadline: what happens in that millisecond is late.",
        Change(
            "tocsin.engine.timer_queue:TimerQueue.pop_before",
            "if not self._heap or",
            "stamp += 1\n    if not self._heap or",
        ),
    ),
    Bug(
        "timer-a-minute-early",
        "Timers fire by the minute, rounded in the wrong direction.",
        Change(
            "tocsin.engine.timer_queue:TimerQueue.pop_before",
            "if not self._heap or",
            "stamp += 60_000\n    if not self._heap or",
        ),
    ),
    Bug(
        "timers-not-rearmed",
        "Restoring brings the tickets back, and arms no timer of theirs.",
        Change(
            "tocsin.engine.shard:Shard.load",
            "self._alarms.rearm(ticket)",
            "pass",
        ),
    ),
)

STATE = (
    Bug(
        "repeats-taken-for-new",
        "The deduplication window is asked, and its answer not heeded.",
        Change("tocsin.engine.deduplication:Deduplication.is_repeat", "return repeat", "return False"),
    ),
    Bug(
        "repeat-of-a-repeat",
        "A repeat does not count as the newest of its kind: when the first one leaves the window, a third is new.",
        Change(
            "tocsin.engine.deduplication:Deduplication.is_repeat",
            "self._last[digest] = message.offset",
            "self._last.setdefault(digest, message.offset)",
        ),
        Change(
            "tocsin.engine.deduplication:Deduplication._drop_oldest",
            "self._last[digest] ==",
            "self._last.get(digest) ==",
        ),
    ),
    Bug(
        "one-ticket-not-saved",
        "The snapshot leaves out the last of several changed tickets.",
        Change(
            "tocsin.engine.outbox:Outbox.drain",
            "self._tickets.items()",
            "list(self._tickets.items())[: -1 if len(self._tickets) > 1 else None]",
        ),
    ),
    Bug(
        "window-start-one-late",
        "The offset saved for the deduplication window is the one after its oldest input.",
        Change(
            "tocsin.engine.shard:Shard._chunk",
            "= position, self._deduplication.start",
            "= position, self._deduplication.start and self._deduplication.start + 1",
        ),
    ),
    Bug(
        "journal-head-not-restored",
        "After a takeover the journal begins a new chain of hashes.",
        Change(
            "tocsin.engine.shard:Shard.finish_restore",
            "self._journal.head = self._state.partition.journal_head",
            "pass",
        ),
    ),
)

INTAKE = (
    Bug(
        "rubbish-swallowed",
        "What intake cannot read is skipped without a dead letter.",
        Change(
            "tocsin.messages.intake:Intake._judge", "chunk.add(dead_letter(record, verdict, arrival.element))", "pass"
        ),
    ),
    Bug(
        "partition-by-first-sight",
        "A tenant's partition of the inbox is the one that its first record happens to get, and is kept in memory.",
        Change(
            "tocsin.messages.intake:Intake._output",
            "partition_of(key, self._inbox_partitions)",
            "record.offset % self._inbox_partitions",
        ),
    ),
    Bug(
        "offset-of-the-last-record",
        "The committed offset is that of the last record applied, and not of the next one.",
        Change("tocsin.messages.intake:Intake._judge", "record.offset + 1", "record.offset"),
    ),
    Bug(
        "time-of-arrival",
        "Intake drops the time that a message has of its own: everything is dated by its arrival.",
        Change("tocsin.messages.intake:Intake._inbox_record", "time=accepted.time", "time=None"),
    ),
)

FOLD = (
    Bug(
        "callback-clock-by-arrival",
        "The callback clock starts when we learn of the missed call, and not when it was missed.",
        Change(
            "tocsin.domain.decide.inbound:callback_owed",
            "CallbackOwed(caller=person, call=body.call, happened_at=message.happened_at)",
            "CallbackOwed(caller=person, call=body.call, happened_at=message.recorded_at)",
        ),
    ),
    Bug(
        "kept-on-the-deadline-is-late",
        "What happens at the deadline to the millisecond is judged late.",
        Change("tocsin.domain.clocks.reconcile:_judge", "stop.at <= deadline", "stop.at < deadline"),
    ),
    Bug(
        "late-evidence-ignored",
        "A callback that was made in time and logged late does not withdraw the breach.",
        Change("tocsin.domain.clocks.reconcile:_judge", "withdrawn = in_time and clock.breached", "withdrawn = False"),
    ),
    Bug(
        "one-return-answers-all",
        "A callback to one caller ends what is owed to every other one on the ticket.",
        Change("tocsin.domain.state.evidence:_by_caller", "[mark for mark in marks if mark.what == caller]", "marks"),
    ),
    Bug(
        "known-return-forgotten",
        "A missed call that we learn of after its callback is owed one all the same.",
        Change("tocsin.domain.decide.inbound:callback_owed", "[*known, *by_id], home", "by_id, home"),
    ),
    Bug(
        "rise-from-the-start",
        "The target of a higher priority counts from the start of the promise, and not from the rise.",
        Change("tocsin.domain.clocks.since:_owed_from_the_rises", "max(each.since, start)", "start"),
    ),
    Bug(
        "rise-after-the-answer-forgotten",
        "A ticket that becomes worse after its answer is owed no other one.",
        Change("tocsin.domain.clocks.renewal:_cycles_of_episode", "if renewed and", "if run is None and renewed and"),
    ),
)

BUGS = {bug.name: bug for bug in (*SHELL, *CLOCK, *TIMERS, *STATE, *INTAKE, *FOLD, *PAGES)}
