"""Decides who assigns the priority of a ticket: what a client claims, and what an analyst gives."""

from tocsin.domain.commands.desk import Reclassify
from tocsin.domain.commands.inbound import Input
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import Consequence
from tocsin.domain.decide.attack import response_at
from tocsin.domain.decide.client_contact import ClientContact
from tocsin.domain.decide.decision import Outcome, Refusal, refuse_closed
from tocsin.domain.decide.open import violations
from tocsin.domain.events import Event
from tocsin.domain.events.contact import ChannelViolated, PriorityAssigned, PriorityClaimed
from tocsin.domain.events.ticket import PriorityChanged
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import UNCONFIRMED, Ticket
from tocsin.domain.vocabulary import Priority, as_word

REQUESTED_BY_CLIENT = "requested_by_client"
"""The reason for which an analyst may lower what the client assigns under any contract: the client wants it so."""


def claim(claimed: Priority, known: Ticket, message: Input, contract: Contract) -> list[Event]:
    """The events by which a client claims a priority for `known`.

    A more urgent one raises it, unless the vendor has assigned one by right of the contract.
    """
    plan = contract.plans[known.plan]
    if contract.rank(claimed) >= contract.rank(known.priority):
        return noted_claim(claimed, known.priority, plan)
    if vendor_has_assigned(known, plan):
        return [claim_to_answer(claimed, known, plan)]
    raised = PriorityChanged(
        priority=claimed,
        previous=known.priority,
        reason="claimed by the client",
        happened_at=message.happened_at,
        raised=True,
    )
    return [raised, *noted_claim(claimed, known.priority, plan)]


def asked_by_other_channel(
    priority: Priority, client: ClientContact, message: Input, known: Ticket, contract: Contract
) -> list[ChannelViolated]:
    """The violations by a contact that asks anew, or for more than before, by a channel that is not accepted for it.

    What it asks for is owed once it comes by one that is, as for a ticket that opens so.
    """
    asks_anew = not known.open or contract.rank(priority) < contract.rank(known.priority)
    if "channel" in known.notices or not (client.asks and asks_anew) or client.what == UNCONFIRMED:
        return []
    return violations(contract.plans[known.plan], client.channel, priority, message.happened_at, contract)


def noted_claim(claimed: Priority, assigned: Priority, plan: Plan) -> list[Event]:
    """The claim as it is kept where the client assigns the priority: an analyst does not lower it as they please."""
    if not plan.client_assigns_priority:
        return []
    return [PriorityClaimed(priority=claimed, assigned=assigned, clause=_clause(plan), opens_incident=False)]


def vendor_has_assigned(ticket: Ticket, plan: Plan) -> bool:
    """True if an analyst has assigned the priority of `ticket`, and the vendor's word on it holds."""
    return ticket.determined and plan.priority_assigned_by == "vendor"


def claim_to_answer(claimed: Priority, ticket: Ticket, plan: Plan) -> PriorityClaimed:
    """A claim that changes nothing until an analyst has answered it."""
    return PriorityClaimed(
        priority=claimed,
        assigned=ticket.priority,
        clause=_clause(plan),
        opens_incident="priority" not in ticket.notices,
    )


def _clause(plan: Plan) -> str:
    cites = plan.citations.get("priority_assigned_by")
    return cites.clause if cites else ""


def reclassify(command: Reclassify, message: Input, state: TenantState, ticket: Ticket) -> Outcome:
    """The events by which an analyst assigns a priority, or why it cannot be. It answers a claim of the client."""
    contract = state.contracts[ticket.contract]
    priority = contract.priority_named(command.priority)
    claimed = "priority" in ticket.notices
    if priority is None:
        return Refusal("unknown_priority", f"{command.priority} is none of {', '.join(contract.priorities)}")
    same, by_right = priority == ticket.priority, contract.plans[ticket.plan].priority_assigned_by == "vendor"
    if same and not claimed and (ticket.determined or not by_right):
        return Refusal("same_priority", f"{ticket.number} has priority {ticket.priority} already")
    if refusal := refuse_closed(ticket) or _refuse_to_lower(command, priority, ticket, contract):
        return refusal
    assigned = PriorityAssigned(
        priority=priority, analyst=command.analyst, closes_incident=claimed, reason=command.reason
    )
    raised = contract.rank(priority) < contract.rank(ticket.priority)
    changed = PriorityChanged(
        priority=priority,
        previous=ticket.priority,
        reason=command.reason or "reclassified",
        happened_at=message.happened_at,
        raised=raised,
        analyst=command.analyst,
        response=response_at(ticket, state, message.happened_at) if raised else None,
    )
    if same:
        return assigned
    return (changed, assigned) if claimed else changed


def _refuse_to_lower(command: Reclassify, priority: Priority, ticket: Ticket, contract: Contract) -> Refusal | None:
    """The refusal of a priority below what the client claims, where it is the client's to assign.

    The contract may allow it for some reasons; one of them is given, or the ticket has been ruled out for it.
    """
    plan, claimed = contract.plans[ticket.plan], contract.priority_named(ticket.claimed)
    if not plan.client_assigns_priority or claimed is None or contract.rank(priority) <= contract.rank(claimed):
        return None
    may = [it.reason for it in plan.exclusions if it.consequence is Consequence.MAY_RECLASSIFY]
    given = [as_word(command.reason), *map(as_word, ticket.ruled_out)]
    if any(as_word(reason) in given for reason in (*may, REQUESTED_BY_CLIENT)):
        return None
    reasons = ", ".join((*may, REQUESTED_BY_CLIENT))
    return Refusal(
        "client_assigns_priority",
        f"{ticket.number} is {claimed} by the client's word, who assigns it by {_clause(plan)}; lower it for {reasons}",
    )
