"""How an event changes what is known of a tenant beside its tickets."""

from tocsin.domain.attainment import judged
from tocsin.domain.book import Book
from tocsin.domain.callback import CallerLine
from tocsin.domain.events import AttainmentJudged, CallbackOwed, CallerReached, ContractAdopted, Event, TicketForgotten


def evolve_book(event: Event, book: Book) -> None:
    """Apply an event of the tenant's own."""
    tenant = book.tenant
    if isinstance(event, ContractAdopted):
        tenant.contract, tenant.plan = event.contract, event.plan
        tenant.contacts, tenant.servers = list(event.contacts), list(event.servers)
    elif isinstance(event, AttainmentJudged):
        judged(book, event.standing)


def evolve_lines(event: Event, book: Book, ticket: str | None, offset: int) -> list[CallerLine]:
    """Apply what `event` says of callers; the lines that it changed."""
    match event:
        case CallbackOwed(caller=caller, call=call) if ticket is not None:
            line = book.line(caller)
            line.owes(ticket, call)
        case CallerReached(caller=caller, happened_at=at):
            line = book.line(caller)
            line.reached(at, offset)
        case TicketForgotten() if ticket is not None:
            return [line for contact in book.tickets[ticket].contacts if (line := book.line(contact)).leave(ticket)]
        case _:
            return []
    book.put_line(line)
    return [line]
