"""Everything that a shard knows, and how it is restored from records."""

from collections.abc import Iterator

from tocsin.contracts.codec import contract_from_json, contract_hash
from tocsin.domain.commands.inbound import AdoptContract
from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import Instant
from tocsin.domain.state.callbacks import CallerLine
from tocsin.domain.state.tenant import Book, Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.snapshot import PartitionState
from tocsin.messages.record import Topic


class Holdings:
    """The books of the tenants, their contracts by hash, and the state of the partition."""

    def __init__(self) -> None:
        self.partition = PartitionState()
        self.books: dict[str, Book] = {}
        self.contracts: dict[str, Contract] = {}

    def book(self, tenant: str) -> Book:
        """The book of `tenant`, a new one where there is none."""
        book = self.books.get(tenant)
        if book is None:
            book = self.books[tenant] = Book(Tenant(tenant), self.contracts)
        return book

    def tickets(self) -> Iterator[tuple[Book, Ticket]]:
        """Every ticket with its book."""
        for book in self.books.values():
            for ticket in book.tickets.values():
                yield book, ticket

    def take_in(self, adoption: AdoptContract) -> bool:
        """Keep the contract that `adoption` carries; whether it is new. Raises `ValueError` for a wrong hash."""
        if contract_hash(adoption.contract) != adoption.contract_hash:
            raise ValueError("an adoption record carries a contract that does not match its hash")
        if adoption.contract_hash in self.contracts:
            return False
        self.contracts[adoption.contract_hash] = contract_from_json(adoption.contract)
        return True

    def expire_lines(self, now: Instant) -> Iterator[tuple[Book, CallerLine]]:
        """Forget returns that are too old to matter, and lines of which nothing is left; what has changed."""
        for book in self.books.values():
            for line in [line for line in book.lines.values() if line.expire(now)]:
                if line.empty:
                    book.drop_line(line)
                yield book, line

    def load(self, topic: Topic, key: str, value: bytes | None) -> None:
        """Take back a record of `soc.tickets` or `soc.tenants`; a later one replaces an earlier one of its key."""
        if topic is Topic.TICKETS:
            self._load_ticket(key, value)
            return
        kind, _, name = key.partition("/")
        match kind:
            case "partition" if value is not None:
                self.partition = snapshot.decode_partition(value)
            case "contract" if value is not None:
                self.contracts[name] = contract_from_json(value.decode())
            case "tenant" if value is not None:
                self.book(name).tenant = snapshot.decode_tenant(value)
            case "caller":
                tenant, _, caller = name.partition("/")
                self._load_line(self.book(tenant), caller, value)
            case _:
                raise ValueError(f"soc.tenants holds a record that is no state of Tocsin: {key!r}")

    def _load_ticket(self, ticket_id: str, value: bytes | None) -> None:
        ticket = None if value is None else snapshot.decode_ticket(value)
        for book in self.books.values() if ticket is None else [self.book(ticket.tenant)]:
            if ticket_id in book.tickets:
                book.drop(book.tickets[ticket_id])
        if ticket is not None:
            self.book(ticket.tenant).put(ticket)

    @staticmethod
    def _load_line(book: Book, caller: str, value: bytes | None) -> None:
        if caller in book.lines:
            book.drop_line(book.lines[caller])
        if value is not None:
            book.put_line(snapshot.decode_line(value))
