"""The rules by which each partition of the inbox is judged, and whether this release may go on with it."""

from collections.abc import Sequence
from contextlib import aclosing
from enum import StrEnum
from typing import NamedTuple

import msgspec

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


class Status(StrEnum):
    """Who goes on with a partition of the inbox."""

    EMPTY = "empty"
    """Nothing stands in it: the first worker of this release begins it with a switch."""

    READY = "ready"
    """A worker of this release."""

    DRAINING = "draining"
    """A worker of the release before, up to the switch that stands in the log."""

    NOT_SWITCHED = "not_switched"
    """A worker of the release before; no switch stands in the log."""


class Standing(NamedTuple):
    """A partition of the inbox: the rules of its state (None: it has none), and what is to be applied by them.

    `position` is the offset behind what was applied. `unapplied` is the number of records that follow, up to the
    `switch` (its offset; None where none follows) or the end; it is not counted where this release goes on.
    """

    partition: int
    status: Status
    rules: int | None
    position: int | None
    unapplied: int
    switch: int | None


async def require_rules(log: KafkaLog, states: Sequence[bytes | None]) -> None:
    """Begin the log of each empty partition of the inbox with a switch to the rules of this release.

    `states` is the state of each partition. Raises `WrongTopicsError` before that where a partition holds what another
    release must judge, and `RefusedError` or `NoBrokerError` where it cannot be read or written.
    """
    with readable():
        standings = [await standing(log, partition, state) for partition, state in enumerate(states)]
        for each in standings:
            if each.status not in (Status.READY, Status.EMPTY):
                raise WrongTopicsError(_not_ready(each))
        for each in standings:
            if each.status is Status.EMPTY:
                await log.append(each.partition, inbox.switch(RULES, first=True))


async def standing(log: Log, partition: int, value: bytes | None) -> Standing:
    """The standing of a partition with the state in `value`. Raises `WrongTopicsError` for that of a newer release."""
    state = _decoded(value, partition)
    if state is not None and state.rules == RULES:
        return Standing(partition, Status.READY, RULES, state.position, 0, None)
    position = None if state is None else state.position
    rules = None if state is None else state.rules
    unapplied, switch = await _up_to_the_switch(log, partition, position)
    return Standing(partition, _status(state, unapplied, switch), rules, position, unapplied, switch and switch.offset)


def _status(state: PartitionState | None, unapplied: int, switch: Record | None) -> Status:
    if switch is None:
        return Status.NOT_SWITCHED if state is not None or unapplied else Status.EMPTY
    body = _switch_in(switch)
    begun = state is not None or (body is not None and body.first)
    return Status.READY if begun and not unapplied else Status.DRAINING


async def _up_to_the_switch(log: Log, partition: int, position: int | None) -> tuple[int, Record | None]:
    """The number of records from `position` on up to the next switch or the end; that switch."""
    count = 0
    async with aclosing(log.history(Source(Topic.INBOX, partition), position, None)) as history:
        async for records in history:
            for record in records:
                if _switch_in(record) is not None:
                    return count, record
                count += 1
    return count, None


def _switch_in(record: Record) -> SwitchRules | None:
    """The switch in a record of the inbox; None where it is something else, or nothing that this release can read."""
    try:
        body = inbox.decode(record).body
    except InboxRecordUnreadable:
        return None
    return body if isinstance(body, SwitchRules) else None


def _decoded(value: bytes | None, partition: int) -> PartitionState | None:
    try:
        return None if value is None else decode_partition(value)
    except SnapshotTooNew as error:
        raise WrongTopicsError(f"{Topic.TENANTS}/{partition}: {error}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WrongTopicsError(
            f"{Topic.TENANTS}/{partition}: the state of the partition is damaged: {error}. `tocsin replay rebuild` "
            "writes it anew from the inbox."
        ) from error


def _not_ready(standing: Standing) -> str:
    partition = f"{Topic.INBOX}/{standing.partition}"
    if standing.status is Status.NOT_SWITCHED:
        return (
            f"{partition} is judged by the rules of release 0.2, and no switch to those of this release stands in it. "
            "Run workers of release 0.2, and `tocsin rules switch` of this release beside them; then start this one "
            "(docs/stability.md)."
        )
    if not standing.unapplied:
        return (
            f"{partition} is switched to the rules of this release at offset {standing.switch}, and the state that "
            f"release 0.2 had left there is missing in {Topic.TENANTS}/{standing.partition}: restore it from a backup."
        )
    return (
        f"{partition} has {standing.unapplied} records before the switch to the rules of this release (offset "
        f"{standing.switch}), and release 0.2 has to apply them. Run its workers until `tocsin rules show` says that "
        "every partition is ready; then start this one."
    )
