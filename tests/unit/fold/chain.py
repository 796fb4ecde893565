"""How an auditor checks the journal, knowing nothing but its records."""

import json
from collections.abc import Iterable
from hashlib import sha256

import msgspec


def covered(record: bytes) -> bytes:
    """The part of a record that its hash covers: all but `persons` and `hash`, as it stands."""
    body = json.loads(record)
    return msgspec.json.encode({name: value for name, value in body.items() if name not in ("persons", "hash")})


def faults(records: Iterable[bytes], head: str = "") -> list[str]:
    """What is wrong with the chain that begins after `head`; nothing, if it holds."""
    found = []
    for place, record in enumerate(records):
        body = json.loads(record)
        if body["prev"] != head:
            found.append(f"{place}: does not follow on the one before it")
        if sha256(covered(record)).hexdigest() != body["hash"]:
            found.append(f"{place}: has been changed")
        persons = body.get("persons")
        if persons is not None and sha256(msgspec.json.encode(persons)).hexdigest() != body["persons_digest"]:
            found.append(f"{place}: what it says of persons has been changed")
        head = body["hash"]
    return found


def without_persons(record: bytes) -> bytes:
    """The record once those persons have been forgotten."""
    body = json.loads(record)
    body.pop("persons", None)
    return msgspec.json.encode(body)
