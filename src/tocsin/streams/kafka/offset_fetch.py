"""The group's committed offset, by a version of the request that aiokafka does not have.

aiokafka asks by version 3 of OffsetFetch. There a coordinator that moves or is still loading says so beside the
partitions, where aiokafka does not look: a group that is being loaded seems to have committed nothing, and its
partitions would be read again from their beginning. Version 7 also waits for transactions whose markers are written and
whose offsets are not visible yet (`require_stable`, brokers from 2.5 on).
"""

import asyncio
from typing import Any, ClassVar

from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

from tocsin.streams.kafka.compat import ask_coordinator

_LOADING, _NOT_AVAILABLE, _MOVED, _UNSTABLE = 14, 15, 16, 88  # UNSTABLE_OFFSET_COMMIT is unknown to aiokafka
_ASK_AGAIN = frozenset({_LOADING, _NOT_AVAILABLE, _MOVED, _UNSTABLE})
_ELSEWHERE = frozenset({_NOT_AVAILABLE, _MOVED})
_BACKOFF_SECONDS = 0.1
_NOTHING = -1
_API_KEY = 9
_TEXT = CompactString("utf-8")


class _Answer(Response):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY: ClassVar[int] = _API_KEY
    API_VERSION: ClassVar[int] = 7
    SCHEMA: ClassVar[Any] = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", _TEXT),
                (
                    "partitions",
                    CompactArray(
                        ("index", Int32),
                        ("offset", Int64),
                        ("leader_epoch", Int32),
                        ("metadata", _TEXT),
                        ("error_code", Int16),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("error_code", Int16),
        ("tags", TaggedFields),
    )


class _QuestionV7(RequestStruct):  # type: ignore[misc]  # aiokafka ships no types
    FLEXIBLE_VERSION: ClassVar[bool] = True
    API_KEY: ClassVar[int] = _API_KEY
    API_VERSION: ClassVar[int] = 7
    RESPONSE_TYPE: ClassVar[type] = _Answer
    SCHEMA: ClassVar[Any] = Schema(
        ("group", _TEXT),
        ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), ("tags", TaggedFields))),
        ("require_stable", Boolean),
        ("tags", TaggedFields),
    )


class _Question(Request[_QuestionV7]):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY: ClassVar[int] = _API_KEY

    def __init__(self, group: str, tp: TopicPartition, *, stable: bool) -> None:
        self._fields: tuple[Any, ...] = (group, [(tp.topic, [tp.partition], {})], stable, {})

    def build(self, request_struct_class: type[_QuestionV7]) -> _QuestionV7:
        return request_struct_class(*self._fields)


async def committed(coordinator: Any, tp: TopicPartition) -> int | None:
    """The group's committed offset of `tp`; None only where the group has none. `coordinator` is the consumer's.

    Waits while the coordinator moves, is loading, or still completes a transaction: give it a limit. Raises
    `KafkaError`.
    """
    offset, _ = await _ask(coordinator, tp, stable=True)
    return None if offset == _NOTHING else offset


async def metadata(coordinator: Any, tp: TopicPartition, *, stable: bool) -> str:
    """What was committed beside the offset of `tp`; empty where nothing was. As `committed`.

    Without `stable` it does not wait for transactions.
    """
    _, text = await _ask(coordinator, tp, stable=stable)
    return text


async def _ask(coordinator: Any, tp: TopicPartition, *, stable: bool) -> tuple[int, str]:
    while True:
        await coordinator.ensure_coordinator_known()
        answer = await ask_coordinator(coordinator, _Question(coordinator.group_id, tp, stable=stable))
        offset, text, code = _read(answer)
        if code in _ELSEWHERE:
            coordinator.coordinator_dead()
        if code not in _ASK_AGAIN:
            break
        await asyncio.sleep(_BACKOFF_SECONDS)
    if code:
        error = for_code(code)
        raise error(coordinator.group_id if error is GroupAuthorizationFailedError else tp.topic)
    return offset, text


def _read(answer: Any) -> tuple[int, str, int]:
    """The offset, what was committed beside it, and the error code of whatever went wrong."""
    if answer.error_code:
        return _NOTHING, "", answer.error_code
    [(_, [(_, offset, _, text, code, _)], _)] = answer.topics
    return int(offset), text or "", code
