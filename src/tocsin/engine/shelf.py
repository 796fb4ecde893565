"""The tickets of a shard. Those that were not in use lately are kept packed: a million of them would fill the memory.

A packed ticket takes a fraction of the room, is no work for the garbage collector, and is unpacked when it is asked
for, in about ten microseconds. Nobody may hold a ticket beyond a chunk: it may be packed then, and what is changed
afterwards would be lost.
"""

from collections import deque
from collections.abc import Iterator, MutableMapping, Sequence, ValuesView
from itertools import islice
from weakref import proxy

import msgspec
import zstandard

from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot

IN_USE_MAX = 4_096
"""The number of tickets of a shard that stay unpacked, at the end of a chunk."""

_SAMPLES = 16
_LEVEL = 1


class _Packed(msgspec.Struct, gc=False):
    """A ticket that is not in use. `id` is the one object by which all indexes know it."""

    id: str
    value: bytes


class _Packing:
    """Packs states by what they have in common with some samples."""

    def __init__(self, samples: Sequence[bytes]) -> None:
        common = zstandard.ZstdCompressionDict(b"".join(samples), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        common.precompute_compress(level=_LEVEL)
        self.pack = zstandard.ZstdCompressor(level=_LEVEL, dict_data=common, write_dict_id=False).compress
        self.unpack = zstandard.ZstdDecompressor(dict_data=common).decompress


class Shelf:
    """The tickets of all tenants of a shard."""

    def __init__(self) -> None:
        self._tenants: dict[str, KeptTickets] = {}
        self._in_use: deque[tuple[KeptTickets, str]] = deque()  # as they came into use
        self._packing: _Packing | None = None

    def of(self, tenant: str) -> "KeptTickets":
        """The tickets of `tenant`."""
        kept = self._tenants.get(tenant)
        if kept is None:
            kept = self._tenants[tenant] = KeptTickets(tenant, self)
        return kept

    def tidy(self) -> None:
        """Pack what has been in use for the longest time, if too many tickets are. Nobody may hold one of them."""
        while len(self._in_use) > IN_USE_MAX:
            tickets, ticket_id = self._in_use.popleft()
            tickets.put_away(ticket_id)

    def note_use(self, tickets: "KeptTickets", ticket_id: str) -> None:
        """A ticket is not packed, or not any more."""
        self._in_use.append((tickets, ticket_id))

    @property
    def may_pack(self) -> bool:
        """True once enough tickets are known to say what they have in common."""
        return self._packing is not None or len(self._in_use) >= _SAMPLES

    def pack(self, state: bytes) -> bytes:
        """The state of a ticket, packed. The first ones say what tickets of this shard have in common."""
        if self._packing is None:
            samples = (snapshot.encode(tickets.look(each)) for tickets, each in self._in_use if each in tickets)
            self._packing = _Packing([state, *islice(samples, _SAMPLES)])
        # a copy: zstandard shrinks a block as large as `state`, and what is cut off is of no use to anybody
        return bytes(memoryview(self._packing.pack(state)))

    def unpack(self, value: bytes) -> Ticket:
        """The ticket that was packed."""
        if self._packing is None:
            raise RuntimeError("nothing was packed yet")
        return snapshot.decode_ticket(self._packing.unpack(value))


class KeptTickets(MutableMapping[str, Ticket]):
    """The tickets of one tenant by id."""

    __slots__ = ("_kept", "_shelf", "_tenant")

    def __init__(self, tenant: str, shelf: Shelf) -> None:
        self._tenant = tenant
        self._shelf: Shelf = proxy(shelf)  # what a worker lets go of need not wait for the garbage collector
        self._kept: dict[str, Ticket | _Packed] = {}

    def __getitem__(self, ticket_id: str) -> Ticket:
        kept = self._kept[ticket_id]
        if isinstance(kept, _Packed):
            kept = self._kept[kept.id] = self._unpack(kept)
            self._shelf.note_use(self, kept.id)
        return kept

    def __setitem__(self, ticket_id: str, ticket: Ticket) -> None:
        if self._kept.get(ticket_id) is not ticket:
            self._kept[ticket_id] = ticket
            self._shelf.note_use(self, ticket_id)

    def __delitem__(self, ticket_id: str) -> None:
        del self._kept[ticket_id]

    def __contains__(self, ticket_id: object) -> bool:
        return ticket_id in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def values(self) -> ValuesView[Ticket]:
        """All of them, one after the other: whoever goes through them holds none but the last."""
        return _OneByOne(self)

    def tidy(self) -> None:
        """See `Shelf.tidy`."""
        self._shelf.tidy()

    def look(self, ticket_id: str) -> Ticket:
        """The ticket of that id, to be read and not changed, at any time. Raises `KeyError` where there is none."""
        kept = self._kept[ticket_id]
        return self._unpack(kept) if isinstance(kept, _Packed) else kept

    def load(self, ticket: Ticket, state: bytes) -> None:
        """Take in `ticket`, which nobody uses yet; `state` is its record."""
        if self._shelf.may_pack:
            self._kept[ticket.id] = _Packed(ticket.id, self._shelf.pack(state))
        else:
            self[ticket.id] = ticket

    def put_away(self, ticket_id: str) -> None:
        """Pack the ticket of that id, if it is still there."""
        kept = self._kept.get(ticket_id)
        if isinstance(kept, Ticket):
            self._kept[kept.id] = _Packed(kept.id, self._shelf.pack(snapshot.encode(kept)))

    def _unpack(self, packed: _Packed) -> Ticket:
        ticket = self._shelf.unpack(packed.value)
        ticket.id, ticket.tenant = packed.id, self._tenant
        return ticket


class _OneByOne(ValuesView[Ticket]):
    """Lets tickets be packed again while they are gone through."""

    def __init__(self, tickets: KeptTickets) -> None:
        super().__init__(tickets)
        self._tickets = tickets

    def __iter__(self) -> Iterator[Ticket]:
        for ticket_id in self._tickets:
            yield self._tickets[ticket_id]
            self._tickets.tidy()
