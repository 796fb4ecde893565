"""What a leaf of the Merkle tree says of a record: everything, in one spelling that a third party can write itself.

A leaf is the canonical JSON (sorted keys, no spaces, UTF-8) of

    {"headers": [[NAME, BASE64 or null], ...], "key": BASE64 or null, "offset": N, "partition": N, "time": MILLISECONDS,
     "topic": "soc.inbox", "value": SHA-256 in hex or null}

`value` is the hash of the value's bytes. Of a record of the journal it is the hash of what the chain covers, so that a
person can be forgotten in it and the leaf stays the same.
"""

from hashlib import sha256

import msgspec

from tocsin.audit.chain import NotOfTheJournal, read_link
from tocsin.messages.record import Record, Topic

LOGGED = (Topic.INBOX, Topic.TICKET_EVENTS)
"""The topics whose records are leaves: the log, and what was decided."""


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """A record as it is hashed, its fields in the order of their names."""

    headers: tuple[tuple[str, bytes | None], ...]
    key: bytes | None
    offset: int
    partition: int
    time: int
    topic: str
    value: str | None


_encode = msgspec.json.Encoder().encode


def leaf_of(record: Record) -> bytes:
    """The leaf of `record`."""
    return _encode(
        Leaf(
            record.headers,
            record.key,
            record.offset,
            record.partition,
            record.timestamp,
            record.topic,
            None if record.value is None else sha256(covered_of(record.topic, record.value)).hexdigest(),
        )
    )


def covered_of(topic: Topic, value: bytes) -> bytes:
    """The bytes of a value that its leaf covers."""
    if topic is not Topic.TICKET_EVENTS:
        return value
    try:
        return read_link(value).covered
    except NotOfTheJournal:
        return value
