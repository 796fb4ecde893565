"""The origin of a record of the inbox or a dead letter: the place of the input that intake made it from."""

from typing import NamedTuple

import msgspec

from tocsin.messages.record import HEADER_PREFIX, Record, Topic, split_name

_OURS = tuple(f"{HEADER_PREFIX}origin-{name}" for name in ("topic", "partition", "offset"))


class Origin(NamedTuple):
    """A place in an input topic. `own` is the rest of the name of an own topic of a tenant."""

    topic: Topic
    partition: int
    offset: int
    own: str = ""


class _Originated(msgspec.Struct):
    origin: str = ""


_decoder = msgspec.json.Decoder(_Originated)


def origin(record: Record) -> Origin | None:
    """The input that `record`, of the inbox or a dead letter, was made of; None for ticks and first adoptions."""
    if record.topic is Topic.DEAD_LETTERS:
        told = {name: value.decode() for name, value in record.headers if name in _OURS and value is not None}
        if len(told) < len(_OURS):
            return None  # somebody else's
        return _place(*(told[name] for name in _OURS))
    if record.key is None or record.value is None:
        return None
    place = _decoder.decode(record.value).origin
    if not place:
        return None
    return _place(*place.split("/"))


def _place(name: str, partition: str, offset: str) -> Origin:
    topic, own = split_name(name)
    return Origin(topic, int(partition), int(offset), own)
