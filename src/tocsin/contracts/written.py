"""A contract as it is written: the model of its YAML. `tocsin.contracts.compile` makes a `Contract` of it.

Every rule has its `clause`, and `basis: assumed` with a `reading` where the document does not say so itself.
"""

from datetime import date
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from tocsin.contracts.hours import Week, parse_holiday, parse_week, parse_window
from tocsin.contracts.moments import Moment, parse_moment, parse_warning
from tocsin.contracts.targets import parse_duration, parse_target
from tocsin.domain.contract import MaintenanceWindow, Target
from tocsin.domain.contract import Warning as AtRisk
from tocsin.domain.terms import Citation, Consequence
from tocsin.domain.vocabulary import Basis, CallOutcome, Channel, Evidence, Objective, Severity

Value = TypeVar("Value")
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Figure = Annotated[Target | None, PlainValidator(parse_target, json_schema_input_type=str)]
Duration = Annotated[int, PlainValidator(parse_duration, json_schema_input_type=str)]
Holiday = Annotated[date | tuple[int, int], PlainValidator(parse_holiday, json_schema_input_type=str)]
Hours = Annotated[Week, PlainValidator(parse_week, json_schema_input_type=str | dict[str, str])]

ALL = "all"
"""The key of the target that holds for every priority that is not named."""


class Written(BaseModel):
    """A part of the file. An unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _check_reading(basis: Basis, reading: str) -> None:
    if basis is Basis.ASSUMED and not reading:
        raise ValueError("what has `basis: assumed` says in its `reading` how the document is read, and why")


class Cited(Written):
    """A rule with its source."""

    clause: Text = Field(description="The clause of the document that the rule comes from")
    basis: Basis = Field(Basis.STATED, description="`stated` in the document, or `assumed`")
    reading: str = Field("", description="How the document is read here, and why; an assumed rule must have one")

    @model_validator(mode="after")
    def _an_assumed_rule_says_its_reading(self) -> Self:
        _check_reading(self.basis, self.reading)
        return self

    @property
    def cites(self) -> Citation:
        """The rule's source as the compiled contract has it."""
        return Citation(clause=self.clause, basis=self.basis, reading=self.reading)


class Said(Cited, Generic[Value]):
    """A plain value with its source."""

    value: Value


class ExpiryWritten(Said[Duration]):
    """How long an acknowledgement holds without work."""

    by_priority: dict[str, Duration] = {}


class CountryHolidays(Written):
    """Public holidays of a country, expanded to dates when the contract is compiled."""

    country: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 code of two letters")
    region: str | None = Field(None, description="State or province, by its code")
    first_year: int = Field(ge=1990, le=2099)
    last_year: int = Field(ge=1990, le=2099)


class MaintenanceWritten(Cited):
    """A weekly window at a fixed offset, `sun 10:00-18:00 +03:00`."""

    window: Annotated[MaintenanceWindow, PlainValidator(parse_window, json_schema_input_type=str)]
    pauses: bool = False


class CalendarWritten(Cited):
    """When time counts."""

    timezone: Text = Field(description="IANA name, or `client` for the time zone of each tenant")
    hours: Hours = Field(description='`24x7`, or by day: {mon-fri: "09:00-18:00"}')
    holidays: tuple[Holiday, ...] = Field((), description="`2026-12-25`, or `12-25` for every year")
    holidays_of: CountryHolidays | None = None
    maintenance: tuple[MaintenanceWritten, ...] = ()


class TargetWritten(Written):
    """What one priority is promised. Calendar and source are the objective's unless given here."""

    within: Figure = Field(description="`20 min`, `4 business hours`, `next working day`, `18 months`, `no figure`")
    calendar: str | None = None
    clause: Text | None = None
    basis: Basis = Basis.STATED
    reading: str = ""

    @model_validator(mode="after")
    def _an_assumed_target_says_its_reading(self) -> Self:
        _check_reading(self.basis, self.reading)
        return self


def _short_target(value: object) -> Any:
    return {"within": value} if isinstance(value, str) else value


Promise = Annotated[TargetWritten, BeforeValidator(_short_target, json_schema_input_type=str | TargetWritten)]


class ObjectiveWritten(Cited):
    """A promise with a clock. Each objective's key is its rule id."""

    objective: Objective
    starts: tuple[Evidence, ...]
    stops: tuple[Evidence, ...]
    calendar: str
    targets: dict[str, Promise] = Field(description=f"By priority; `{ALL}` is for those not named")
    recurring: bool = False
    paused_by: tuple[Text, ...] = ()
    warn: tuple[Annotated[AtRisk, PlainValidator(parse_warning, json_schema_input_type=str)], ...] = Field(
        (), description="`75 %` of the target, `5 min before` the deadline"
    )
    after: Objective | None = None
    kinds: tuple[Text, ...] = ()


