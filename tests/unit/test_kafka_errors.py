"""Kafka's errors: what is worth another attempt, what another worker has taken, and what nobody expected."""

import pytest
from aiokafka.errors import (
    InvalidProducerIdMapping,
    InvalidTimestampError,
    InvalidTxnState,
    KafkaError,
    KafkaTimeoutError,
    NotLeaderForPartitionError,
    ProducerFenced,
    TopicAuthorizationFailedError,
)

from tocsin.streams.core.port import FencedError, IndefiniteError
from tocsin.streams.kafka.errors import kafka_errors

AGAIN = [KafkaTimeoutError, InvalidProducerIdMapping, InvalidTxnState, NotLeaderForPartitionError, TimeoutError]


def wrapped(cause: Exception) -> KafkaError:
    """As aiokafka tells whatever has ended its sender."""
    error = KafkaError("Unexpected error during batch delivery")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("kind", AGAIN)
def test_what_another_attempt_may_put_right_is_in_doubt_also_where_it_is_wrapped(kind: type[Exception]) -> None:
    for error in (kind(), wrapped(kind())):
        with pytest.raises(IndefiniteError), kafka_errors():
            raise error


@pytest.mark.parametrize("kind", [InvalidTimestampError, TopicAuthorizationFailedError, ValueError])
def test_what_no_attempt_puts_right_is_told_as_it_is(kind: type[Exception]) -> None:
    with pytest.raises(kind), kafka_errors():
        raise kind


def test_a_producer_that_was_fenced_says_that_another_worker_has_the_partition() -> None:
    with pytest.raises(FencedError), kafka_errors():
        raise ProducerFenced
