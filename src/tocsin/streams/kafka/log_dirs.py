"""The room in the folders where brokers keep their logs, by a request that aiokafka does not have (Kafka 3.3 on)."""

from typing import Any, ClassVar, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

from tocsin.streams.kafka import compat

_API_KEY = 35
_TEXT = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)
_PARTITION = CompactArray(("index", Int32), ("size", Int64), ("lag", Int64), ("is_future", Boolean), _TAGS)
_TOPICS = CompactArray(("name", _TEXT), ("partitions", _PARTITION), _TAGS)


class LogDir(NamedTuple):
    """A folder of a broker: its room in bytes, and the error code of one that is offline."""

    path: str
    error: int
    free: int
    total: int


class _Answer(Response):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY: ClassVar[int] = _API_KEY
    API_VERSION: ClassVar[int] = 4
    SCHEMA: ClassVar[Any] = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "results",
            CompactArray(
                *(("error_code", Int16), ("path", _TEXT), ("topics", _TOPICS)),
                *(("total", Int64), ("usable", Int64), _TAGS),
            ),
        ),
        _TAGS,
    )


class _QuestionV4(RequestStruct):  # type: ignore[misc]  # aiokafka ships no types
    FLEXIBLE_VERSION: ClassVar[bool] = True
    API_KEY: ClassVar[int] = _API_KEY
    API_VERSION: ClassVar[int] = 4
    RESPONSE_TYPE: ClassVar[type] = _Answer
    SCHEMA: ClassVar[Any] = Schema(
        ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)), _TAGS
    )


class _Question(Request[_QuestionV4]):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY: ClassVar[int] = _API_KEY

    def build(self, request_struct_class: type[_QuestionV4]) -> _QuestionV4:
        return request_struct_class([], {})  # of no topic: the folders alone


async def log_dirs(admin: AIOKafkaAdminClient, node: int) -> list[LogDir]:
    """The folders of the broker with that id. Raises `KafkaError`, also where we may not ask."""
    answer = await compat.send_to(admin, node, _Question())
    if answer.error_code:
        raise for_code(answer.error_code)
    return [LogDir(path, error, usable, total) for error, path, _, total, usable, _ in answer.results]
