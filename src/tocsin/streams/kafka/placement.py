"""Check that each tenant still belongs to the partition of its state.

Kafka adds partitions to a topic at a word, and from then on a tenant's inputs would go to another partition than its
tickets: they would be opened anew, and the old ones never hear of a callback.
"""

import contextlib
from collections.abc import Iterator

from aiokafka.errors import KafkaError

from tocsin.messages.partitioning import MisplacedError, require_place
from tocsin.messages.record import Topic
from tocsin.streams.core.port import DamagedError, IndefiniteError, Log, Source
from tocsin.streams.kafka.preflight import NoBrokerError, WrongTopicsError
from tocsin.streams.kafka.refusals import RefusedError, lacking_rights

_TENANT = b"tenant/"


async def require_unmoved(log: Log, partitions: int) -> list[bytes | None]:
    """Raise `WrongTopicsError` where a tenant's state stands on another partition than its inputs go to.

    Returns what was read on the way: the state of each partition, None where it has none. Raises `RefusedError` or
    `NoBrokerError` where it cannot be read.
    """
    with readable():
        return [await _state(log, partition, partitions) for partition in range(partitions)]


async def _state(log: Log, partition: int, partitions: int) -> bytes | None:
    state = None
    async for records in log.history(Source(Topic.TENANTS, partition), None, None):
        for record in records:
            if record.key is not None and record.key.startswith(_TENANT):
                _require(record.key.removeprefix(_TENANT), partition, partitions)
            elif record.key == f"partition/{partition}".encode():
                state = record.value
    return state


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """What is read inside must be readable: raises `WrongTopicsError`, `RefusedError` or `NoBrokerError`."""
    try:
        yield
    except DamagedError as error:
        raise WrongTopicsError(str(error)) from error
    except IndefiniteError as error:
        raise NoBrokerError(f"Kafka does not answer: {error}. Start the worker again when it does.") from error
    except KafkaError as error:
        if (lacking := lacking_rights(error)) is None:
            raise
        raise RefusedError(lacking) from error


def _require(tenant: bytes, partition: int, partitions: int) -> None:
    try:
        require_place("the state", tenant.decode(), partition, partitions)
    except MisplacedError as error:
        raise WrongTopicsError(f"{error} {REMEDY}") from None


REMEDY = (
    "Kafka cannot take partitions away again: create topics with the number that you want under another "
    "`topic_prefix`, run workers on them with another `app_id`, and publish the inputs there again."
)
"""Remedy, as part of a message."""
