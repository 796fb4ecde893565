"""Offset at which reading a partition continues. Group, state and log must agree on it, or nothing is read.

A group's offsets expire when nobody reads for a week (`offsets.retention.minutes`). So the state says how far it goes,
in the transaction that writes it. Where intake's offsets are gone, what it has written tells.
"""

import asyncio
from collections.abc import Mapping
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
            "is missing. Were the topics of the state deleted, or made anew? Stop all workers: `tocsin replay rebuild` "
            "writes the state anew from the inbox."
        )
    return _existing(source, extent, extent.committed)


async def input_position(taken_in: "TakenIn", source: Source, extent: Extent) -> int:
    """Offset at which a partition of an input topic continues. Raises `DamagedError` where records are missing."""
    if extent.committed is not None:
        return _existing(source, extent, extent.committed)
    if extent.first == extent.end:
        return extent.first
    position = max(extent.first, await taken_in.behind(source))
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


class TakenIn:
    """Finds out how much was taken in of inputs whose offsets the group does not have.

    That takes a reading of the whole inbox. Hundreds of topics may be new at a time, so one reading answers all who
    have asked before it began.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._asked: dict[Source, asyncio.Future[int]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def behind(self, source: Source) -> int:
        """The offset behind the last input of `source` that stands in the inbox or among the dead letters.

        Only right after its writer was opened.
        """
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked[source] = answer
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._answer())
        return await answer

    async def _answer(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self._read(asked)
            except BaseException as error:  # noqa: BLE001 - those who have asked raise it
                for answer in asked.values():
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for source, answer in asked.items():
                    if not answer.done():
                        answer.set_result(found.get(source, 0))

    async def _read(self, asked: Mapping[Source, "asyncio.Future[int]"]) -> dict[Source, int]:
        """The offsets behind all sources, as long as somebody waits for one."""
        behind: dict[Source, int] = {}
        for topic in (Topic.INBOX, Topic.DEAD_LETTERS):
            for number in range(self._log.partitions(topic)):
                async with aclosing(self._log.history(Source(topic, number), None, None)) as history:
                    async for records in history:
                        if all(answer.done() for answer in asked.values()):
                            return behind
                        for came in filter(None, map(origin, records)):
                            source = Source(came.topic, came.partition, came.own)
                            behind[source] = max(behind.get(source, 0), came.offset + 1)
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
