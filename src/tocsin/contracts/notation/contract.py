"""The model of a contract's YAML. `tocsin.contracts.compile` makes a `Contract` of it.

Every rule has its `clause`. A rule that the document does not state has `basis: assumed` and a `reading`.
"""

from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from tocsin.contracts.notation.attainment import AttainmentSpec
from tocsin.contracts.notation.calendar import CalendarSpec
from tocsin.contracts.notation.escalation import StepTime, parse_step_time, parse_warning
from tocsin.contracts.notation.rules import (
    CitedSpec,
    ContactsSpec,
    ContradictionSpec,
    DefinitionSpec,
    DetectionSpec,
    Duration,
    EntitlementSpec,
    EquipmentSpec,
    ExclusionSpec,
    FeeSpec,
    Figure,
    HealthSpec,
    HoldSpec,
    Line,
    LineSpec,
    ManagementNoticeSpec,
    MilestoneSpec,
    Name,
    ObligationSpec,
    ResponseLevelSpec,
    Spec,
    SupportLogSpec,
    Text,
    check_reading,
    parsed,
)
from tocsin.contracts.notation.targets import parse_target, parse_wait
from tocsin.domain.contract.escalation import Undelivered
from tocsin.domain.contract.model import Missed, Renewal, RisesFrom, RiskWarning
from tocsin.domain.contract.target import Target
from tocsin.domain.vocabulary import Basis, CallOutcome, Channel, Evidence, Objective

Value = TypeVar("Value")


NAME_PATTERN = "^[a-z][a-z0-9_-]{0,62}$"
"""The pattern of a contract's name."""

Wait = Annotated[int | Target, parsed(parse_wait)]

ALL = "all"
"""The key of the target for every priority that is not named."""


class CitedValue(CitedSpec, Generic[Value]):
    """A plain value with its source."""

    value: Value


class ExpirySpec(CitedValue[Duration]):
    """The time after which an acknowledgement without work no longer holds."""

    by_priority: dict[str, Duration] = Field({})


class TargetSpec(Spec):
    """The target of one priority. Calendar and source are the objective's unless given here."""

    within: Figure = Field(description="`20 min`, `4 business hours`, `next working day`, `18 months`, `no figure`")
    calendar: str | None = None
    clause: Text | None = None
    basis: Basis = Basis.STATED
    reading: str = ""

    @model_validator(mode="after")
    def _an_assumed_target_says_its_reading(self) -> Self:
        check_reading(self.basis, self.reading)
        return self


class BoundSpec(TargetSpec):
    """A further deadline, which counts from something else than what begins the promise."""

    starts: tuple[Name, ...] = Field(min_length=1, description="What it counts from; it begins nothing by itself")
    unless_past: bool = Field(
        default=False, description="It does not hold if it had passed when the promise began; else that is late at once"
    )

    @model_validator(mode="after")
    def _has_a_figure(self) -> Self:
        if self.within is None:
            raise ValueError("a deadline at the latest needs a figure; write it like `24 h`, or leave it out")
        return self


def _short_target(value: object) -> Any:
    return value if isinstance(value, dict | TargetSpec) else {"within": value}


Promise = Annotated[TargetSpec, BeforeValidator(_short_target, json_schema_input_type=str | TargetSpec)]


class ObjectiveSpec(CitedSpec):
    """A promise with a clock. The key of an objective is its rule id."""

    objective: Name | None = Field(
        None, description=f"{', '.join(Objective)}, or a name of its own; without one, the key"
    )
    starts: tuple[Name, ...] = Field(min_length=1, description=f"Milestones, or {', '.join(Evidence)}")
    stops: tuple[Name, ...] = Field(min_length=1, description="Likewise")
    calendar: str
    targets: dict[str, Promise] = Field(description=f"By priority; `{ALL}` is for those not named")
    at_the_latest: tuple[BoundSpec, ...] = Field(
        (), description="Further deadlines, each from something else; the first deadline of all is the one that holds"
    )
    recurring: bool = False
    missed: Missed | None = Field(
        None,
        description="What it is if it is not kept in time: `breached`, or a `reminder` that a report is due, "
        "which breaks no promise; by default a reminder where `status_report` starts the next one",
    )
    paused_by: tuple[Text, ...] = ()
    warn: tuple[Annotated[RiskWarning, parsed(parse_warning)], ...] = Field(
        (), description="`75 %` of the target, `5 min before` the deadline"
    )
    after: Name | None = None
    kinds: tuple[Text, ...] = Field((), description="Only starts of these kinds count, such as what has failed")
    except_kinds: tuple[Text, ...] = Field((), description="Starts of these kinds do not count")
    rises_from: RisesFrom = Field(
        RisesFrom.RISE,
        description="A higher priority's target counts from the `rise`, or from the `start` of the promise",
    )
    renewed_by: Renewal = Field(
        Renewal.NEVER,
        description="What makes the promise owed again after it was kept: a `rise` of the priority, whoever raised it, "
        "or a rise with a `contact` of the client since then, by a channel that is accepted at the new priority",
    )
    ends_with_priority: bool = Field(
        default=True,
        description="A fall to a priority for which nothing is promised ends what runs; a later rise begins it anew",
    )
    renewed_at: tuple[str, ...] = Field((), description="Only a rise to one of these priorities renews it; empty: any")
    owed_by: Line = Field("", description="The team that owes it, where it is a promise between teams")
    owed_to: Line = Field("", description="The team that it is owed to")
    raised_by_sensors: bool = Field(
        default=True, description="Where `priority_raised` starts it: so does a rise by a detection or a health report"
    )


