"""Translation of aiokafka's errors into the port's: indefinite, fenced, or unexpected."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import (
    InvalidProducerIdMapping,
    InvalidTxnState,
    KafkaError,
    KafkaTimeoutError,
    ProducerFenced,
)

from tocsin.streams.core.port import FencedError, IndefiniteError

_TRY_AGAIN = (
    KafkaTimeoutError,  # aiokafka's own patience has ended: the partition has no leader, say
    InvalidProducerIdMapping,  # the brokers forget a transactional id that was not used for a week
    InvalidTxnState,  # what that becomes when the transaction has begun
)
"""Errors that Kafka calls final, and that a new producer or another attempt puts right."""


@contextmanager
def kafka_errors() -> Iterator[None]:
    """Translate aiokafka's errors into `FencedError` and `IndefiniteError`. Other errors pass unchanged."""
    try:
        yield
    except ProducerFenced as error:
        raise FencedError(str(error)) from error
    except Exception as error:
        if not _is_indefinite(error):
            raise
        raise IndefiniteError(repr(error)) from error


def _is_indefinite(error: BaseException) -> bool:
    if type(error) is KafkaError:  # aiokafka's wrapping of whatever ended its sender
        return error.__cause__ is None or _is_indefinite(error.__cause__)
    if isinstance(error, KafkaError):
        return bool(error.retriable) or isinstance(error, _TRY_AGAIN)
    # aiokafka asserts that a cluster has brokers: one that has just come back has none for a moment
    return isinstance(error, TimeoutError | OSError) or "perform bootstrap" in str(error)
