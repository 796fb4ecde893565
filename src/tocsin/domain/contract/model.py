"""A compiled contract: every rule as data, each with the clause that it comes from.

A compiled contract needs nothing from outside: holidays are expanded to dates, targets are numbers, defaults
are filled in. `tocsin.contracts` makes it from YAML; an adoption record carries it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from tocsin.domain.contract.attainment import AttainmentRule
from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.escalation import EscalationPolicy
from tocsin.domain.contract.evidence import EvidenceKind
from tocsin.domain.contract.rules import (
    AdoptedOverlay,
    Citation,
    ContactRule,
    Contradiction,
    DetectionRule,
    Entitlement,
    EquipmentKinds,
    Exclusion,
    FeeRule,
    HealthRule,
    HoldReason,
    ManagementNotice,
    PriorityDefinition,
    ResponseLevel,
    SupportLine,
    SupportLogRule,
)
from tocsin.domain.contract.target import Target
from tocsin.domain.contract.zone import Zone
from tocsin.domain.vocabulary import Basis, CallOutcome, Channel, Priority, as_word


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRule:
    """The promise to one priority; `target` is None for a promise without a figure."""

    target: Target | None
    calendar: str
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskWarning:
    """The time at which a clock is at risk: a fraction of its target, or milliseconds before its deadline."""

    fraction: float | None = None
    before: int | None = None


class RisesFrom(StrEnum):
    """The moment from which the target of a higher priority counts."""

    RISE = "rise"
    START = "start"


class Renewal(StrEnum):
    """The rise of the priority that starts a promise again which was kept before it."""

    NEVER = "never"
    RISE = "rise"  # any, whoever raised it
    CONTACT = "contact"  # any, with a contact since then by a channel that is accepted at the new priority


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTheLatest:
    """A further deadline of a promise that something else has begun: it counts from the first of `starts`.

    With `unless_past` one that had passed when the promise began does not hold; otherwise it is late at once.
    """

    starts: tuple[str, ...]
    promised: TargetRule
    unless_past: bool = False


class Missed(StrEnum):
    """What it is that a promise was not kept in time."""

    BREACHED = "breached"
    REMINDER = "reminder"  # a report is due, and no promise is broken


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveRule:
    """A promise with a clock.

    A clock runs from the earliest of `starts` to the next of `stops`: built-in evidence and milestones of the contract,
    each with all that it follows from. A recurring rule starts another cycle
    with the next start after that; otherwise there is one cycle a ticket (a reopened ticket has one more).
    """

    id: str
    objective: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    targets: dict[Priority, TargetRule]
    recurring: bool = False
    paused_by: tuple[str, ...] = ()
    warnings: tuple[RiskWarning, ...] = ()
    after: str | None = None  # a start counts only once the ticket has fulfilled this objective
    kinds: tuple[str, ...] = ()  # a start counts only if it is of one of these kinds (what failed); empty: any
    except_kinds: tuple[str, ...] = ()  # a start of one of these kinds does not count
    rises_from: RisesFrom = RisesFrom.START  # START also in what was compiled before release 0.3
    renewed_by: Renewal = Renewal.NEVER
    ends_with_priority: bool = False  # a fall to a priority without this promise ends what runs
    renewed_at: tuple[Priority, ...] = ()  # only by a rise to one of these; empty: to any
    owed_by: str = ""  # the team that keeps it, and the one that it is owed to, where they are not vendor and client
    owed_to: str = ""
    raised_by_sensors: bool = False  # what a sensor sees is a rise too, where the promise starts by one
    at_the_latest: tuple[AtTheLatest, ...] = ()  # the first deadline of all is the one that holds
    missed: Missed | None = None  # None: a reminder where a status report starts the next one, else a breach
    overlay: str = ""  # the overlay that it is a rule of: the contract's exclusions and channels do not bind it


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRule:
    """A request of `priority` must come by one of `channels`; until one does, the clocks of the contract wait."""

    priority: Priority
    channels: tuple[Channel, ...]
    cites: Citation
    telephone_calendar: str | None = None  # the telephone is one of them only while this calendar is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The shortest and longest time that a plan holds for a server, from the day of its installation."""

    shortest: Target
    longest: Target
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """A promise that no clock of a ticket measures. It is shown, and people keep it."""

    name: str
    text: str
    cites: Citation
    figure: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The promises of one support plan.

    `citations` has the clause of those fields here that are plain values, by the field's name.
    """

    name: str
    default_priority: Priority
    detections: DetectionRule | None = None
    objectives: tuple[ObjectiveRule, ...] = ()
    escalation: tuple[EscalationPolicy, ...] = ()
    channels: tuple[ChannelRule, ...] = ()
    attainment: tuple[AttainmentRule, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    returns_a_call: tuple[CallOutcome, ...] = (CallOutcome.REACHED, CallOutcome.VOICEMAIL)
    acknowledgement_expires: int = 1_800_000
    acknowledgement_expires_by_priority: dict[Priority, int] = field(default_factory=dict)
    closes_after: int = 259_200_000  # a resolved ticket closes after 72 h
    closes_within: Target | None = None  # in place of that: working time, in the calendar `closes_in`
    closes_in: str = ""
    bounce_withdraws_answer: bool = False  # what did not arrive answers nobody; before 0.3 it did
    never_silenced: tuple[Priority, ...] | None = None  # None: the most urgent one
    authorised_contacts_only: bool = False
    title: str = ""
    contacts: ContactRule | None = None
    priority_assigned_by: str = "client"  # or "vendor", who may then change what the client says
    management: tuple[ManagementNotice, ...] = ()
    fees: tuple[FeeRule, ...] = ()
    response_levels: tuple[ResponseLevel, ...] = ()
    health: HealthRule | None = None
    support_log: SupportLogRule | None = None
    term: Term | None = None  # set where the plan belongs to a server, not to the tenant
    obligations: tuple[Obligation, ...] = ()
    citations: dict[str, Citation] = field(default_factory=dict)
    equipment: EquipmentKinds | None = None  # None: any kind may be; the promises say which they are for

    def rule(self, rule_id: str) -> ObjectiveRule | None:
        """The promise of that id; None where the plan has none, or has it no longer."""
        return next((rule for rule in self.objectives if rule.id == rule_id), None)

    @property
    def measures_times(self) -> bool:
        """True if it promises how long something takes on the whole, not only how much of it is in time."""
        return any(it.at_most is not None for it in self.attainment)

    def exclusion_named(self, reason: str | None) -> Exclusion | None:
        """The exclusion that `reason` means, in any spelling and by any of its words; None for another."""
        if not reason:
            return None
        meant = as_word(reason)
        return next((it for it in self.exclusions if meant in map(as_word, (it.reason, *it.also))), None)

    def kind_named(self, text: str) -> str | None:
        """The kind of equipment that `text` means, likewise; None for one that the plan does not know."""
        meant = as_word(text)
        named = {kind: () for rule in self.objectives for kind in (*rule.kinds, *rule.except_kinds)}
        known = self.equipment.kinds if self.equipment else named
        return next((kind for kind, also in known.items() if meant in map(as_word, (kind, *also))), None)

    @property
    def client_assigns_priority(self) -> bool:
        """True if the document says that the client does; where it says nothing, that is only our reading."""
        cites = self.citations.get("priority_assigned_by")
        return self.priority_assigned_by == "client" and cites is not None and cites.basis is Basis.STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A vendor's whole contract, compiled. Its identity is the hash of its content."""

    name: str
    title: str
    source: str
    priorities: tuple[Priority, ...]  # the most urgent first
    calendars: dict[str, WorkingCalendar]
    plans: dict[str, Plan]
    default_plan: str
    tz_version: str
    lines: tuple[SupportLine, ...] = ()
    definitions: dict[Priority, PriorityDefinition] = field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()
    client_zone: Zone | None = None  # where the client is, whose servers' terms are days there
    holds: tuple[HoldReason, ...] = ()  # empty in what was compiled before release 0.3: any reason holds
    milestones: tuple[EvidenceKind, ...] = ()
    overlays: tuple[AdoptedOverlay, ...] = ()  # sorted by name

    def priority_named(self, text: str | None) -> Priority | None:
        """The priority that `text` means, whatever its case; None for one that the contract does not know."""
        meant = (text or "").strip().casefold()
        return next((priority for priority in self.priorities if priority.casefold() == meant), None)

    def hold_named(self, text: str) -> HoldReason | None:
        """The reason to wait that `text` means, whatever its case and whatever joins its words; None for another."""
        return next((hold for hold in self.holds if as_word(hold.reason) == as_word(text)), None)

    def rank(self, priority: Priority) -> int:
        """The rank of `priority`, 0 being the most urgent. Raises `ValueError` if the contract does not know it."""
        return self.priorities.index(priority)
