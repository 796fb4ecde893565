"""Decides on the waits of a ticket: what begins one, for which reasons, and what ends it at the desk.

What ends one by itself follows from the marks: see `tocsin.domain.clocks.waits`.
"""

from typing import assert_never

from tocsin.domain.commands.desk import Hold, ReportAccessMissing, ReportAccessRestored, Resume, Waiting
from tocsin.domain.commands.inbound import Input
from tocsin.domain.contract.model import Contract
from tocsin.domain.decide.decision import Outcome, Refusal, together
from tocsin.domain.decide.desk_contract import rule_out
from tocsin.domain.decide.moment import moment
from tocsin.domain.events.contract import ExclusionLifted
from tocsin.domain.events.ticket import TicketHeld, TicketResumed
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket

REMOTE_ACCESS_MISSING = "remote_access_missing"
"""The reason of a hold for which a contract may pause its clocks."""

NO_ACCESS_NO_ALTERNATIVE = "no_remote_access_no_alternative"
"""The reason for which a contract may end the duty to resolve."""


def wait(command: Waiting, message: Input, state: TenantState, ticket: Ticket) -> Outcome:
    """The events by which `ticket` begins to wait, or does so no longer; or why it cannot be."""
    match command:
        case Hold():
            return _hold_as_contract(command, message, state.contracts[ticket.contract], ticket)
        case Resume():
            return _resume(command, message, ticket)
        case ReportAccessMissing():
            return _report_access_missing(command, message, state, ticket)
        case ReportAccessRestored():
            return _report_access_restored(command, message, ticket)
        case forgotten:
            assert_never(forgotten)


def _hold_as_contract(command: Hold, message: Input, contract: Contract, ticket: Ticket) -> Outcome:
    """A hold for a reason that the contract has; one that was compiled before 0.3 has none and takes any."""
    named = contract.hold_named(command.reason)
    if named is None and contract.holds:
        known = ", ".join(hold.reason for hold in contract.holds)
        return Refusal("unknown_reason", f"{contract.name} has no reason {command.reason} to wait; it has {known}")
    until = moment(command.until, contract) if command.until else None
    if isinstance(until, Refusal):
        return until
    if until is not None and until <= message.happened_at:
        return Refusal("not_later", f"{command.until} is not later than the beginning of the hold")
    return _hold(named.reason if named else command.reason, command.analyst, message, ticket, until)


def _hold(reason: str, analyst: str, message: Input, ticket: Ticket, until: Instant | None = None) -> Outcome:
    if not ticket.open:
        return Refusal("not_open", f"{ticket.number} is {ticket.stage}; there is nothing to wait for")
    if ticket.held:
        return Refusal("already_on_hold", f"{ticket.number} waits already: {ticket.held.reason}")
    return TicketHeld(reason=reason, happened_at=message.happened_at, analyst=analyst, until=until)


def _resume(command: Resume, message: Input, ticket: Ticket) -> Outcome:
    held = ticket.held
    if held is None:
        return Refusal("not_on_hold", f"{ticket.number} is not on hold")
    return TicketResumed(happened_at=max(message.happened_at, held.start), analyst=command.analyst)


def _report_access_missing(command: ReportAccessMissing, message: Input, state: TenantState, ticket: Ticket) -> Outcome:
    waits = _waits_for_access(command, message, ticket)
    if command.alternative:
        return waits
    return together(rule_out(NO_ACCESS_NO_ALTERNATIVE, command.analyst, state, ticket), waits)


def _waits_for_access(command: ReportAccessMissing, message: Input, ticket: Ticket) -> Outcome:
    """A hold of its own, in place of one for a reason for which no contract pauses its clocks."""
    held = ticket.held
    if held is None or held.reason == REMOTE_ACCESS_MISSING:
        return _hold(REMOTE_ACCESS_MISSING, command.analyst, message, ticket)
    ended = TicketResumed(happened_at=max(message.happened_at, held.start), analyst=command.analyst)
    return ended, TicketHeld(reason=REMOTE_ACCESS_MISSING, happened_at=message.happened_at, analyst=command.analyst)


def _report_access_restored(command: ReportAccessRestored, message: Input, ticket: Ticket) -> Outcome:
    held = ticket.held
    outcome: Outcome = Refusal("access_not_missing", f"{ticket.number} does not wait for remote access")
    if held and held.reason == REMOTE_ACCESS_MISSING:
        outcome = TicketResumed(happened_at=max(message.happened_at, held.start), analyst=command.analyst)
    if NO_ACCESS_NO_ALTERNATIVE in ticket.ruled_out:
        outcome = together(ExclusionLifted(reason=NO_ACCESS_NO_ALTERNATIVE, analyst=command.analyst), outcome)
    return outcome
