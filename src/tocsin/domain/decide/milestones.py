"""Decides on the milestones of a contract that people and systems set, and withdraw."""

from collections.abc import Iterable
from typing import assert_never

from tocsin.domain.commands.inbound import Input
from tocsin.domain.commands.milestones import MarkMilestone, Milestones, ReachMilestone, UnmarkMilestone
from tocsin.domain.contract.evidence import BUILT_IN, EvidenceKind, kind_named
from tocsin.domain.contract.model import Contract
from tocsin.domain.decide.decision import Outcome, Refusal
from tocsin.domain.decide.moment import moment
from tocsin.domain.events.ticket import MilestoneWithdrawn, WorkDone
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Channel, Setter


def milestone(command: Milestones, message: Input, contract: Contract, ticket: Ticket) -> Outcome:
    """The event by which `ticket` has reached a milestone, or has not after all; or why it cannot be."""
    match command:
        case MarkMilestone():
            return _mark(command, message, contract)
        case ReachMilestone():
            return _reach(command, message, contract)
        case UnmarkMilestone():
            return _unmark(command, contract, ticket)
        case forgotten:
            assert_never(forgotten)


def _mark(command: MarkMilestone, message: Input, contract: Contract) -> Outcome:
    kind = _settable(command.milestone, Setter.DESK, contract)
    if isinstance(kind, Refusal):
        return kind
    at = moment(command.reached, contract) if command.reached else message.happened_at
    if isinstance(at, Refusal):
        return at
    if at > message.recorded_at:
        return Refusal("not_yet", f"{command.reached} is yet to come; mark {kind.name} when it has been reached")
    return WorkDone(
        evidence=kind.name, happened_at=at, channel=Channel.DESK, analyst=command.analyst, note=command.note
    )


def _reach(command: ReachMilestone, message: Input, contract: Contract) -> Outcome:
    kind = _settable(command.milestone, Setter.MESSAGE, contract)
    if isinstance(kind, Refusal):
        return kind
    return WorkDone(
        evidence=kind.name,
        happened_at=message.happened_at,
        channel=Channel.DESK,
        analyst=command.analyst,
        note=command.note,
        by_system=True,
    )


def _unmark(command: UnmarkMilestone, contract: Contract, ticket: Ticket) -> Outcome:
    kind = _named(command.milestone, contract)
    if isinstance(kind, Refusal):
        return kind
    last = next((mark for mark in reversed(ticket.marks) if mark.kind == kind.name), None)
    if last is None:
        follows = f"; it follows from {', '.join(kind.follows)}, which stands" if kind.follows else ""
        return Refusal("not_marked", f"nobody has set {kind.name} on {ticket.number}{follows}")
    return MilestoneWithdrawn(
        milestone=kind.name, reached_at=last.at, offset=last.offset, analyst=command.analyst, note=command.note
    )


def _settable(text: str, setter: Setter, contract: Contract) -> EvidenceKind | Refusal:
    """The milestone that `text` names, if it may be set so."""
    kind = _named(text, contract)
    if isinstance(kind, Refusal) or setter in kind.set_by:
        return kind
    ways = ", ".join(kind.set_by)
    return Refusal("set_otherwise", f"{kind.name} is not set by {setter}; {contract.name} has it set by {ways}")


def _named(text: str, contract: Contract) -> EvidenceKind | Refusal:
    if kind := kind_named(text, contract.milestones):
        return kind
    if built_in := kind_named(text, BUILT_IN.values()):
        return Refusal("set_otherwise", f"{built_in.name} is no milestone; {_set_by(built_in)}")
    return Refusal(
        "unknown_milestone", f"{contract.name} has no milestone {text}; it has {_names(contract.milestones)}"
    )


def _set_by(kind: EvidenceKind) -> str:
    return f"{kind.verb} sets it" if kind.verb else "it follows from what comes in and what is done"


def _names(kinds: Iterable[EvidenceKind]) -> str:
    return ", ".join(kind.name for kind in kinds) or "none"
