"""An open promise as the board shows it: one clock of a ticket that is still owed, with all that is said of it."""

import hashlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.commands.inbound import Contact
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Objective, Priority, Stage
from tocsin.story.callers import Caller, caller_of
from tocsin.story.explain import rule_of
from tocsin.story.standing import NEAR

_TEXT_MAX = 200
_FOREVER: Instant = 2**62


class State(StrEnum):
    """The state of an open promise, the one first that somebody must see to first."""

    LATE = "late"
    AT_RISK = "at risk"
    ON_TRACK = "on track"
    HELD = "held"
    NO_DATE = "no date"


class Told(NamedTuple):
    """The role that is told next, and when."""

    role: str
    at: Instant


class Taker(NamedTuple):
    """An analyst who has acknowledged; `until` is None once work has followed."""

    by: str
    until: Instant | None


class Promise(NamedTuple):
    """The facts of one open promise. Times are those of the inbox."""

    key: str
    ticket: str
    number: str
    tenant: str
    title: str
    priority: Priority
    rank: int  # of the priority in its contract, 0 the most urgent
    stage: Stage
    objective: str
    rule: str
    started_at: Instant
    deadline: Instant | None
    breached: bool
    warned: bool
    held_for: str | None  # the reason for which this promise waits
    held_until: Instant | None
    next: Told | None
    taken: tuple[Taker, ...]
    assignee: str | None
    caller: Caller | None
    tlp: str | None = None
    owed_by: str = ""  # the team that owes it, where it is a promise between teams

    def state(self, now: Instant) -> State:
        """The state at `now`."""
        if self.breached or (self.deadline is not None and now > self.deadline):
            return State.LATE
        if self.deadline is None:
            return State.HELD if self.held_for is not None else State.NO_DATE
        return State.AT_RISK if self.warned or self.deadline - now <= NEAR else State.ON_TRACK

    @property
    def order(self) -> tuple[Instant, int, str]:
        """Sorts promises by their deadline; what has none comes last."""
        return (_FOREVER if self.deadline is None else self.deadline, self.rank, self.key)

    @property
    def is_callback(self) -> bool:
        """True for a callback, which has a lane of its own."""
        return self.objective == Objective.CALLBACK


def promises_of(ticket: Ticket, contract: Contract | None, contacts: Sequence[Contact]) -> Iterator[Promise]:
    """The open promises of `ticket`. Without its contract nobody is known who is told next."""
    plan = contract.plans.get(ticket.plan) if contract else None
    rank = contract.rank(ticket.priority) if contract and ticket.priority in contract.priorities else 99
    for clock in ticket.clocks:
        if not ticket.owes(clock):
            continue
        rule = rule_of(plan, clock)
        held = ticket.held if clock.deadline is None and not clock.breached else None
        paused = held if held and rule and held.reason in rule.paused_by else None
        yield Promise(
            key=key_of(ticket.id, clock.rule, clock.cycle),
            ticket=ticket.id,
            number=ticket.number,
            tenant=ticket.tenant,
            title=ticket.title[:_TEXT_MAX],
            priority=clock.priority,
            rank=rank,
            stage=ticket.stage,
            objective=clock.objective,
            rule=clock.rule,
            started_at=clock.started_at,
            deadline=clock.deadline,
            breached=clock.breached,
            warned=clock.warned > 0,
            held_for=paused.reason[:_TEXT_MAX] if paused else None,
            held_until=paused.until if paused else None,
            next=next_told(ticket, clock, plan),
            taken=tuple(Taker(each.by, each.expires_at) for each in ticket.taken_by if clock.incident in each.covers),
            assignee=ticket.assignee,
            caller=_caller(ticket, clock, contacts),
            tlp=ticket.tlp or None,
            owed_by=rule.owed_by if rule else "",
        )


def next_told(ticket: Ticket, clock: Clock, plan: Plan | None) -> Told | None:
    """The next step of the escalation; None where it rests, or has come to its end."""
    policy = policy_for(plan, clock.rule, clock.priority) if plan else None
    if policy is None or any(clock.incident in each.covers for each in ticket.taken_by):
        return None
    last = len(policy.steps) - 1
    due = [Told(policy.steps[min(step.step, last)].role, step.at) for step in clock.steps[:1]]
    if clock.repeat_at is not None and clock.steps_taken:
        due.append(Told(policy.steps[min(clock.steps_taken[-1], last)].role, clock.repeat_at))
    return min(due, key=lambda told: told.at, default=None)


def key_of(ticket: str, rule: str, cycle: int) -> str:
    """A name of a promise that is safe in a document: ids of tickets and rules are others' words."""
    name = f"{ticket}\0{rule}\0{cycle}".encode("utf-8", "surrogatepass")
    return f"p{hashlib.blake2s(name, digest_size=9).hexdigest()}"


def _caller(ticket: Ticket, clock: Clock, contacts: Sequence[Contact]) -> Caller | None:
    who = caller_of(ticket, clock, contacts)
    return who and Caller(who.name[:_TEXT_MAX], who.number[:_TEXT_MAX])
