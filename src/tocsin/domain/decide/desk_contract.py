"""Desk verbs that apply a rule of the contract: exclusions, work for a fee, the move to another contract."""

from typing import assert_never

from tocsin.domain.commands.desk import (
    ContractVerb,
    NameServer,
    ProposeWork,
    Readopt,
    RecordAgreement,
    RuleOut,
    StartWork,
)
from tocsin.domain.decide.decision import Outcome, Refusal
from tocsin.domain.decide.entitlement import exclusion
from tocsin.domain.decide.naming import name_server
from tocsin.domain.decide.readopting import readopt
from tocsin.domain.events.contract import TicketRuledOut, WorkAgreed, WorkProposed, WorkStarted
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket


def apply_contract(command: ContractVerb, state: TenantState, ticket: Ticket) -> Outcome:
    """The event that `command` makes on `ticket`, or why it cannot be."""
    match command:
        case RuleOut():
            return rule_out(command.reason, command.analyst, state, ticket)
        case NameServer():
            return name_server(command.server, state, ticket, command.analyst)
        case ProposeWork():
            return _propose_work(command, state, ticket)
        case RecordAgreement():
            return _record_agreement(command, ticket)
        case StartWork():
            return _start_work(command, ticket)
        case Readopt():
            return readopt(command, state, ticket)
        case forgotten:
            assert_never(forgotten)


def rule_out(reason: str, analyst: str, state: TenantState, ticket: Ticket) -> Outcome:
    """End what the contract's exclusion for `reason` ends; refuse a reason that the contract does not have."""
    contract = state.contracts[ticket.contract]
    found = exclusion(contract, ticket.plan, reason)
    if found is None:
        reasons = ", ".join(each.reason for each in contract.plans[ticket.plan].exclusions) or "none"
        return Refusal("unknown_exclusion", f"{contract.name} has no exclusion {reason}; it has {reasons}")
    if found.reason in ticket.ruled_out:
        return Refusal("already_ruled_out", f"{ticket.number} is ruled out for that reason already")
    return TicketRuledOut(
        reason=found.reason, consequence=found.consequence, clause=found.cites.clause, analyst=analyst
    )


def _propose_work(command: ProposeWork, state: TenantState, ticket: Ticket) -> Outcome:
    if command.work in (*ticket.proposed, *ticket.agreed):
        return Refusal("already_proposed", f"{command.work} has been proposed")
    clause = next((fee.cites.clause for fee in state.plan_of(ticket).fees if fee.work == command.work), "")
    return WorkProposed(work=command.work, clause=clause, analyst=command.analyst)


def _record_agreement(command: RecordAgreement, ticket: Ticket) -> Outcome:
    if command.work not in ticket.proposed:
        return Refusal("not_proposed", f"{command.work} waits for no agreement on {ticket.number}")
    return WorkAgreed(work=command.work, agreed_by=command.agreed_by, analyst=command.analyst)


def _start_work(command: StartWork, ticket: Ticket) -> Outcome:
    if command.work not in ticket.agreed:
        return Refusal("not_agreed", f"the client has not agreed to {command.work}; it may be proposed only")
    return WorkStarted(work=command.work, analyst=command.analyst)
