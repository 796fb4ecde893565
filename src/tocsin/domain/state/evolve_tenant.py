"""How an event changes what is known of a tenant beside its tickets."""

from collections.abc import Iterator

from tocsin.domain.clocks.attainment import take_in
from tocsin.domain.events.contact import CallbackOwed, CallerReached
from tocsin.domain.events.contract import AttainmentAtRisk, AttainmentJudged, ContractAdopted
from tocsin.domain.events.ticket import Event, TicketForgotten
from tocsin.domain.state.callbacks import CallerLine
from tocsin.domain.state.tenant import Book
from tocsin.domain.vocabulary import Evidence


def evolve_book(event: Event, book: Book) -> None:
    """Apply an event of the tenant's own."""
    tenant = book.tenant
    if isinstance(event, ContractAdopted):
        tenant.contract, tenant.plan = event.contract, event.plan
        tenant.contacts, tenant.servers = list(event.contacts), list(event.servers)
    elif isinstance(event, AttainmentAtRisk | AttainmentJudged):
        take_in(event, book)


def evolve_lines(event: Event, book: Book, ticket: str | None) -> list[CallerLine]:
    """Apply what `event` says of callers; the lines that it changed."""
    match event:
        case CallbackOwed(caller=caller, call=call) if ticket is not None:
            line = book.line(caller)
            book.put_line(line, line.owes(ticket, call))
        case CallerReached(caller=caller, happened_at=at, offset=offset):
            line = book.line(caller)
            line.reached(at, offset)
            book.put_line(line)
        case TicketForgotten() if ticket is not None:
            return list(_left(book, ticket))
        case _:
            return []
    return [line]


def _left(book: Book, ticket: str) -> Iterator[CallerLine]:
    callers = dict.fromkeys(mark.what for mark in book.tickets[ticket].marks if mark.kind is Evidence.CALLBACK_OWED)
    for line in [line for caller in callers if (line := book.line(caller)).leave(ticket)]:
        if line.empty:
            book.drop_line(line)
        yield line
