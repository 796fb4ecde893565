"""The state as records, from which a restart restores it.

`soc.tickets` holds a record a ticket. `soc.tenants` holds the rest of the shard, under keys that name what they are:
`tenant/NAME`, `caller/NAME/NUMBER`, `redriven/NAME/DIGEST`, `contract/HASH` and `partition/N`.
"""

from dataclasses import dataclass

import msgspec

from tocsin.domain.instant import Instant
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.redriven import RedrivenInput
from tocsin.engine.rules import FIRST_RULES, RULES

SNAPSHOT_VERSION = 2
"""2 since the state names its rules: a release that does not know them must not go on from it."""


class SnapshotTooNew(Exception):  # noqa: N818 - says what is the matter; the worker stops on it
    """A newer version of Tocsin has written the state; this one would lose what it does not know."""


@dataclass(slots=True)
class PartitionState:
    """The state of a partition: its clock, head of the journal, where the deduplication window begins.

    `position` is the offset behind the last record that the state has seen; None where it has seen none. `rules` is the
    version of the rules that have made the state (`tocsin.engine.rules`).
    """

    clock: Instant = 0
    position: int | None = None
    journal_head: str = ""
    deduplication_start: int | None = None
    version: int = SNAPSHOT_VERSION
    rules: int = FIRST_RULES


_encoder = msgspec.json.Encoder()
_ticket_decoder = msgspec.json.Decoder(Ticket)
_tenant_decoder = msgspec.json.Decoder(Tenant)
_caller_decoder = msgspec.json.Decoder(Caller)
_redriven_decoder = msgspec.json.Decoder(RedrivenInput)
_partition_decoder = msgspec.json.Decoder(PartitionState)


def encode(state: Ticket | Tenant | Caller | RedrivenInput | PartitionState) -> bytes:
    """The value of the record of `state`."""
    return _encoder.encode(state)


def decode_ticket(value: bytes) -> Ticket:
    """The ticket in a record of `soc.tickets`."""
    return _ticket_decoder.decode(value)


def decode_tenant(value: bytes) -> Tenant:
    """The tenant in a record `tenant/NAME`."""
    return _tenant_decoder.decode(value)


def decode_caller(value: bytes) -> Caller:
    """The caller in a record `caller/NAME/NUMBER`."""
    return _caller_decoder.decode(value)


def decode_redriven(value: bytes) -> RedrivenInput:
    """The input in a record `redriven/NAME/DIGEST`."""
    return _redriven_decoder.decode(value)


def decode_partition(value: bytes) -> PartitionState:
    """The state in a record `partition/N`. Raises `SnapshotTooNew`."""
    state = _partition_decoder.decode(value)
    if state.version > SNAPSHOT_VERSION:
        raise SnapshotTooNew(
            f"the state was written by a newer version of Tocsin (format {state.version}, this one knows "
            f"{SNAPSHOT_VERSION}): run that version"
        )
    if state.rules > RULES:
        raise SnapshotTooNew(
            f"the state was made by the rules {state.rules}, and this version of Tocsin has those up to {RULES}: "
            "run the version that wrote it, or a later one"
        )
    return state