class StepSpec(Spec):
    """An escalation step: tells a role at a time, and again until an analyst acknowledges."""

    tell: Text
    tier: int = Field(ge=1, le=9)
    at: Annotated[StepTime, parsed(parse_step_time)] = Field(
        description="`start`, `start + 5 min`, `50 %`, `deadline`, `deadline + 10 min` or `deadline + 2 business hours`"
    )
    every: Wait | None = Field(None, description="`15 min`; `1 business hour` in the promise's calendar")
    at_most: int | None = Field(None, ge=1)


class EscalationSpec(CitedSpec):
    """A row of the escalation matrix."""

    rules: tuple[str, ...]
    priorities: tuple[str, ...] = Field((), description="Empty: all")
    steps: tuple[StepSpec, ...] = Field(min_length=1)
    undelivered: Undelivered = Field(
        Undelivered.WAITS, description="`climbs`: a page that nobody could receive takes the next step at once"
    )
    unanswered_after: Duration | None = Field(
        None, description="A page that was received, and whose incident nobody acknowledged since, takes the next step"
    )


class ChannelSpec(CitedSpec):
    """The channels that a request of a priority must use."""

    priorities: tuple[str, ...] = Field((), description="Empty: all")
    channels: tuple[Channel, ...]
    telephone_calendar: str | None = None


class TermSpec(CitedSpec):
    """The shortest and longest time that the plan holds for a server."""

    shortest: Annotated[Target, parsed(parse_target)]
    longest: Annotated[Target, parsed(parse_target)]


class ClosingSpec(CitedValue[Wait]):
    """The time after which a resolved ticket closes by itself; working time in a calendar."""

    calendar: Text | None = None

    @model_validator(mode="after")
    def _working_time_has_a_calendar(self) -> Self:
        if isinstance(self.value, Target) != (self.calendar is not None):
            raise ValueError("working time has a `calendar`; real time, such as `72 h`, has none")
        return self


class PlanSpec(Spec):
    """The promises of one support plan."""

    title: str = ""
    default_priority: CitedValue[str]
    priority_assigned_by: CitedValue[Literal["client", "vendor"]] | None = None
    returns_a_call: CitedValue[tuple[CallOutcome, ...]] | None = None
    acknowledgement_expires: ExpirySpec | None = None
    closes_after: ClosingSpec | None = None
    bounce_withdraws_answer: CitedValue[bool] | None = None
    never_silenced: CitedValue[tuple[str, ...]] | None = None
    term: TermSpec | None = None
    contacts: ContactsSpec | None = None
    channels: tuple[ChannelSpec, ...] = ()
    detections: DetectionSpec | None = None
    health: HealthSpec | None = None
    equipment: EquipmentSpec | None = None
    objectives: dict[str, ObjectiveSpec] = Field({})
    escalation: tuple[EscalationSpec, ...] = ()
    management: tuple[ManagementNoticeSpec, ...] = ()
    attainment: tuple[AttainmentSpec, ...] = ()
    response_levels: tuple[ResponseLevelSpec, ...] = ()
    fees: tuple[FeeSpec, ...] = ()
    support_log: SupportLogSpec | None = None
    obligations: dict[str, ObligationSpec] = Field({})
    entitlements: dict[str, EntitlementSpec] = Field({})
    exclusions: dict[str, ExclusionSpec] = Field({})


class ContractSpec(Spec):
    """A vendor's whole contract."""

    name: str = Field(pattern=NAME_PATTERN)
    title: Text
    source: Text = Field(description="The document, with its version or date")
    priorities: tuple[Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,32}$")], ...] = Field(
        min_length=1, description="The most urgent first"
    )
    default_plan: str
    definitions: dict[str, DefinitionSpec] = Field({})
    lines: dict[str, LineSpec] = Field({})
    calendars: dict[str, CalendarSpec]
    holds: dict[str, HoldSpec] = Field(
        {}, description="The reasons for which a ticket may wait, and no other; without any, the usual ones"
    )
    milestones: dict[Name, MilestoneSpec] = Field(
        {}, description="Facts of the contract's own that start and stop clocks"
    )
    plans: dict[str, PlanSpec]
    contradictions: tuple[ContradictionSpec, ...] = ()