class StepWritten(Written):
    """Whom to tell, when, and how often again until somebody acknowledges."""

    tell: Text
    tier: int = Field(ge=1, le=9)
    at: Annotated[Moment, PlainValidator(parse_moment, json_schema_input_type=str)] = Field(
        description="`start`, `start + 5 min`, `50 %`, `deadline` or `deadline + 10 min`"
    )
    every: Duration | None = None
    at_most: int | None = Field(None, ge=1)


class EscalationWritten(Cited):
    """A row of the escalation matrix."""

    rules: tuple[str, ...]
    priorities: tuple[str, ...] = Field((), description="Empty: all")
    steps: tuple[StepWritten, ...] = Field(min_length=1)


class ChannelWritten(Cited):
    """By which channels a request of a priority must come."""

    priorities: tuple[str, ...] = Field((), description="Empty: all")
    channels: tuple[Channel, ...]
    telephone_calendar: str | None = None


class DetectionWritten(Cited):
    """A detection's priority by its severity; a severity without one opens nothing."""

    priorities: dict[Severity, str]


class HealthWritten(Cited):
    """A health report's priority by its condition; a condition without one opens nothing."""

    priorities: dict[str, str]


class AttainmentWritten(Cited):
    """The share of clocks that is in time in each calendar month."""

    objective: Objective
    share: float = Field(gt=0, le=1)


class ExclusionWritten(Cited):
    """A reason for which the contract owes nothing, or less. Each exclusion's key is its reason."""

    consequence: Consequence
    ends: tuple[Objective, ...] = ()
    text: Text


class EntitlementWritten(Cited):
    """Something that the plan includes, or says that it does not. Each entitlement's key is its name."""

    included: bool = True
    limit: int | None = Field(None, ge=1)


class ContactsWritten(Cited):
    """Whose word counts."""

    limit: int | None = Field(None, ge=1)
    requests: bool = False
    answers: bool = False


class ManagementWritten(Cited):
    """Which priorities are made known to whom at once."""

    priorities: tuple[str, ...]
    tell: Text


class FeeWritten(Cited):
    """Work that waits for the client's agreement."""

    work: Text


class LevelWritten(Cited):
    """What an attack of a kind calls for in a period of the client's day."""

    sophistication: tuple[Text, ...] = ()
    risk: tuple[Text, ...] = ()
    calendar: str | None = None
    period: Literal["open", "closed"] = "open"
    actions: tuple[Text, ...] = Field(min_length=1)
    opinion: str = ""
    advice: str = ""
    client_reachable: bool = False


class SupportLogWritten(Cited):
    """What is written down of every call and mail received."""

    fields: tuple[Text, ...]


class TermWritten(Cited):
    """How long the plan holds for a server."""

    shortest: Annotated[Target, PlainValidator(parse_target, json_schema_input_type=str)]
    longest: Annotated[Target, PlainValidator(parse_target, json_schema_input_type=str)]


class ObligationWritten(Cited):
    """Something owed that no clock of a ticket measures. Each obligation's key is its name."""

    text: Text
    figure: Figure = None


class LineWritten(Cited):
    """A number or address that the vendor gives its clients. Each line's key is its name."""

    address: Text


class DefinitionWritten(Cited):
    """What a priority means."""

    title: Text
    meaning: Text


class ContradictionWritten(Written):
    """Clauses that cannot both hold, and how they are read here."""

    clauses: tuple[Text, ...] = Field(min_length=1)
    text: Text
    reading: Text


class PlanWritten(Written):
    """What one support plan promises."""

    title: str = ""
    default_priority: Said[str]
    priority_assigned_by: Said[Literal["client", "vendor"]] | None = None
    returns_a_call: Said[tuple[CallOutcome, ...]] | None = None
    acknowledgement_expires: ExpiryWritten | None = None
    closes_after: Said[Duration] | None = None
    term: TermWritten | None = None
    contacts: ContactsWritten | None = None
    channels: tuple[ChannelWritten, ...] = ()
    detections: DetectionWritten | None = None
    health: HealthWritten | None = None
    objectives: dict[str, ObjectiveWritten] = {}
    escalation: tuple[EscalationWritten, ...] = ()
    management: tuple[ManagementWritten, ...] = ()
    attainment: tuple[AttainmentWritten, ...] = ()
    response_levels: tuple[LevelWritten, ...] = ()
    fees: tuple[FeeWritten, ...] = ()
    support_log: SupportLogWritten | None = None
    obligations: dict[str, ObligationWritten] = {}
    entitlements: dict[str, EntitlementWritten] = {}
    exclusions: dict[str, ExclusionWritten] = {}


class ContractWritten(Written):
    """A vendor's whole contract."""

    name: str = Field(pattern="^[a-z][a-z0-9_-]{0,62}$")
    title: Text
    source: Text = Field(description="The document, with its version or date")
    priorities: tuple[Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,32}$")], ...] = Field(
        min_length=1, description="The most urgent first"
    )
    default_plan: str
    definitions: dict[str, DefinitionWritten] = {}
    lines: dict[str, LineWritten] = {}
    calendars: dict[str, CalendarWritten]
    plans: dict[str, PlanWritten]
    contradictions: tuple[ContradictionWritten, ...] = ()
