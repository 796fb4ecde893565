"""Who hears of a ticket, or of a tenant as a whole, and which silences keep something from them.

What is told of an incident has *voices*: what it is now, such as a broken promise, and each role that was told.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple, Protocol

from msgspec import UNSET, UnsetType

from tocsin.domain.alerts.clock import kind_of_breach
from tocsin.domain.clocks.schedule import policy_for
from tocsin.domain.contract.evidence import CHANNEL_OF
from tocsin.domain.contract.model import Contract
from tocsin.domain.decide.silences import never_silenced
from tocsin.domain.events.silence import Match
from tocsin.domain.state.acknowledgements import open_incidents
from tocsin.domain.state.bounces import NOTICE
from tocsin.domain.state.evolve_contract import MANAGEMENT
from tocsin.domain.state.seen import seen_on
from tocsin.domain.state.silences import Quiet, Seen, Silence, known
from tocsin.domain.state.tally import Tally, incident_of_month
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import WORD, Clock, Ticket
from tocsin.domain.vocabulary import AlertKind, Priority

_KINDS_OF_NOTICES = {
    "detection": AlertKind.DETECTION,
    "channel": AlertKind.CHANNEL_VIOLATION,
    "sender": AlertKind.SPOOFED_SENDER,
    "contact": AlertKind.UNAUTHORISED_CONTACT,
    "priority": AlertKind.PRIORITY_CLAIMED,
    "server": AlertKind.UNKNOWN_SERVER,
    MANAGEMENT: AlertKind.MANAGEMENT_NOTICE,
    NOTICE: AlertKind.ANSWER_BOUNCED,
    WORD: AlertKind.UNKNOWN_WORD,
}


class Voice(NamedTuple):
    """A way in which an incident is told: the kind of the alert, and the role that is told, if any."""

    kind: AlertKind
    objective: str | None = None
    role: str | None = None
    tier: int | None = None


class Listener(Protocol):
    """Who hears of the incidents of a ticket, or of those of the tenant as a whole."""

    begins: str
    """The `dedup_key` of an incident before its name."""

    @property
    def quiet(self) -> Quiet | UnsetType:
        """What was not told."""

    def still_open(self) -> Collection[str]:
        """The names of the incidents that are open now."""

    def voices(self, incident: str) -> tuple[Voice, ...]:
        """The ways in which an open incident is told now, at least one, the highest role last."""

    def silence(self, incident: str, voice: Voice) -> str | None:
        """The name of the silence in force that covers this; None where none does."""


def listener(state: TenantState, ticket: Ticket | None) -> Listener | None:
    """Who hears of `ticket`, or of the tenant; None, as nearly always, where nothing is kept from them."""
    quiet = state.tenant.quiet if ticket is None else ticket.quiet
    if state.tenant.silences is UNSET and quiet is UNSET:
        return None
    return _OfTenant(state) if ticket is None else _OfTicket(state, ticket)


class _OfTicket:
    def __init__(self, state: TenantState, ticket: Ticket) -> None:
        self.begins = f"{ticket.tenant}/{ticket.id}/"
        self._ticket = ticket
        self._contract = state.contracts[ticket.contract]
        self._state = state

    @property
    def quiet(self) -> Quiet | UnsetType:
        return self._ticket.quiet

    def still_open(self) -> Collection[str]:
        return tuple(open_incidents(self._ticket, self._ticket.touched_at))

    def voices(self, incident: str) -> tuple[Voice, ...]:
        return voices_of(self._ticket, incident, self._contract)

    def silence(self, incident: str, voice: Voice) -> str | None:
        covering = (it for it in _in_force(self._state) if covers(it.match, self._ticket, self._contract))
        return next((it.name for it in covering if _hushes(it.match, voice)), None)


class _OfTenant:
    def __init__(self, state: TenantState) -> None:
        self.begins = f"{state.tenant.name}/"
        self._state = state

    @property
    def quiet(self) -> Quiet | UnsetType:
        return self._state.tenant.quiet

    def still_open(self) -> Collection[str]:
        return tuple(incident_of_month(tally) for tally in self._months() if _is_told(tally))

    def voices(self, incident: str) -> tuple[Voice, ...]:
        tally = self._tally(incident)
        if tally is None:
            raise LookupError(f"{incident} is no open incident of {self._state.tenant.name}")
        return (Voice(AlertKind.BREACHED if tally.judged else AlertKind.ATTAINMENT_AT_RISK, tally.objective),)

    def silence(self, incident: str, voice: Voice) -> str | None:
        tally = self._tally(incident)
        priority, objective = (tally.priority, tally.objective) if tally else (None, None)
        if priority in never_silenced(self._state.contract, self._state.plan):
            return None
        voice = voice._replace(objective=objective)
        covering = (it for it in _in_force(self._state) if _covers_tenant(it.match, priority))
        return next((it.name for it in covering if _hushes(it.match, voice)), None)

    def _months(self) -> Iterable[Tally]:
        return self._state.tenant.months.values()

    def _tally(self, incident: str) -> Tally | None:
        return next((tally for tally in self._months() if incident_of_month(tally) == incident), None)


def _in_force(state: TenantState) -> Iterator[Silence]:
    return (silence for silence in known(state.tenant.silences) if silence.begun)


def _is_told(tally: Tally) -> bool:
    return not tally.kept if tally.judged else tally.at_risk


def _covers_tenant(match: Match, priority: Priority | None) -> bool:
    """True if `match` is about more than tickets, and about that priority."""
    return not match.tickets and not match.about_machines and (not match.priorities or priority in match.priorities)


def _hushes(match: Match, voice: Voice) -> bool:
    return (
        (not match.kinds or voice.kind in match.kinds)
        and (not match.objectives or voice.objective in match.objectives)
        and (not match.roles or voice.role in match.roles)
    )


def covers(match: Match, ticket: Ticket, contract: Contract) -> bool:
    """True if a silence of `match` is about `ticket`, or about some of what is told of it.

    What machines have seen is silenced as theirs only while no person of the client has turned to us about it, and only
    if nothing else has seen it. What the client claims to be of a priority that nobody may silence is none such either.
    """
    never = never_silenced(contract, contract.plans[ticket.plan])
    if ticket.priority in never or ("priority" in ticket.notices and ticket.claimed in never):
        return False
    return (
        (not match.tickets or ticket.id in match.tickets)
        and (not match.priorities or ticket.priority in match.priorities)
        and (not match.about_machines or _is_about_machine(match, ticket))
    )


def _is_about_machine(match: Match, ticket: Ticket) -> bool:
    if any(mark.kind in CHANNEL_OF for mark in ticket.marks):
        return False
    if match.servers and ticket.server not in match.servers:
        return False
    if match.keys and not _keys(ticket) <= set(match.keys):
        return False
    seen = seen_on(ticket)
    if not (match.assets or match.sources or match.signatures):
        return True
    return bool(seen) and all(_is_seen_by(match, each) for each in seen)


def _keys(ticket: Ticket) -> set[str]:
    return {key for key in (ticket.correlation_key, *(it.correlation_key for it in ticket.absorbed)) if key is not None}


def _is_seen_by(match: Match, seen: Seen) -> bool:
    return (
        (not match.sources or seen.source in match.sources)
        and (not match.signatures or seen.signature in match.signatures)
        and (not match.assets or seen.asset in match.assets)
    )


def voices_of(ticket: Ticket, incident: str, contract: Contract) -> tuple[Voice, ...]:
    """The ways in which an open incident of `ticket` is told now: what it is, then each role that was told."""
    clock = next((each for each in ticket.clocks if each.incident == incident), None)
    if clock is not None:
        told_by_another_matrix = (Voice(AlertKind.ESCALATED, clock.objective),)  # that of the priority it had before
        return tuple(_voices_of_clock(clock, ticket, contract)) or told_by_another_matrix
    kind = _KINDS_OF_NOTICES[incident.rpartition("/")[0]]
    role = _role_of_management(ticket, contract) if kind is AlertKind.MANAGEMENT_NOTICE else None
    return (Voice(kind, role=role),)


def _voices_of_clock(clock: Clock, ticket: Ticket, contract: Contract) -> Iterator[Voice]:
    plan = contract.plans[ticket.plan]
    if clock.breached:
        yield Voice(kind_of_breach(clock, plan), clock.objective)
    elif clock.warned or not clock.steps_taken:
        yield Voice(AlertKind.AT_RISK if clock.warned else AlertKind.STATUS_REPORT_DUE, clock.objective)
    policy = policy_for(plan, clock.rule, clock.priority)
    for place in clock.steps_taken:
        if policy is not None and place < len(policy.steps):
            step = policy.steps[place]
            yield Voice(AlertKind.ESCALATED, clock.objective, step.role, step.tier)


def _role_of_management(ticket: Ticket, contract: Contract) -> str | None:
    notices = contract.plans[ticket.plan].management
    return next((it.role for it in notices if ticket.priority in it.priorities), None)
