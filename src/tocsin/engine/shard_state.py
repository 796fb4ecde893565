"""The whole state of a shard, restored from records."""

from collections.abc import Iterator

from tocsin.contracts.codec import contract_from_json, contract_hash
from tocsin.domain.commands.inbound import AdoptContract, Input
from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import Instant
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.redriven import RedrivenInputs
from tocsin.engine.shelf import Shelf
from tocsin.engine.snapshot import PartitionState
from tocsin.messages.partitioning import require_place
from tocsin.messages.record import Topic


class NoContract(Exception):  # noqa: N818 - says what is the matter; the worker stops on it
    """An input of a tenant that has adopted no contract: the log before it is missing."""

    def __init__(self, partition: int, message: Input) -> None:
        super().__init__(
            f"{Topic.INBOX}/{partition}/{message.offset}: tenant {message.tenant} has adopted no contract; "
            "the log before this record is missing, or its state was not restored"
        )


class ShardState:
    """The state of each tenant, their contracts by hash, and the state of the partition: its `number` of `partitions`.

    Where `partitions` is None, it is not checked which tenants belong here.
    """

    def __init__(self, rules: int, number: int, partitions: int | None) -> None:
        self.partition = PartitionState(rules=rules)
        self._number = number
        self._partitions = partitions
        self._shelf = Shelf()
        self.tenants: dict[str, TenantState] = {}
        self.contracts: dict[str, Contract] = {}
        self.redriven = RedrivenInputs()
        self._forgotten: set[str] = set()  # tickets of which a tombstone was loaded, and nothing after it

    def state_of(self, tenant: str) -> TenantState:
        """The state of `tenant`, a new one where there is none. Raises `MisplacedError` where it belongs elsewhere."""
        state = self.tenants.get(tenant)
        if state is None:
            if self._partitions is not None:
                require_place("an input", tenant, self._number, self._partitions)
            state = self.tenants[tenant] = TenantState(Tenant(tenant), self.contracts, self._shelf.of(tenant))
        return state

    def tickets(self) -> Iterator[tuple[TenantState, Ticket]]:
        """Every ticket with the state of its tenant."""
        for state in self.tenants.values():
            for ticket in state.tickets.values():
                yield state, ticket

    def take_in(self, adoption: AdoptContract) -> bool:
        """Keep the contract that `adoption` carries; whether it is new. Raises `ValueError` for a wrong hash."""
        if contract_hash(adoption.contract) != adoption.contract_hash:
            raise ValueError("an adoption record carries a contract that does not match its hash")
        if adoption.contract_hash in self.contracts:
            return False
        self.contracts[adoption.contract_hash] = contract_from_json(adoption.contract)
        return True

    def expire_callers(self, now: Instant) -> Iterator[tuple[TenantState, Caller]]:
        """Drop returns older than the window, and callers of which nothing is left; yields those that changed."""
        for state in self.tenants.values():
            for caller in [caller for caller in state.callers.values() if caller.expire(now)]:
                if caller.empty:
                    state.drop_caller(caller)
                yield state, caller

    def tidy(self) -> None:
        """Pack tickets that have not been in use lately; see `tocsin.engine.shelf`."""
        self._shelf.tidy()

    def look(self, tenant: str, ticket_id: str) -> Ticket:
        """A ticket to be read, at any time. Raises `KeyError` where there is none."""
        return self._shelf.of(tenant).look(ticket_id)

    def load(self, key: str, value: bytes | None) -> None:
        """Take back a record of `soc.tenants`; a later one replaces an earlier one of its key."""
        kind, _, name = key.partition("/")
        match kind:
            case "partition" if value is not None:
                self.partition = snapshot.decode_partition(value)
            case "contract" if value is not None:
                self.contracts[name] = contract_from_json(value.decode())
            case "tenant" if value is not None:
                self.state_of(name).tenant = snapshot.decode_tenant(value)
            case "caller":
                tenant, _, number = name.partition("/")
                self._load_caller(self.state_of(tenant), number, value)
            case "redriven":
                tenant, _, digest = name.partition("/")
                self.redriven.load(tenant, digest, None if value is None else snapshot.decode_redriven(value))
            case "partition" | "contract" | "tenant":
                raise ValueError("it was deleted, which Tocsin never does")
            case _ if value is not None:
                raise ValueError("it is no state of Tocsin")

    def load_ticket(self, ticket_id: str, value: bytes | None) -> tuple[Ticket | None, Ticket | None]:
        """Take back a record of `soc.tickets`; the ticket that was there before it, and the one that it holds.

        A ticket that was forgotten goes with `drop_forgotten`.
        """
        if value is None:
            self._forgotten.add(ticket_id)
            return None, None
        self._forgotten.discard(ticket_id)
        ticket = snapshot.decode_ticket(value)
        state = self.state_of(ticket.tenant)
        kept = self._shelf.of(state.tenant.name)
        before = kept.look(ticket_id) if ticket_id in kept else None
        if before is not None:
            state.drop(before)
        ticket.tenant = state.tenant.name  # one object for all of its tickets
        kept.load(ticket, value)
        state.index(ticket)
        return before, ticket

    def drop_forgotten(self) -> Iterator[Ticket]:
        """Drop the tickets that ended while the topic was read; yields each.

        All of them at once: a tombstone does not say whose ticket it was, and tenants are thousands.
        """
        for state in self.tenants.values():
            fewer, more = sorted((self._forgotten, state.tickets), key=len)
            for ticket_id in [each for each in fewer if each in more]:
                ticket = self._shelf.of(state.tenant.name).look(ticket_id)
                state.drop(ticket)
                yield ticket
        self._forgotten.clear()

    @staticmethod
    def _load_caller(state: TenantState, number: str, value: bytes | None) -> None:
        if number in state.callers:
            state.drop_caller(state.callers[number])
        if value is not None:
            state.put_caller(snapshot.decode_caller(value))
