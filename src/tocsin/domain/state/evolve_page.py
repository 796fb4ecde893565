"""The change that what became of a page makes to the promise whose last page it was."""

from msgspec.structs import replace

from tocsin.domain.events import PageEvent
from tocsin.domain.events.paging import PageAccepted, PageFailed
from tocsin.domain.state.ticket import Ticket


def evolve_page(event: PageEvent, ticket: Ticket, offset: int) -> None:
    """Apply `event` to `ticket`; `offset` is that of the receipt. The first that says the same counts."""
    if event.rule is None or event.cycle is None:
        return
    clock = ticket.clock(event.rule, event.cycle)
    page, now = clock.page, ticket.touched_at
    if page is None:
        return
    if isinstance(event, PageAccepted) and page.accepted_at is None:
        clock.page = replace(page, accepted_at=now, receipt=offset)
    elif isinstance(event, PageFailed) and not event.ways_left and page.failed_at is None:
        clock.page = replace(page, failed_at=now, receipt=offset if page.accepted_at is None else page.receipt)
