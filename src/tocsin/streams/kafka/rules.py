"""Check that each partition of the inbox is judged by the rules of this release from here on."""

from contextlib import aclosing
from typing import NamedTuple

from tocsin.domain.commands.inbound import SwitchRules
from tocsin.engine.rules import RULES
from tocsin.engine.snapshot import PartitionState, SnapshotTooNew, decode_partition
from tocsin.messages import inbox
from tocsin.messages.inbox import InboxRecordUnreadable
from tocsin.messages.record import Record, Topic
from tocsin.streams.core.port import Log, Source
from tocsin.streams.kafka.log import KafkaLog
from tocsin.streams.kafka.placement import readable
from tocsin.streams.kafka.preflight import WrongTopicsError


class Standing(NamedTuple):
    """A partition of the inbox: its state, None where it has none, and the first record that is not in the state."""

    partition: int
    state: PartitionState | None
    following: Record | None

    @property
    def fresh(self) -> bool:
        """True if nothing stands in the log, and nothing has been made of it."""
        return self.state is None and self.following is None

    @property
    def ready(self) -> bool:
        """True if what follows is judged by the rules of this release."""
        if self.state is not None and self.state.rules == RULES:
            return True
        switch = None if self.following is None else switch_in(self.following)
        return switch is not None and switch.version == RULES and (switch.first or self.state is not None)


async def require_rules(log: KafkaLog, partitions: int) -> None:
    """Begin the log of each fresh partition of the inbox with a switch to the rules of this release.

    Raises `WrongTopicsError` before that where a partition holds what another release must judge, and `RefusedError` or
    `NoBrokerError` where it cannot be read or written.
    """
    with readable():
        standings = [await standing(log, partition) for partition in range(partitions)]
        for each in standings:
            if not each.fresh and not each.ready:
                raise WrongTopicsError(_not_ready(each))
        for each in standings:
            if each.fresh:
                await log.append(each.partition, inbox.switch(RULES, first=True))


async def standing(log: Log, partition: int) -> Standing:
    """The standing of a partition. Raises `WrongTopicsError` where a newer release has written its state."""
    state = await _state(log, partition)
    start = None if state is None else state.position
    async with aclosing(log.history(Source(Topic.INBOX, partition), start, None)) as history:
        async for records in history:
            if records:
                return Standing(partition, state, records[0])
    return Standing(partition, state, None)


def switch_in(record: Record) -> SwitchRules | None:
    """The switch in a record of the inbox; None where it is something else, or nothing that this release can read."""
    try:
        body = inbox.decode(record).body
    except InboxRecordUnreadable:
        return None
    return body if isinstance(body, SwitchRules) else None


async def _state(log: Log, partition: int) -> PartitionState | None:
    last = None
    async for records in log.history(Source(Topic.TENANTS, partition), None, None):
        for record in records:
            if record.key == f"partition/{partition}".encode():
                last = record.value
    try:
        return None if last is None else decode_partition(last)
    except SnapshotTooNew as error:
        raise WrongTopicsError(f"{Topic.TENANTS}/{partition}: {error}.") from error


def _not_ready(standing: Standing) -> str:
    partition = f"{Topic.INBOX}/{standing.partition}"
    if standing.following is None:
        where = f"{partition} has no switch to the rules of this release"
    else:
        where = f"{partition} is judged by an earlier release at offset {standing.following.offset}, where it goes on"
    return (
        f"{where}. Run workers of release 0.2, and `tocsin rules switch` of this release beside them; then start this "
        "one (docs/stability.md, `tocsin rules show`)."
    )
