"""Decides on the commands of analysts, with one function for each verb. A refusal has a reason."""

from typing import assert_never

from tocsin.domain.commands.desk import (
    Acknowledge,
    AddNote,
    Assign,
    Close,
    ConfirmDeletion,
    DeskCommand,
    EstablishActionPlan,
    HandOver,
    Link,
    Rearrangement,
    Reclassify,
    Reopen,
    Resolve,
    SetTlp,
    ShipReplacement,
    TicketChange,
    TicketVerb,
    Unacknowledge,
    Waiting,
    WorkReport,
)
from tocsin.domain.commands.inbound import Input
from tocsin.domain.commands.milestones import Milestones
from tocsin.domain.contract.evidence import SET_BY_VERB
from tocsin.domain.contract.model import Plan
from tocsin.domain.decide.acknowledgement import acknowledge, unacknowledge
from tocsin.domain.decide.decision import Decision, Outcome, Refusal, events_of, refuse_closed, work_done
from tocsin.domain.decide.desk_contract import apply_contract
from tocsin.domain.decide.milestones import milestone
from tocsin.domain.decide.priorities import reclassify
from tocsin.domain.decide.rearranging import rearrange
from tocsin.domain.decide.sharing import set_tlp
from tocsin.domain.decide.waiting import wait
from tocsin.domain.events.ticket import (
    CommandRejected,
    NoteAdded,
    TicketAssigned,
    TicketClosed,
    TicketHandedOver,
    TicketLinked,
    TicketReopened,
)
from tocsin.domain.state.evidence import begun_at
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Channel, Evidence, as_word


def at_desk(command: DeskCommand, message: Input, state: TenantState) -> list[Decision]:
    """The events that `command` asks for, or its rejection."""
    ticket = state.named(command.ticket)
    if ticket is None:
        known = "was closed long ago and is forgotten" if state.forgotten(command.ticket) else "is not known"
        return [_rejected(command, None, Refusal("unknown_ticket", f"ticket {command.ticket} {known}"))]
    if isinstance(command, Rearrangement):
        rearranged = rearrange(command, message, state, ticket)
        return [_rejected(command, ticket, rearranged)] if isinstance(rearranged, Refusal) else rearranged
    outcome = carry_out(command, message, state, ticket)
    if isinstance(outcome, Refusal):
        return [_rejected(command, ticket, outcome)]
    return [Decision(ticket.id, event) for event in events_of(outcome)]


def _rejected(command: DeskCommand, ticket: Ticket | None, refusal: Refusal) -> Decision:
    rejected = CommandRejected(
        command=command.NAME, reason=refusal.reason, detail=refusal.detail, analyst=command.analyst
    )
    return Decision(ticket.id if ticket else None, rejected)


def carry_out(command: TicketVerb, message: Input, state: TenantState, ticket: Ticket) -> Outcome:
    """The events that `command` makes on `ticket`, or why it cannot be."""
    if isinstance(command, WorkReport):
        return _report_work(command, message, ticket)
    if isinstance(command, Milestones):
        return milestone(command, message, state.contracts[ticket.contract], ticket)
    if isinstance(command, Waiting):
        return wait(command, message, state, ticket)
    if isinstance(command, TicketChange):
        return _change_ticket(command, message, state, ticket)
    return apply_contract(command, state, ticket)


def _report_work(command: WorkReport, message: Input, ticket: Ticket) -> Outcome:
    if isinstance(command, Resolve) and ticket.resolved_at is not None and message.happened_at >= ticket.resolved_at:
        return Refusal("already_resolved", f"{ticket.number} has been resolved")
    note = "" if isinstance(command, ShipReplacement | ConfirmDeletion) else command.note
    if isinstance(command, EstablishActionPlan) and command.timeframe:
        note = f"{note} [{command.timeframe}]"
    return work_done(SET_BY_VERB[command.TYPE], message, Channel.DESK, command.analyst, note=note)


def _change_ticket(command: TicketChange, message: Input, state: TenantState, ticket: Ticket) -> Outcome:  # noqa: C901 - one arm for each
    match command:
        case Acknowledge():
            return acknowledge(command, message, state, ticket)
        case Unacknowledge():
            return unacknowledge(command, message, ticket)
        case Assign():
            return _assign(command, message, ticket)
        case HandOver():
            return _hand_over(command, message, state, ticket)
        case Reclassify():
            return reclassify(command, message, state, ticket)
        case SetTlp():
            return set_tlp(command, ticket)
        case Link():
            return _link(command, state, ticket)
        case AddNote():
            return NoteAdded(note=command.note, analyst=command.analyst)
        case Close():
            return _close(command, message, ticket)
        case Reopen():
            return _reopen(command, message, ticket)
        case forgotten:
            assert_never(forgotten)


def _assign(command: Assign, message: Input, ticket: Ticket) -> Outcome:
    return refuse_closed(ticket) or TicketAssigned(
        assignee=command.assignee, analyst=command.analyst, happened_at=message.happened_at
    )


def _hand_over(command: HandOver, message: Input, state: TenantState, ticket: Ticket) -> Outcome:
    team = _team_named(command.team, state.plan_of(ticket))
    if team == ticket.team and message.happened_at >= max(mark.at for mark in ticket.marks if mark.what == team):
        return Refusal("already_there", f"{ticket.number} is with {team} already")
    return refuse_closed(ticket) or TicketHandedOver(
        team=team, analyst=command.analyst, happened_at=message.happened_at, note=command.note
    )


def _team_named(text: str, plan: Plan) -> str:
    """The team as the promises of the plan write it, in whatever spelling it is given."""
    rules = (rule for rule in plan.objectives if Evidence.HANDED_OVER in rule.starts)
    teams = (team for rule in rules for team in (*rule.kinds, *rule.except_kinds))
    return next((team for team in teams if as_word(team) == as_word(text)), text)


def _link(command: Link, state: TenantState, ticket: Ticket) -> Outcome:
    other = state.named(command.other)
    if other is None or other is ticket:
        return Refusal("unknown_ticket", f"{command.other} is no other ticket of {ticket.tenant}")
    return TicketLinked(other=other.number, analyst=command.analyst)


def _close(command: Close, message: Input, ticket: Ticket) -> Outcome:
    closed_at = max(message.happened_at, begun_at(ticket.marks))
    return refuse_closed(ticket) or TicketClosed(happened_at=closed_at, analyst=command.analyst, note=command.note)


def _reopen(command: Reopen, message: Input, ticket: Ticket) -> Outcome:
    if ticket.open:
        return Refusal("not_resolved", f"{ticket.number} is open")
    reopened_at = max(message.happened_at, (ticket.resolved_at or 0) + 1)
    return TicketReopened(happened_at=reopened_at, reason=command.reason or "reopened", analyst=command.analyst)
