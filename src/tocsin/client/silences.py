"""Reads the silences of tenants from `soc.tenants`: what is planned, and what is in force."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from tocsin.client.errors import ClientError
from tocsin.client.reading import opened
from tocsin.client.start import BEGINNING
from tocsin.domain.alerts.listeners import covers
from tocsin.domain.state.silences import Silence, known
from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.rules import RULES
from tocsin.engine.shard_state import ShardState
from tocsin.messages.record import Topic
from tocsin.settings import Settings

_TENANT = b"tenant/"


class FoundSilence(NamedTuple):
    """A silence and whose it is."""

    tenant: str
    silence: Silence


async def read(settings: Settings, wanted: Callable[[str], bool]) -> list[FoundSilence]:
    """The silences of the tenants that are `wanted`, by tenant and by their ends."""
    kept: dict[bytes, tuple[Silence, ...]] = {}
    async with opened(settings, Topic.TENANTS, BEGINNING) as reader:
        async for record in reader.to_end():
            key = record.key or b""
            if key.startswith(_TENANT) and wanted(key.removeprefix(_TENANT).decode()):
                kept[key] = _of(record.value)
    found = (FoundSilence(key.removeprefix(_TENANT).decode(), each) for key, all_ in kept.items() for each in all_)
    return sorted(found, key=lambda it: (it.tenant, it.silence.until, it.silence.name))


async def about(settings: Settings, ticket: Ticket) -> list[Silence]:
    """The silences in force that keep from people what is told of `ticket`, or some of it."""
    state = ShardState(RULES, 0, None)
    wanted = (f"tenant/{ticket.tenant}", f"contract/{ticket.contract}")
    async with opened(settings, Topic.TENANTS, BEGINNING) as reader:
        async for record in reader.to_end():
            key = (record.key or b"").decode()
            if key in wanted:
                state.load(key, record.value)
    contract = state.contracts.get(ticket.contract)
    silences = known(state.state_of(ticket.tenant).tenant.silences)
    return [each for each in silences if contract and each.begun and covers(each.match, ticket, contract)]


def _of(value: bytes | None) -> tuple[Silence, ...]:
    try:
        return () if value is None else known(snapshot.decode_tenant(value).silences)
    except msgspec.MsgspecError as error:
        raise ClientError(f"soc.tenants was written by another version of Tocsin: {error}") from error
