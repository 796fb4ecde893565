"""The models of the rules without a clock. Every rule has its `clause`."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from tocsin.contracts.notation.targets import parse_duration, parse_target
from tocsin.domain.contract.rules import Citation, Consequence, Period
from tocsin.domain.contract.target import Target
from tocsin.domain.vocabulary import Basis, Grade, Setter, Severity


def parsed(parse: Callable[[str], Any]) -> PlainValidator:
    """The validator of a field whose YAML is a text that `parse` reads."""

    def of_text(value: object) -> Any:
        if not isinstance(value, str):
            raise ValueError("write this as a text, in quotes")  # noqa: TRY004 - pydantic reports ValueError only
        return parse(value)

    return PlainValidator(of_text, json_schema_input_type=str)


Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,62}$")]
"""The name of evidence or of an objective: built in, or the contract's own."""

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Line = Annotated[str, Field(max_length=200)]
Duration = Annotated[int, parsed(parse_duration)]
Figure = Annotated[Target | None, parsed(parse_target)]


class Spec(BaseModel):
    """A part of the file. An unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def check_reading(basis: Basis, reading: str) -> None:
    """Raise `ValueError` for an assumed rule without a reading."""
    if basis is Basis.ASSUMED and not reading:
        raise ValueError("what has `basis: assumed` says in its `reading` how the document is read, and why")


class CitedSpec(Spec):
    """A rule with its source."""

    clause: Text = Field(description="The clause of the document that the rule comes from")
    basis: Basis = Field(Basis.STATED, description="`stated` in the document, or `assumed`")
    reading: str = Field("", description="How the document is read here, and why; an assumed rule must have one")

    @model_validator(mode="after")
    def _an_assumed_rule_says_its_reading(self) -> Self:
        check_reading(self.basis, self.reading)
        return self

    @property
    def cites(self) -> Citation:
        """The source of the compiled rule."""
        return Citation(clause=self.clause, basis=self.basis, reading=self.reading)


class DetectionSpec(CitedSpec):
    """A detection's priority by its severity; a severity without one opens nothing.

    With `source_resolved_after` a ticket that is over at its source is resolved after such a silence.
    """

    priorities: dict[Severity, str]
    source_resolved_after: Duration | None = None


class HealthSpec(CitedSpec):
    """A health report's priority by its condition; a condition without one opens nothing."""

    priorities: dict[str, str]


class EquipmentSpec(CitedSpec):
    """The kinds of equipment that the plan knows: each with the other words for it."""

    kinds: dict[Text, tuple[Text, ...]]


class ExclusionSpec(CitedSpec):
    """A reason for which the contract owes nothing, or less. The key of an exclusion is its reason."""

    consequence: Consequence
    ends: tuple[Name, ...] = ()
    text: Text
    also: tuple[Text, ...] = Field((), description="Other words for the reason")


class HoldSpec(CitedSpec):
    """A reason for which a ticket may wait. The key of a hold is its reason; `paused_by` says what it pauses."""

    text: Text
    ended_by_contact: bool = Field(default=False, description="The client is waited for: their word ends it")


class MilestoneSpec(CitedSpec):
    """A fact of the contract's own that starts or stops clocks. The key of a milestone is its name."""

    text: Text = Field(description="What is true once it has been reached")
    follows: tuple[Name, ...] = Field((), description="Evidence or milestones: each of these is this milestone, too")
    set_by: tuple[Setter, ...] = Field(
        tuple(Setter),
        description="`desk`: the verb `mark`; `message`: a system; `call`, `email`: ours, with its name as the purpose",
    )


class EntitlementSpec(CitedSpec):
    """A service that the plan includes or excludes. The key of an entitlement is its name."""

    included: bool = True
    limit: int | None = Field(None, ge=1)
    per: Period | None = Field(
        None, description="The limit is one of each `month`, `quarter` or `contract_year`; by default of the contract"
    )

    @model_validator(mode="after")
    def _a_period_is_one_of_a_limit(self) -> Self:
        if self.per is not None and self.limit is None:
            raise ValueError("`per` says for how long a `limit` holds; give one, or leave this out")
        return self


class ContactsSpec(CitedSpec):
    """The contacts whose requests and answers count."""

    limit: int | None = Field(None, ge=1)
    requests: bool = Field(default=False, description="A request by anybody else is refused")
    answers: bool = Field(default=False, description="An answer to anybody else stops no clock")
    confirms: bool = Field(default=False, description="One of them must confirm what anybody else asks for")

    @model_validator(mode="after")
    def _what_is_refused_waits_for_nobody(self) -> Self:
        if self.requests and self.confirms:
            raise ValueError("a request is refused (`requests`) or waits for a contact (`confirms`), not both")
        return self


class ManagementNoticeSpec(CitedSpec):
    """Tells a role at once of every ticket with one of these priorities."""

    priorities: tuple[str, ...]
    tell: Text


class FeeSpec(CitedSpec):
    """Work that waits for the client's agreement."""

    work: Text


class ResponseLevelSpec(CitedSpec):
    """The actions for an attack of this kind in a period of the client's day."""

    sophistication: tuple[Grade, ...] = ()
    risk: tuple[Grade, ...] = ()
    calendar: str | None = None
    period: Literal["open", "closed"] = "open"
    actions: tuple[Text, ...] = Field(min_length=1)
    opinion: str = ""
    advice: str = ""
    client_reachable: bool = False


class SupportLogSpec(CitedSpec):
    """The fields of the log of calls and mails."""

    fields: tuple[Text, ...]


class ObligationSpec(CitedSpec):
    """A promise that no clock of a ticket measures. The key of an obligation is its name."""

    text: Text
    figure: Figure = None


class LineSpec(CitedSpec):
    """A number or address that the vendor gives its clients. The key of a line is its name."""

    address: Text


class DefinitionSpec(CitedSpec):
    """The meaning of a priority, in the words of the document."""

    title: Text
    meaning: Text


class ContradictionSpec(Spec):
    """Clauses that contradict each other, and the reading chosen here."""

    clauses: tuple[Text, ...] = Field(min_length=1)
    text: Text
    reading: Text
