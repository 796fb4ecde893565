"""The partition of a key."""

from aiokafka.partitioner import murmur2


class MisplacedError(Exception):
    """Something stands on a partition that its tenant does not belong to: the number of partitions was changed."""


def partition_of(key: bytes, count: int) -> int:
    """The partition of `key` among `count`, as every Kafka client chooses it."""
    return int(murmur2(key) & 0x7FFFFFFF) % count


def require_place(what: str, tenant: str, partition: int, count: int) -> None:
    """Raise `MisplacedError` where `partition` is not that of `tenant` among `count`; `what` stands on it."""
    belongs = partition_of(tenant.encode(), count)
    if belongs != partition:
        raise MisplacedError(
            f"The number of partitions was changed: {what} of tenant {tenant!r} stands on partition {partition}, and "
            f"with {count} partitions its inputs go to {belongs}."
        )
