"""Reads what the log says now of tenants: what they have adopted, the contracts, and tickets that are not closed."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tocsin.client import tickets
from tocsin.client.errors import ClientError
from tocsin.client.reading import opened
from tocsin.client.start import BEGINNING
from tocsin.contracts.codec import contract_from_json
from tocsin.domain.contract.model import Contract
from tocsin.domain.events.contract import ContractAdopted
from tocsin.domain.instant import Instant, parse
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Stage
from tocsin.engine import snapshot
from tocsin.engine.damage import Damage
from tocsin.messages.record import Topic
from tocsin.settings import Settings


class Standing(NamedTuple):
    """Tenants by name, contracts by hash, and the tickets that are not closed with the clock of their partition."""

    tenants: dict[str, Tenant]
    contracts: dict[str, Contract]
    tickets: list[tuple[Ticket, Instant]]


async def read_standing(settings: Settings, names: Collection[str]) -> Standing:
    """What stands in `soc.tenants` and `soc.tickets`; tickets of these tenants alone. Raises `ClientError`."""
    tenants, contracts, clocks = await _read_tenants(settings)
    found = await tickets.read(settings, lambda it: it.tenant in names and it.stage is not Stage.CLOSED)
    return Standing(tenants, contracts, [(each.ticket, clocks.get(each.partition, 0)) for each in found])


async def read_adopted(settings: Settings) -> dict[str, Tenant]:
    """The tenants alone, by name. Raises `ClientError`."""
    return (await _read_tenants(settings))[0]


async def read_contracts(settings: Settings) -> dict[str, Contract]:
    """Every contract that a tenant has adopted, by its hash. Raises `ClientError`."""
    return (await _read_tenants(settings))[1]


async def adoptions_since(settings: Settings, names: Collection[str], start: Instant) -> dict[str, tuple[Instant, str]]:
    """The last adoption of each of these tenants since `start`: its time, and the contract and plan."""
    found: dict[str, tuple[Instant, str]] = {}
    async with opened(settings, Topic.TICKET_EVENTS, start) as reader:
        async for record in reader.to_end():
            if ContractAdopted.TYPE.encode() not in (record.value or b""):
                continue
            event = json.loads(record.value or b"{}")
            if event["type"] == ContractAdopted.TYPE and event["tenant"] in names:
                found[event["tenant"]] = (parse(event["at"]), f"{event['data']['name']} / {event['data']['plan']}")
    return found


async def _read_tenants(settings: Settings) -> tuple[dict[str, Tenant], dict[str, Contract], dict[int, Instant]]:
    """Callers stand on that topic too, and are many: their records are passed over unread."""
    tenants: dict[str, Tenant] = {}
    contracts: dict[str, Contract] = {}
    clocks: dict[int, Instant] = {}
    damage = Damage()
    async with opened(settings, Topic.TENANTS, BEGINNING) as reader:
        async for record in reader.to_end():
            kind, _, name = (record.key or b"").decode("utf-8", "replace").partition("/")
            if record.value is None:
                continue
            place = f"{record.partition}/{record.offset}"
            with _known_release(), damage.seen(Topic.TENANTS, record.key or b"", place):
                if kind == "tenant":
                    tenants[name] = snapshot.decode_tenant(record.value)
                elif kind == "contract" and name not in contracts:
                    contracts[name] = contract_from_json(record.value.decode())
                elif kind == "partition":
                    clocks[record.partition] = snapshot.decode_partition(record.value).clock
    if damage.sentence:
        raise ClientError(damage.sentence)
    return tenants, contracts, clocks


@contextmanager
def _known_release() -> Iterator[None]:
    try:
        yield
    except snapshot.SnapshotTooNew as error:
        raise ClientError(f"{Topic.TENANTS}: {error}") from error
