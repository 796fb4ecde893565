"""Kafka's errors sorted into the port's: what is in doubt, what is lost to another worker, what nobody expected."""

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
"""What Kafka calls final, and a fresh producer or another attempt puts right."""


@contextmanager
def doubts() -> Iterator[None]:
    """Raise `FencedError` or `IndefiniteError` for what means that; let anything else pass as it is."""
    try:
        yield
    except ProducerFenced as error:
        raise FencedError(str(error)) from error
    except Exception as error:
        if not _in_doubt(error):
            raise
        raise IndefiniteError(repr(error)) from error


def _in_doubt(error: BaseException) -> bool:
    if type(error) is KafkaError:  # aiokafka's wrapping of whatever ended its sender
        return error.__cause__ is None or _in_doubt(error.__cause__)
    if isinstance(error, KafkaError):
        return bool(error.retriable) or isinstance(error, _TRY_AGAIN)
    # aiokafka asserts that a cluster has brokers: one that has just come back has none for a moment
    return isinstance(error, TimeoutError | OSError) or "perform bootstrap" in str(error)
