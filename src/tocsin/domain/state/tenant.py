"""One tenant's tickets, and the ways to find the one that an input is about."""

import re
from collections.abc import Iterable, Iterator, MutableMapping
from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.domain.commands.inbound import CallReceived, Contact
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import Server
from tocsin.domain.instant import Instant
from tocsin.domain.state.callers import Callers
from tocsin.domain.state.cases import CasesAt, with_case
from tocsin.domain.state.heartbeats import Heartbeat
from tocsin.domain.state.index import Index
from tocsin.domain.state.parts import Absorbed, Bounce
from tocsin.domain.state.persons import WITHHELD, own, owners, person_of
from tocsin.domain.state.silences import Quiet, Silence
from tocsin.domain.state.tally import Tally
from tocsin.domain.state.ticket import Ticket

_RELATED_MAX = 20
_COUNT = re.compile(r"[0-9]{6,12}", re.ASCII)


class Tenant(msgspec.Struct):
    """A tenant without its tickets: contract, contacts, servers, tallies."""

    name: str
    contract: str = ""  # hash of the adopted contract
    plan: str = ""
    tickets_opened: int = 0
    sequence: int = 0  # of its own journal events, without gaps
    contacts: list[Contact] = msgspec.field(default_factory=list)
    servers: list[Server] = msgspec.field(default_factory=list)
    domains: tuple[str, ...] | None = None  # of its mail addresses; None: nobody said
    bounces: tuple[Bounce, ...] = ()  # the last ones of mails that we have yet to hear of
    cases: dict[str, int] = msgspec.field(
        default_factory=dict
    )  # by server, or under "" of the tenant itself; see `Ticket.case_of`
    months: dict[str, Tally] = msgspec.field(default_factory=dict)  # and quarters, and years of a contract
    since: date | UnsetType = UNSET  # the day on which its contract began; unset: nobody said
    cases_at: CasesAt | UnsetType = UNSET  # when they were opened, where only so many are included in a period
    heartbeats: dict[str, Heartbeat] = msgspec.field(default_factory=dict)  # by the name of the notify
    silences: tuple[Silence, ...] | UnsetType = UNSET  # planned or in force; unset: none
    quiet: Quiet | UnsetType = UNSET  # what was not told of it as a whole; unset: it never had a silence
    settles_at: Instant | UnsetType = UNSET  # a silence began or ended then, and not all of its tickets are judged yet


