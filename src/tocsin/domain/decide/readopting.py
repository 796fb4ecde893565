"""Decides how a ticket moves to the contract that its tenant has now."""

from collections.abc import Iterator

from tocsin.domain.commands.desk import Readopt
from tocsin.domain.decide.cover import TERM_OVER, Cover, cover
from tocsin.domain.decide.decision import Outcome, Refusal, refuse_closed
from tocsin.domain.decide.entitlement import exclusion
from tocsin.domain.events import Event
from tocsin.domain.events.contract import ContractReadopted, ExclusionLifted, ServerNamed, TicketRuledOut
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket


def readopt(command: Readopt, state: TenantState, ticket: Ticket) -> Outcome:
    """The events that move `ticket`, or why it cannot be. After a mistake they also mend what its server led to."""
    if not command.mistaken and (refusal := refuse_closed(ticket)):
        return refusal
    if ticket.priority not in state.contract.priorities:
        return Refusal("unknown_priority", f"the new contract knows no priority {ticket.priority}; reclassify first")
    covered = cover(state, ticket.server, ticket.priority, ticket.opening.at, ticket.opened_at)
    mended = tuple(_mended(covered, state, ticket, command.analyst)) if command.mistaken else ()
    plan = ticket.plan if _is_asked_for(covered, state, ticket) else covered.plan
    if (ticket.contract, ticket.plan) != (state.tenant.contract, plan):
        moved = ContractReadopted(
            contract=state.tenant.contract,
            previous=ticket.contract,
            plan=plan,
            analyst=command.analyst,
            mistaken=command.mistaken,
        )
        return (moved, *mended)
    return mended or Refusal("same_contract", f"{ticket.number} follows the contract of {ticket.tenant} already")


def _is_asked_for(covered: Cover, state: TenantState, ticket: Ticket) -> bool:
    """True while nobody has said which server it is about: the plan that was the strictest at its opening holds."""
    return covered.in_doubt_by is not None and ticket.contract == state.tenant.contract and "server" in ticket.notices


def _mended(covered: Cover, state: TenantState, ticket: Ticket, analyst: str) -> Iterator[Event]:
    """The server that is meant now, and whether its term is over. Used cases stay as they were counted."""
    if covered.in_doubt_by is None and covered.server is not None and covered.server != ticket.server:
        asked = "server" in ticket.notices
        yield ServerNamed(server=covered.server, plan=covered.plan, closes_incident=asked, analyst=analyst)
    over = covered.excluded_by == TERM_OVER
    if TERM_OVER in ticket.ruled_out and not over:
        yield ExclusionLifted(reason=TERM_OVER, analyst=analyst)
    found = exclusion(state.contract, covered.plan, TERM_OVER) if over else None
    if found and found.reason not in ticket.ruled_out:
        yield TicketRuledOut(reason=found.reason, consequence=found.consequence, clause=found.cites.clause)
