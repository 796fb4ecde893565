"""The one place where state of earlier rules becomes state of these: at the switch, once.

A promise that was made stays as it was made. A step changes only state that the new code would read with another
meaning than the code that wrote it.
"""

from collections.abc import Callable, Iterator

from tocsin.domain.clocks.attainment import in_open_month, recount
from tocsin.domain.decide.matter import is_over
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Acknowledgement, Ticket, incident

Changed = Ticket | Caller | Tenant
"""State of which a record is written anew. A caller that its tenant has no more is one to be deleted."""

Step = Callable[[TenantState], Iterator[Changed]]
"""Changes the state of a tenant in place, and yields each part that it has changed."""


def keep_taken(state: TenantState) -> Iterator[Changed]:
    """An acknowledgement was one of the whole ticket: it goes on to cover all whose escalation it holds."""
    for ticket in state.tickets.values():
        if held := ticket.acknowledgement:
            clocks = (clock.incident for clock in ticket.clocks if clock.running)
            notices = (incident(topic, ticket.notices_closed) for topic in ticket.notices)
            ticket.taken_by = (Acknowledgement(held.by, held.at, held.expires_at, (*clocks, *notices)),)
            ticket.acknowledgement = None
            yield ticket


def name_steps_taken(state: TenantState) -> Iterator[Changed]:
    """The steps that had been taken were counted, in the order of the policy; they are known by their places now."""
    for ticket in state.tickets.values():
        counted = [clock for clock in ticket.clocks if clock.next_step]
        for clock in counted:
            clock.steps_taken, clock.next_step = tuple(range(clock.next_step)), 0
        if counted:
            yield ticket


def count_promises_that_stand(state: TenantState) -> Iterator[Changed]:
    """A promise that was withdrawn had stayed in the count of its month. What was judged stays as it was told."""
    for ticket in state.tickets.values():
        withdrawn = [clock for clock in ticket.clocks if clock.void and in_open_month(state, clock)]
        for clock in withdrawn:
            recount(state, clock, ())
        if withdrawn:
            yield ticket
            yield state.tenant


def give_refused_cases_back(state: TenantState) -> Iterator[Changed]:
    """A ticket that is ruled out had used up a support case of its server."""
    refused = [ticket for ticket in state.tickets.values() if ticket.contacts and ticket.ruled_out]
    for ticket in refused:
        state.count_case(ticket, ticket.server or "", None)
    if refused:
        yield state.tenant


def let_follow_ups_follow(state: TenantState) -> Iterator[Changed]:
    """A follow-up was linked to the closed ticket that it goes on from, as two tickets are that a person links."""
    for ticket in state.tickets.values():
        before = state.named(next(iter(ticket.links), None))
        if ticket.follows is None and before and is_over(before, ticket.opening.at):
            ticket.follows = before.number
            state.put(ticket)
            yield ticket


STEPS: tuple[Step, ...] = (
    keep_taken,
    name_steps_taken,
    count_promises_that_stand,
    give_refused_cases_back,
    let_follow_ups_follow,
)
"""In the order in which they are taken."""


def migrate(state: TenantState) -> Iterator[Changed]:
    """Take every step on the state of a tenant; yields each part that has changed."""
    for step in STEPS:
        yield from step(state)