class TenantState(Callers):
    """The tickets of one tenant with their indexes. `contracts` is the shard's, by hash."""

    def __init__(
        self, tenant: Tenant, contracts: dict[str, Contract], tickets: MutableMapping[str, Ticket] | None = None
    ) -> None:
        """`tickets` keeps them by id, and is empty; None: a plain dict does."""
        super().__init__()
        self.tenant = tenant
        self.timed = False  # a timer of the tenant's own is armed
        self.contracts = contracts
        self.tickets: MutableMapping[str, Ticket] = {} if tickets is None else tickets
        self._by_number: dict[str, str] = {}
        self._by_key = Index()
        self._by_message = Index()
        self._by_call = Index()
        self._by_client_ticket = Index()
        self._by_contact = Index()
        self._by_followed = Index()
        self._waiting_for_a_call: set[str] = set()

    @property
    def contract(self) -> Contract:
        """The contract that the tenant has adopted."""
        return self.contracts[self.tenant.contract]

    @property
    def plan(self) -> Plan:
        """The plan under which the tenant's new tickets open."""
        return self.contracts[self.tenant.contract].plans[self.tenant.plan]

    def contract_of(self, ticket: Ticket) -> Contract:
        """The contract that `ticket` is pinned to."""
        return self.contracts[ticket.contract]

    def plan_of(self, ticket: Ticket) -> Plan:
        """The plan that `ticket` is pinned to."""
        return self.contracts[ticket.contract].plans[ticket.plan]

    def put(self, ticket: Ticket) -> None:
        """Take in `ticket`, or what is new about it, under everything by which it can be found."""
        self.tickets[ticket.id] = ticket
        self.index(ticket)

    def index(self, ticket: Ticket) -> None:
        """Let `ticket`, which is kept, be found by all that leads to it."""
        for number in _numbers(ticket):
            self._by_number[number] = ticket.id
        for index, name in self._names(ticket):
            index.add(name, ticket.id)
        if ticket.waits_for_a_call:
            self._waiting_for_a_call.add(ticket.id)

    def _names(self, ticket: Ticket) -> Iterator[tuple[Index, str]]:
        yield from self._given(ticket)
        for absorbed in ticket.absorbed:
            yield from self._given(absorbed)
        for message in ticket.messages:
            yield self._by_message, message
        for each in ticket.received:
            if each.id and each.id not in ticket.messages:
                yield self._by_call, each.id
        for contact in ticket.contacts:
            yield self._by_contact, contact

    def _given(self, ticket: Ticket | Absorbed) -> Iterator[tuple[Index, str]]:
        if ticket.correlation_key is not None:
            yield self._by_key, ticket.correlation_key
        if ticket.client_ticket is not None:
            yield self._by_client_ticket, ticket.client_ticket
        if ticket.follows is not None:
            yield self._by_followed, ticket.follows

    def open(self, ticket: Ticket) -> None:
        """Take in a new ticket."""
        self.tenant.tickets_opened += 1
        self.put(ticket)

    def count_case(self, ticket: Ticket, before: str | None, after: str | None) -> None:
        """Count `ticket` as a case of the server `after`, no longer of `before`; None for no server's."""
        for server, change in ((before, -1), (after, 1)):
            if server is not None:
                self.tenant.cases[server] = max(0, self.tenant.cases.get(server, 0) + change)
        if any(it.per is not None for it in self.plan_of(ticket).entitlements):
            self.tenant.cases_at = with_case(self.tenant.cases_at, ticket.opened_at, before, after)

    def drop(self, ticket: Ticket) -> None:
        """Forget `ticket`."""
        del self.tickets[ticket.id]
        self.take_out(ticket)

    def take_out(self, ticket: Ticket) -> None:
        """Let `ticket` not be found by what leads to it now; by its id it still is, while it is kept."""
        for number in _numbers(ticket):
            if self._by_number.get(number) == ticket.id:  # it may lead to another one, which has absorbed this one
                del self._by_number[number]
        for index, name in self._names(ticket):
            index.discard(name, ticket.id)
        self._waiting_for_a_call.discard(ticket.id)

    def aliases(self, who: str) -> tuple[str, ...]:
        """The numbers and addresses of the only contact who has this one; the first of them stands for the person.

        Those that several contacts have, such as a switchboard, are left out.
        """
        having = owners(self.tenant.contacts, who)
        return own(self.tenant.contacts, having[0]) if len(having) == 1 else (who,)

    def person_of(self, body: CallReceived) -> str:
        """The key of the person who rang."""
        return person_of(self.tenant.contacts, body.caller, body.contact, body.call)

    def person_at(self, number: str, name: str) -> str:
        """The key of the person of that name who rings from `number`."""
        return person_of(self.tenant.contacts, number, name, "")

    def kept_for(self, person: str) -> list[Ticket]:
        """The tickets that keep callbacks for exactly this person."""
        caller = self.callers.get(person)
        return [self.tickets[home] for home in caller.homes if home in self.tickets] if caller else []

    def ticket(self, ticket_id: str | None) -> Ticket | None:
        """The ticket of that id, None for None. Raises `KeyError` where there is none."""
        return None if ticket_id is None else self.tickets[ticket_id]

    def named(self, name: str | None) -> Ticket | None:
        """The ticket of that id or number, of this tenant; the one that has absorbed it, if it was merged."""
        return None if name is None else self.tickets.get(self._by_number.get(name.upper(), name))

    def forgotten(self, name: str | None) -> bool:
        """True if `name` is the number of a ticket that has been dropped."""
        prefix, _, count = (name or "").upper().rpartition("-")
        if prefix != self.tenant.name.upper() or not _COUNT.fullmatch(count):
            return False
        return 0 < int(count) <= self.tenant.tickets_opened and self.named(name) is None

    def of_client(self, client_ticket: str | None) -> Ticket | None:
        """The ticket that the client knows by its own number."""
        return self._get(self._by_client_ticket, client_ticket)

    def of_detection(self, key: str) -> Ticket | None:
        """The latest ticket of that correlation key."""
        return self._get(self._by_key, key)

    def of_thread(self, messages: Iterable[str | None]) -> Ticket | None:
        """The ticket of the mail thread that one of `messages` belongs to, the first that is known."""
        return next((found for message in messages if (found := self._get(self._by_message, message))), None)

    def of_calls(self, call: str) -> list[Ticket]:
        """The tickets that have a call of that id, as they got it."""
        return [self.tickets[ticket] for ticket in self._by_call.of(call)]

    def of_call(self, call: str | None) -> Ticket | None:
        """The ticket that has that call of the client."""
        return self._get(self._by_call, call)

    def open_of(self, who: str) -> list[Ticket]:
        """The open tickets of the person with the number or address `who`, as they were opened."""
        if who == WITHHELD:
            return []
        theirs = dict.fromkeys(ticket for alias in self.aliases(who) for ticket in self._by_contact.of(alias))
        return [self.tickets[ticket] for ticket in theirs if self.tickets[ticket].open]

    def only_open_of(self, who: str) -> Ticket | None:
        """The open ticket of the person with the number or address `who`, if there is exactly one."""
        theirs = self.open_of(who)
        return theirs[0] if len(theirs) == 1 else None

    def related_to(self, who: str) -> tuple[str, ...]:
        """The numbers of the open tickets of that person, of very many the latest."""
        return tuple(sorted((ticket.number for ticket in self.open_of(who)), key=_as_opened))[-_RELATED_MAX:]

    def follow_ups(self, ticket: Ticket) -> list[Ticket]:
        """The tickets that go on with the matter of `ticket`, as they were opened."""
        return sorted((self.tickets[it] for it in self._by_followed.of(ticket.number)), key=_age)

    def knows(self, who: str) -> bool:
        """True if that number or address is a contact's, or that of somebody with a ticket."""
        if who == WITHHELD:
            return False
        return bool(owners(self.tenant.contacts, who)) or bool(self._by_contact.of(who))

    def waiting_for_a_call(self) -> list[Ticket]:
        """The open tickets whose request must come by telephone and has not yet."""
        known = (self.tickets[ticket] for ticket in self._waiting_for_a_call)
        return sorted((ticket for ticket in known if ticket.open and ticket.waits_for_a_call), key=_age)

    def _get(self, index: Index, name: str | None) -> Ticket | None:
        """Of several tickets the one that was opened last."""
        ids = () if name is None else index.of(name)
        if len(ids) > 1:
            return max((self.tickets[ticket] for ticket in ids), key=_age)
        return self.tickets[next(iter(ids))] if ids else None


def _numbers(ticket: Ticket) -> Iterator[str]:
    """The names by which a ticket is called, its own number and those of the tickets that it has absorbed."""
    yield ticket.number
    for absorbed in ticket.absorbed:
        yield absorbed.number
        yield absorbed.id.upper()


def _as_opened(number: str) -> tuple[int, str]:
    return len(number), number


def _age(ticket: Ticket) -> tuple[int, str]:
    """Sorts the tickets of a tenant as they were opened."""
    return _as_opened(ticket.number)
