"""A ticket as tables for people, and as JSON for machines."""

from typing import Any

from msgspec import UNSET
from rich.table import Table

from tocsin.domain.contract.evidence import BEGINNINGS
from tocsin.domain.instant import SECOND, Instant, show
from tocsin.domain.state.parts import Received
from tocsin.domain.state.sources import over_at_source
from tocsin.domain.state.ticket import Acknowledgement, Clock, Ticket
from tocsin.render.durations import time_left
from tocsin.render.table import cell

_IN_OTHER_ROWS = ("number", "contacts", "clocks", "acknowledged_by", "acknowledgements")
"""The facts that are not shown as they stand in the document."""


def document(ticket: Ticket, now: Instant) -> dict[str, Any]:
    """`ticket` for machines; times are RFC 3339, `seconds_left` is negative when the deadline has passed."""
    return {
        "id": ticket.id,
        "number": ticket.number,
        "tenant": ticket.tenant,
        "title": ticket.title,
        "priority": ticket.priority,
        "stage": ticket.stage,
        "channel": ticket.channel,
        "tlp": ticket.tlp or None,
        "severity": ticket.severity,
        "risk": ticket.risk,
        "sophistication": ticket.sophistication,
        "unknown": ticket.unknown,
        "client_ticket": ticket.client_ticket,
        "opened_at": show(ticket.opened_at),
        "resolved_at": _shown(ticket.resolved_at),
        "closed_at": _shown(ticket.closed_at),
        "assignee": ticket.assignee,
        "team": ticket.team,
        "acknowledged_by": ticket.taken_by[0].by if ticket.taken_by else None,
        "acknowledgements": [_acknowledgement(each) for each in ticket.taken_by],
        "not_told": not_told(ticket),
        "on_hold": ticket.held.reason if ticket.held else None,
        "on_hold_until": _shown(ticket.held.until) if ticket.held else None,
        "repeats": ticket.repeats,
        "source_resolved_at": _over_at(ticket),
        "merged": [absorbed.number for absorbed in ticket.absorbed],
        "split_from": ticket.split_from,
        "links": ticket.links,
        "related": ticket.related,
        "plan": ticket.plan,
        "contract_hash": ticket.contract,
        "contacts": [_contact(contact, ticket) for contact in ticket.known_contacts],
        "clocks": [_clock(clock, ticket, now) for clock in ticket.clocks],
    }


def not_told(ticket: Ticket) -> list[str]:
    """The open incidents of which paging systems do not know, since a silence hides them."""
    return [] if ticket.quiet is UNSET else [each.incident for each in ticket.quiet.muted if each.hidden]


def _over_at(ticket: Ticket) -> str | None:
    """The time since which all that sensors saw on the ticket is over, as they say."""
    word = over_at_source(ticket)
    return None if word is None else show(word.at)


def _acknowledgement(each: Acknowledgement) -> dict[str, Any]:
    return {"by": each.by, "at": show(each.at), "expires_at": _shown(each.expires_at), "covers": each.covers}


def _contact(contact: Received, ticket: Ticket) -> dict[str, Any]:
    """A contact by its place in the inbox, with its own id; `happened_at` is None where it started nothing."""
    mark = next((mark for mark in ticket.marks if mark.offset == contact.offset and mark.kind in BEGINNINGS), None)
    return {
        "place": contact.offset,
        "id": contact.id or None,
        "from": contact.contact or None,
        "kind": mark.kind if mark else None,
        "happened_at": show(mark.at) if mark else None,
    }


def _clock(clock: Clock, ticket: Ticket, now: Instant) -> dict[str, Any]:
    ticking = clock.running and clock.deadline is not None
    return {
        "rule": clock.rule,
        "objective": clock.objective,
        "cycle": clock.cycle,
        "started_at": show(clock.started_at),
        "deadline": _shown(clock.deadline),
        "state": state(clock, ticket),
        "seconds_left": (clock.deadline - now) / SECOND if ticking and clock.deadline is not None else None,
        "fulfilled_at": _shown(clock.fulfilled_at),
        "page": paged(clock),
        "page_since": _shown(_paged_since(clock)),
    }


def paged(clock: Clock) -> str | None:
    """The fate of the last page of a promise that runs, as receipts tell it; None where nobody is paged, or has it."""
    page = clock.page
    if page is None:
        return None
    if clock.unreached:
        return "reached nobody"
    if page.accepted_at is not None:
        return "received"
    return "raised" if page.failed_at is None else "not delivered"


def _paged_since(clock: Clock) -> Instant | None:
    page = clock.page
    return None if page is None else page.failed_at if page.accepted_at is None else page.accepted_at


def state(clock: Clock, ticket: Ticket) -> str:
    """The state of a promise in a word."""
    if not clock.running:
        return "late" if clock.breached else "met"
    if clock.breached:
        return "breached"
    if clock.deadline is None:
        return "paused" if ticket.held else "no figure"
    return "at risk" if clock.warned else "on track"


def list_table(tickets: list[tuple[Ticket, Instant]]) -> Table:
    """One row for each ticket, with the clock that is due next. Each ticket comes with the time of its log."""
    table = Table("number", "tenant", "priority", "stage", "taken by", "next deadline", "left", "title")
    for ticket, now in tickets:
        due = next_clock(ticket)
        taken_by = ticket.assignee or ", ".join(dict.fromkeys(each.by for each in ticket.taken_by))
        cells = (ticket.number, ticket.tenant, ticket.priority, ticket.stage, taken_by)
        deadline = f"{due.objective} {_shown(due.deadline)}" if due else None
        table.add_row(*map(cell, (*cells, deadline, left(due, now) if due else None, ticket.title)))
    return table


def head_table(ticket: Ticket, now: Instant) -> Table:
    """The facts of a ticket, one row for each."""
    table = Table("ticket", ticket.number)
    for name, value in document(ticket, now).items():
        if name not in _IN_OTHER_ROWS and value not in (None, [], (), 0):
            table.add_row(cell(name.replace("_", " ")), cell(value))
    for each in ticket.taken_by:
        table.add_row(cell("taken by"), cell(f"{each.by}: {', '.join(each.covers) or 'nothing that is open'}"))
    return table


def contact_table(ticket: Ticket) -> Table:
    """The contacts of a ticket; `tocsin desk split` takes one by its place or its id."""
    table = Table("contact", "id", "from", "kind", "happened")
    for contact in document(ticket, 0)["contacts"]:
        table.add_row(*map(cell, contact.values()))
    return table


def clock_table(ticket: Ticket, now: Instant) -> Table:
    """The promises of a ticket with their deadlines."""
    table = Table("promise", "cycle", "started", "deadline", "state", "left", "fulfilled", "page")
    for clock in ticket.clocks:
        times = (show(clock.started_at), _shown(clock.deadline), state(clock, ticket))
        table.add_row(
            *map(cell, (clock.rule, clock.cycle, *times, left(clock, now), _shown(clock.fulfilled_at), paged(clock)))
        )
    return table


def next_clock(ticket: Ticket) -> Clock | None:
    """The clock of `ticket` with the earliest deadline; None if no clock with a deadline runs."""
    running = (clock for clock in ticket.clocks if clock.running and clock.deadline is not None)
    return min(running, key=lambda clock: clock.deadline or 0, default=None)


def left(clock: Clock, now: Instant) -> str | None:
    """The time to the deadline of a clock that runs: `0:12:30`, or `-0:05:00` after it."""
    if not clock.running or clock.deadline is None:
        return None
    return time_left(clock.deadline - now)


def _shown(instant: Instant | None) -> str | None:
    return None if instant is None else show(instant)
