"""Offset at which reading a partition continues. Group, state and log must agree on it, or nothing is read.

A group's offsets expire when nobody reads for a week (`offsets.retention.minutes`). So the state says how far it goes,
in the transaction that writes it. Where intake's offsets are gone, what it has written tells.
"""

from contextlib import aclosing

import structlog

from tocsin.messages.origin import origin
from tocsin.messages.record import Topic
from tocsin.streams.core.port import DamagedError, Extent, Log, Source

_log = structlog.get_logger()


async def inbox_position(log: Log, source: Source, extent: Extent, applied: int | None) -> int:
    """Offset at which an inbox partition continues. `applied` is the offset of its state, None without state.

    Raises `DamagedError` where state or records are missing.
    """
    if applied is not None and (extent.committed is None or extent.committed < applied):
        _log.warning("offset_taken_from_state", source=str(source), committed=extent.committed, position=applied)
        return _existing(source, extent, applied)
    if extent.committed is None:
        return extent.first
    if await _any_between(log, source, applied, extent.committed):
        raise DamagedError(
            f"The state beside {source} goes to offset {applied}, and the group has read to {extent.committed}: state "
            "is missing. Were the topics of the state deleted, or made anew? Restore them from a backup; or publish "
            "the inputs again under another `topic_prefix` and `app_id`."
        )
    return _existing(source, extent, extent.committed)


async def input_position(log: Log, source: Source, extent: Extent) -> int:
    """Offset at which a partition of an input topic continues. Raises `DamagedError` where records are missing."""
    if extent.committed is not None:
        return _existing(source, extent, extent.committed)
    if extent.first == extent.end:
        return extent.first
    position = max(extent.first, await _taken_in(log, source))
    if position > extent.first:
        _log.warning("offset_taken_from_what_was_taken_in", source=str(source), position=position)
    return _existing(source, extent, position)


async def _any_between(log: Log, source: Source, start: int | None, end: int) -> bool:
    """Returns whether there is a record between these offsets. Markers of transactions are no records."""
    if start == end:
        return False
    async with aclosing(log.history(source, start, end)) as history:
        async for records in history:
            if records:
                return True
    return False


async def _taken_in(log: Log, source: Source) -> int:
    """The offset behind the last input of `source` that stands in the inbox or among the dead letters."""
    behind = 0
    for topic in (Topic.INBOX, Topic.DEAD_LETTERS):
        for number in range(log.partitions(topic)):
            async for records in log.history(Source(topic, number), None, None):
                for came in filter(None, map(origin, records)):
                    if Source(came.topic, came.partition, came.own) == source:
                        behind = max(behind, came.offset + 1)
    return behind


def _existing(source: Source, extent: Extent, position: int) -> int:
    if position > extent.end:
        raise DamagedError(
            f"{source} ends at offset {extent.end}, and {position} of it were applied: it was cut off, or made anew. "
            "If a broker has lost its end, restore it from an intact replica or a backup; if it was made anew, run "
            "workers under another `topic_prefix` and `app_id`."
        )
    if position < extent.first:
        _log.error("records_deleted_before_they_were_read", source=str(source), next=position, first=extent.first)
    return max(position, extent.first)
