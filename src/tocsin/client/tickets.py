"""Reads tickets from `soc.tickets`: their state now."""

from collections.abc import Callable
from typing import NamedTuple

from tocsin.client.errors import ClientError
from tocsin.client.reading import opened
from tocsin.client.start import BEGINNING, NOW
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.damage import Damage
from tocsin.harmless import harmless
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings

_LAST_RECORDS = 20
"""A worker ends each transaction with the state of the partition, so it is among the last records."""


class FoundTicket(NamedTuple):
    """A ticket and the partition that it lives in."""

    ticket: Ticket
    partition: int


async def read(settings: Settings, wanted: Callable[[Ticket], bool]) -> list[FoundTicket]:
    """The tickets that are `wanted` as they are now, by tenant and number."""
    kept: dict[bytes | None, FoundTicket] = {}
    damage = Damage()
    async with opened(settings, Topic.TICKETS, BEGINNING) as reader:
        async for record in reader.to_end():
            kept.pop(record.key, None)
            with damage.seen(Topic.TICKETS, record.key or b"", f"{record.partition}/{record.offset}"):
                if record.value is not None and wanted(ticket := snapshot.decode_ticket(record.value)):
                    kept[record.key] = FoundTicket(ticket, record.partition)
    if damage.sentence:
        raise ClientError(damage.sentence)
    return sorted(kept.values(), key=lambda found: (found.ticket.tenant, found.ticket.opened_at, found.ticket.number))


async def find(settings: Settings, name: str, tenant: str | None) -> FoundTicket:
    """The one ticket of that id or number, also of one merged into it. Raises `ClientError` if it is not one."""
    found = await read(settings, lambda ticket: tenant in (None, ticket.tenant) and name.upper() in _names(ticket))
    if not found:
        raise ClientError(f"There is no ticket {harmless(name)}; `tocsin ticket list` shows those there are.")
    if len(found) > 1:
        tenants = ", ".join(harmless(each.ticket.tenant) for each in found)
        raise ClientError(f"Several tenants have a ticket {harmless(name)} ({tenants}); --tenant names one.")
    return found[0]


def _names(ticket: Ticket) -> set[str]:
    """The ids and numbers that lead to `ticket`, in capitals."""
    own = (ticket.id, ticket.number)
    return {name.upper() for name in (*own, *(name for each in ticket.absorbed for name in (each.id, each.number)))}


async def clock_of(settings: Settings, partition: int) -> Instant | None:
    """The clock of `partition`; None if nothing has been folded yet."""
    clock = None
    async with opened(settings, Topic.TENANTS, NOW, [partition], back=_LAST_RECORDS) as reader:
        async for record in reader.to_end():
            if record.value is not None and record.key == f"partition/{partition}".encode():
                clock = snapshot.decode_partition(record.value).clock
    return clock


async def journal(settings: Settings, found: FoundTicket) -> list[Record]:
    """The journal of a ticket, from its opening."""
    key = found.ticket.id.encode()
    async with opened(settings, Topic.TICKET_EVENTS, found.ticket.opened_at, [found.partition]) as reader:
        return [record async for record in reader.to_end() if record.key == key]
