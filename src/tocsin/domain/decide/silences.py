"""Decides on silences: what may be silenced, for how long, and when one ends."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from tocsin.domain.commands.silence import Maintain, Quieten, Silence, SilenceVerb, Unsilence
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.decide.decision import Decision, Refusal
from tocsin.domain.decide.moment import moment
from tocsin.domain.events import Event
from tocsin.domain.events.silence import Match, SilenceBegun, SilenceEnded, SilencePlanned
from tocsin.domain.events.ticket import CommandRejected
from tocsin.domain.instant import DAY, Instant
from tocsin.domain.state.silences import known
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import AlertKind, Objective, Priority, SilenceEnd

LONGEST = 31 * DAY
"""The longest silence: one that everybody has forgotten must not last."""

_AHEAD = 366 * DAY
"""How far ahead one may be planned."""

_SILENCES_MAX = 200
"""Of one tenant, planned ones included."""


_GOES_ON = frozenset(
    {
        AlertKind.ACKNOWLEDGED,
        AlertKind.UNACKNOWLEDGED,
        AlertKind.CLEARED,
        AlertKind.CORRECTED,
        AlertKind.FORGOTTEN,
        AlertKind.SILENCED,
        AlertKind.UNSILENCED,
        AlertKind.NOTIFY_SILENT,
    }
)

SILENCEABLE = tuple(kind for kind in AlertKind if kind not in _GOES_ON)
"""The kinds that tell of something: what only goes on with it is silent when that is."""


class _Span(NamedTuple):
    begins_at: Instant
    until: Instant


def silence(command: SilenceVerb, state: TenantState, now: Instant) -> list[Decision]:
    """The beginning or the end of a silence, or the rejection of `command`."""
    outcome = _ended(command, state) if isinstance(command, Unsilence) else _begun(command, state, now)
    if isinstance(outcome, Refusal):
        outcome = CommandRejected(
            command=command.NAME, reason=outcome.reason, detail=outcome.detail, analyst=command.analyst
        )
    return [Decision(None, outcome)]


def _ended(command: Unsilence, state: TenantState) -> Event | Refusal:
    ended = next((each for each in known(state.tenant.silences) if each.name == command.silence), None)
    if ended is None:
        return Refusal("unknown_silence", f"{state.tenant.name} has no silence {command.silence}")
    return SilenceEnded(silence=ended.name, why=SilenceEnd.ENDED, swallowed=ended.swallowed, analyst=command.analyst)


def _begun(command: Silence | Maintain | Quieten, state: TenantState, now: Instant) -> Event | Refusal:
    silences = known(state.tenant.silences)
    if any(each.name == command.silence for each in silences):
        return Refusal("already_there", f"{state.tenant.name} has a silence {command.silence} already")
    if len(silences) >= _SILENCES_MAX:
        return Refusal("too_many", f"{state.tenant.name} has {_SILENCES_MAX} silences; end some of them first")
    span, match = _span(command, state.contract, now), _match(command, state)
    if isinstance(span, Refusal):
        return span
    if isinstance(match, Refusal):
        return match
    kind = SilencePlanned if span.begins_at > now else SilenceBegun
    return kind(
        silence=command.silence,
        begins_at=span.begins_at,
        until=span.until,
        reason=command.reason,
        analyst=command.analyst,
        match=match,
    )


def _span(command: Silence | Maintain | Quieten, contract: Contract, now: Instant) -> _Span | Refusal:
    """The time of the silence, by the clock of the log. One that was to begin before now begins now."""
    until = moment(command.until, contract)
    begins = moment(command.begins, contract) if isinstance(command, Maintain) else now
    if isinstance(until, Refusal):
        return until
    if isinstance(begins, Refusal):
        return begins
    begins = max(begins, now)
    if until <= begins:
        return Refusal("not_later", f"{command.until} is not later than the beginning of the silence")
    if until - begins > LONGEST:
        return Refusal("too_long", f"a silence lasts {LONGEST // DAY} days at most")
    if begins - now > _AHEAD:
        return Refusal("too_far_ahead", f"a silence is planned {_AHEAD // DAY} days ahead at most")
    return _Span(begins, until)


def _match(command: Silence | Maintain | Quieten, state: TenantState) -> Match | Refusal:
    match command:
        case Silence():
            return _match_of_silence(command, state)
        case Maintain():
            match = Match(servers=command.servers, assets=command.assets, sources=command.sources)
        case Quieten():
            match = Match(
                kinds=(AlertKind.DETECTION,),
                sources=command.sources,
                signatures=command.signatures,
                assets=command.assets,
                keys=command.keys,
            )
    if not match.about_machines:
        return Refusal("nothing_named", "name what is to be silent: it would be everything otherwise")
    return match


def _match_of_silence(command: Silence, state: TenantState) -> Match | Refusal:
    contract = state.contract
    tickets = [state.named(name) for name in command.tickets]
    priorities = [contract.priority_named(name) for name in command.priorities]
    if refusal := _not_known(command, tickets, priorities, contract) or _forbidden(priorities, tickets, state):
        return refusal
    return Match(
        tickets=tuple(ticket.id for ticket in tickets if ticket),
        kinds=command.kinds,
        objectives=command.objectives,
        priorities=tuple(name for name in priorities if name),
        roles=command.roles,
        servers=command.servers,
        assets=command.assets,
        sources=command.sources,
        signatures=command.signatures,
        keys=command.keys,
    )


def _not_known(
    command: Silence, tickets: Sequence[Ticket | None], priorities: Sequence[Priority | None], contract: Contract
) -> Refusal | None:
    """The refusal of the first name that means nothing to the tenant's contract or log."""
    roles, objectives = _roles(contract), _objectives(contract)
    return (
        _missing("ticket", command.tickets, [ticket is not None for ticket in tickets])
        or _missing("kind", command.kinds, [kind in SILENCEABLE for kind in command.kinds], SILENCEABLE)
        or _missing("objective", command.objectives, [it in objectives for it in command.objectives], objectives)
        or _missing("priority", command.priorities, [it is not None for it in priorities], contract.priorities)
        or _missing("role", command.roles, [role in roles for role in command.roles], roles)
    )


