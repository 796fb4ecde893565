"""The partition of a key."""

from aiokafka.partitioner import murmur2


def partition_of(key: bytes, count: int) -> int:
    """The partition of `key` among `count`, as every Kafka client chooses it."""
    return int(murmur2(key) & 0x7FFFFFFF) % count
