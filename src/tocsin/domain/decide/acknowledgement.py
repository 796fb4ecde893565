"""Decides on who takes the incidents of a ticket, and who gives them back."""

from tocsin.domain.commands.desk import Acknowledge, Unacknowledge
from tocsin.domain.commands.inbound import Input
from tocsin.domain.contract.evidence import TAKINGS
from tocsin.domain.contract.model import Plan
from tocsin.domain.decide.decision import Outcome, Refusal, refuse_closed
from tocsin.domain.events.ticket import AcknowledgementWithdrawn, TicketAcknowledged
from tocsin.domain.state.acknowledgements import covered, open_incidents
from tocsin.domain.state.takings import has_taken
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket


def acknowledge(command: Acknowledge, message: Input, state: TenantState, ticket: Ticket) -> Outcome:
    """The acknowledgement of what was open then and nobody has taken. Who has taken all of it takes nothing again."""
    if (refusal := refuse_closed(ticket)) and not any(clock.running for clock in ticket.clocks):
        return refusal
    taken = covered(ticket)
    new = tuple(name for name in open_incidents(ticket, message.happened_at) if name not in taken)
    plan = state.plan_of(ticket)
    if (
        not new
        and any(each.by == command.analyst for each in ticket.taken_by)
        and not _is_awaited(command, plan, ticket)
    ):
        return Refusal("already_acknowledged", f"{ticket.number} has been taken already, and nothing on it is new")
    lasts = plan.acknowledgement_expires_by_priority.get(ticket.priority, plan.acknowledgement_expires)
    return TicketAcknowledged(
        happened_at=message.happened_at,
        expires_at=message.happened_at + lasts,
        analyst=command.analyst,
        covers=new,
    )


def _is_awaited(command: Acknowledge, plan: Plan, ticket: Ticket) -> bool:
    """True if a promise runs that a taking keeps, and this analyst has not taken the ticket since its opening."""
    kept_so = {rule.id for rule in plan.objectives if not set(TAKINGS).isdisjoint(rule.stops)}
    return any(it.running and it.rule in kept_so for it in ticket.clocks) and not has_taken(ticket, command.analyst)


def unacknowledge(command: Unacknowledge, message: Input, ticket: Ticket) -> Outcome:
    """The end of the analyst's acknowledgements; of all that there are where the analyst has given none."""
    if not ticket.taken_by:
        return Refusal("not_acknowledged", f"{ticket.number} has been taken by nobody")
    own = tuple(each for each in ticket.taken_by if each.by == command.analyst)
    ended = own or ticket.taken_by
    return AcknowledgementWithdrawn(
        happened_at=message.happened_at,
        analyst=command.analyst,
        whose=tuple(dict.fromkeys(each.by for each in ended)),
        incidents=tuple(name for each in ended for name in each.covers),
    )