def _missing(what: str, names: Iterable[str], found: Iterable[bool], there: Iterable[str] = ()) -> Refusal | None:
    name = next((name for name, is_there in zip(names, found, strict=True) if not is_there), None)
    if name is None:
        return None
    others = ", ".join(there)
    return Refusal(f"unknown_{what}", f"{what} {name} is not known" + (f"; there is {others}" if others else ""))


def _objectives(contract: Contract) -> Collection[str]:
    """The names of its promises, and the built-in ones, which a ticket under another contract may have."""
    named = (rule.objective for plan in contract.plans.values() for rule in plan.objectives)
    return dict.fromkeys((*Objective, *named))


def _roles(contract: Contract) -> Collection[str]:
    """All whom the contract has told of something."""
    steps = (step.role for plan in contract.plans.values() for row in plan.escalation for step in row.steps)
    notices = (notice.role for plan in contract.plans.values() for notice in plan.management)
    return dict.fromkeys((*steps, *notices))


def _forbidden(
    priorities: Sequence[Priority | None], tickets: Sequence[Ticket | None], state: TenantState
) -> Refusal | None:
    """The refusal to silence a priority, or a ticket of one, that the contract lets nobody silence."""
    never = set(never_silenced(state.contract, state.plan))
    named = [name for name in priorities if name in never]
    named += [
        f"{ticket.number} is {ticket.priority}, and {ticket.priority}"
        for ticket in tickets
        if ticket and ticket.priority in never_silenced(state.contracts[ticket.contract], state.plan_of(ticket))
    ]
    return Refusal("never_silenced", f"{named[0]} is never silenced, by the contract") if named else None


def never_silenced(contract: Contract, plan: Plan) -> tuple[Priority, ...]:
    """The priorities whose pages `plan` lets nobody silence."""
    return contract.priorities[:1] if plan.never_silenced is None else plan.never_silenced
