"""The origin of a record of the inbox or a dead letter: the place of the input that intake made it from."""

from typing import NamedTuple

import msgspec

from tocsin.messages.dead_letters import HEADER_PREFIX
from tocsin.messages.record import Record, Topic

_TOPIC, _PARTITION, _OFFSET = (f"{HEADER_PREFIX}origin-{name}" for name in ("topic", "partition", "offset"))


class Origin(NamedTuple):
    """A place in an input topic."""

    topic: Topic
    partition: int
    offset: int


class _Originated(msgspec.Struct):
    origin: str = ""


_decoder = msgspec.json.Decoder(_Originated)


def origin(record: Record) -> Origin | None:
    """The input that `record`, of the inbox or a dead letter, was made of; None for ticks and first adoptions."""
    if record.topic is Topic.DEAD_LETTERS:
        told = dict(record.headers)
        if _TOPIC not in told:
            return None  # somebody else's
        return Origin(Topic(told[_TOPIC].decode()), int(told[_PARTITION]), int(told[_OFFSET]))
    if record.key is None or record.value is None:
        return None
    place = _decoder.decode(record.value).origin
    if not place:
        return None
    topic, partition, offset = place.split("/")
    return Origin(Topic(topic), int(partition), int(offset))
