"""The base of all models of the wire: strictness, kinds of text, the envelope."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from tocsin.contracts.notation.spelling import TENANT_PATTERN
from tocsin.domain.commands.inbound import Body
from tocsin.domain.tlp import Tlp
from tocsin.domain.vocabulary import Purpose
from tocsin.messages.arrival import Arrival
from tocsin.messages.known_tenants import TenantKey
from tocsin.messages.text import FREE_TEXT_PATTERN, LINE_PATTERN

IDENTIFIER_LENGTH_MAX = 256
LINE_LENGTH_MAX = 1_024
FREE_TEXT_LENGTH_MAX = 8_192

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=IDENTIFIER_LENGTH_MAX, pattern=LINE_PATTERN)]
Line = Annotated[str, StringConstraints(max_length=LINE_LENGTH_MAX, pattern=LINE_PATTERN)]
FreeText = Annotated[str, StringConstraints(max_length=FREE_TEXT_LENGTH_MAX, pattern=FREE_TEXT_PATTERN)]


PurposeName = Annotated[
    Identifier,
    Field(
        description=f"The work that was done: {', '.join(Purpose)}, or a milestone of the contract. Another word "
        "is told to people."
    ),
]


def _cut_to_line(text: str) -> str:
    return text[:LINE_LENGTH_MAX]


def _cut_to_free_text(text: str) -> str:
    return text[:FREE_TEXT_LENGTH_MAX]


CutLine = Annotated[str, StringConstraints(pattern=LINE_PATTERN), AfterValidator(_cut_to_line)]
CutFreeText = Annotated[str, StringConstraints(pattern=FREE_TEXT_PATTERN), AfterValidator(_cut_to_free_text)]
"""A person's text, cut where it is too long: a call or mail is not refused for its length."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Lines = Annotated[
    tuple[Line, ...],
    Field(strict=False),  # JSON has no tuples
    BeforeValidator(_as_list, json_schema_input_type=Line | list[Line]),
]
"""A list of lines; a single one may stand without the list."""


NAMES_MAX = 100

Identifiers = Annotated[
    tuple[Identifier, ...],
    Field(strict=False, max_length=NAMES_MAX),  # JSON has no tuples
    BeforeValidator(_as_list, json_schema_input_type=Identifier | list[Identifier]),
]
"""Several names; a single one may stand without the list."""


class WireModel(BaseModel):
    """Strict: no type is bent into another. Unknown fields are ignored unless a model says otherwise."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


class Data(WireModel):
    """The `data` of a message. Its fields have the names of its body's fields, and their wire names as aliases."""

    makes: ClassVar[type[Body]]
    """The body that it becomes."""

    always_taken: ClassVar[bool] = False
    """Calls and mails: none is refused over its tenant or its time."""

    def body(self, tenant: str = "") -> Body:
        """The domain's form of it, for `tenant`."""
        return self.makes(**self.__dict__)

    @property
    def claimed_tenant(self) -> str | None:
        """The tenant that the data itself names, for an event without the attribute."""
        return None

    @property
    def tlp_of_data(self) -> Tlp | None:
        """The marking of the Traffic Light Protocol that the data itself has."""
        return None

    def tenants(self, arrival: Arrival) -> tuple[str, ...]:
        """The tenants that it concerns, where it may be several; none: `tenant_keys` tell the one."""
        return ()

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The keys by which the tenants file may know whose message from `source` it is, the hardest to forge first."""
        return ()


class CloudEvent(WireModel):
    """The CloudEvents 1.0 envelope. Attributes that are not named here are allowed and ignored.

    `time`, `tenant` and the trace are judged after this model, since what is wrong with them does not always refuse a
    message.
    """

    specversion: Annotated[str, StringConstraints(pattern=r"^1\.0$")]
    id: Identifier = Field(description="With tenant and source it makes a repeat known as one.")
    source: Identifier
    type: str
    time: Annotated[object, WithJsonSchema({"type": "string", "format": "date-time"})] = Field(
        None, description="When it happened: RFC 3339 with an offset. Without it, when it arrived."
    )
    tenant: Annotated[object, WithJsonSchema({"type": "string", "pattern": TENANT_PATTERN})] = Field(
        None, description="Whose it is; otherwise the Kafka header `tenant` or the tenants file says it."
    )
    traceparent: Annotated[object, WithJsonSchema({"type": "string"})] = Field(
        None, description="W3C trace context, as every alert that comes of it carries it; what is none is left out."
    )
    tracestate: Annotated[object, WithJsonSchema({"type": "string"})] = None
    tlp: Annotated[object, WithJsonSchema({"type": "string"})] = Field(
        None, description="Its marking of the Traffic Light Protocol 2.0; what is no marking counts as red."
    )
    data: Data
