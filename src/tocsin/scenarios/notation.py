"""The model of a file of scenarios: a list, each with its inputs and what must come of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from pydantic import Field, PlainValidator, RootModel, WithJsonSchema, create_model, model_validator

from tocsin.contracts.notation.rules import Spec, Text
from tocsin.domain import instant
from tocsin.domain.alerts.alert import AlertData
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import AlertKind
from tocsin.scenarios.kinds import KINDS, Kind
from tocsin.tenants.model import TenantSpec

ALL = "all"
Label = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]


def _moment(value: object) -> Instant:
    if not isinstance(value, str):
        raise ValueError("write a time with its offset, in quotes: 2026-03-02T09:00+01:00")  # noqa: TRY004 - pydantic reports ValueError only
    try:
        return instant.parse(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is no time; write it with its offset, like 2026-03-02T09:00+01:00") from None


Moment = Annotated[Instant, PlainValidator(_moment, json_schema_input_type=str)]


def _schema_of(name: str, kind: Kind) -> dict[str, Any]:
    """Members by name, for editors; those that are not given have defaults, so none is required."""
    described = " ".join((kind.data.__doc__ or "").split())
    short = f" A text is its `{kind.main}`." if kind.main else ""
    members = {
        key: {"description": it["description"]} if "description" in it else {} for key, it in kind.members.items()
    }
    return {
        "title": name,
        "description": f"{described}{short}",
        "anyOf": [
            {"type": "object", "properties": members, "additionalProperties": False},
            {"type": ["string", "null"]},
        ],
    }


_Members = dict[str, Any] | str


class FullMessage(Spec):
    """A message in full, as `tocsin schemas` describes it."""

    type: Text = Field(description="The CloudEvents type, such as tocsin.detection")
    data: dict[str, Any]


class _AtTime(Spec):
    """What happens, and when."""

    at: Moment = Field(description="When it arrives: RFC 3339 with an offset")
    happened_at: Moment | None = Field(None, description="When it happened, where that is told later")
    ticket: Label | None = Field(None, description="A label of your own for the ticket, where there are several")
    marked: Text | None = Field(
        None, description="The TLP marking of the message: clear, green, amber, amber+strict or red"
    )
    refused: bool = Field(default=False, description="It must be refused")
    message: FullMessage | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "_AtTime":
        if len(given := self.said()) != 1:
            what = " and ".join(given) or "none"
            raise ValueError(
                f"one thing happens in an input, and here it is {what}; there is {', '.join(KINDS)}, message"
            )
        return self

    def said(self) -> list[str]:
        """The kinds that are given; of a valid input exactly one."""
        return [name for name in (*KINDS, "message") if getattr(self, name) is not None]


if TYPE_CHECKING:
    InputSpec = _AtTime
else:
    InputSpec = create_model(
        "InputSpec",
        __base__=_AtTime,
        __doc__=_AtTime.__doc__,
        **{
            name: (Annotated[_Members | None, WithJsonSchema(_schema_of(name, it))], None) for name, it in KINDS.items()
        },
    )

_NOT_TOLD = ("kind", "tenant", "ticket", "number", "dedup_key", "contract", "contract_hash", "offsets")


class Expectation(Spec):
    """Something that must come at a time. Members that are not named may be anything."""

    at: Moment = Field(description="When it comes")
    ticket: Label | None = Field(None, description="The ticket by its label")

    @property
    def kind(self) -> str:
        """What kind of alert or event it is."""
        raise NotImplementedError

    def members(self) -> Iterator[tuple[str, Any]]:
        """Its further members that are named."""
        raise NotImplementedError


class EventSpec(Expectation):
    """An event that must stand in the journal, for what no alert tells."""

    event: Text = Field(description="Its type, such as ObjectiveFulfilled")
    data: dict[str, Any] = Field({}, description="Members of its data")

    @property
    def kind(self) -> str:
        """Its type."""
        return self.event

    def members(self) -> Iterator[tuple[str, Any]]:
        """Those of its data that are named."""
        return ((f"data.{name}", value) for name, value in self.data.items())


class _AlertAt(Expectation):
    """An alert that must come. Members that are not named may be anything."""

    alert: AlertKind = Field(description="Its kind")
    rule: str | None = Field(None, description="The id of the promise")

    @property
    def kind(self) -> str:
        """The kind of the alert."""
        return self.alert

    def members(self) -> Iterator[tuple[str, Any]]:
        """The further members of the alert that are named."""
        return ((name, getattr(self, name)) for name in ("rule", *_MEMBERS) if name in self.model_fields_set)


_MEMBERS = tuple(name for name in get_type_hints(AlertData) if name not in (*_NOT_TOLD, "rule"))

if TYPE_CHECKING:
    AlertSpec = _AlertAt
else:
    AlertSpec = create_model(
        "AlertSpec",
        __base__=_AlertAt,
        __doc__=_AlertAt.__doc__,
        **dict.fromkeys(_MEMBERS, (str | int | float | bool | tuple[str, ...] | None, None)),
    )


class ScenarioSpec(Spec):
    """What happens under a contract, and what must come of it."""

    scenario: Text = Field(description="What it shows, as a sentence")
    clause: str = Field("", description="The clause of the contract that it shows")
    tenant: TenantSpec = Field(TenantSpec(), description="The client, as a tenants file has it")
    inputs: tuple[InputSpec, ...] = Field(min_length=1, description="What happens, in the order of time")
    until: Moment | None = Field(None, description="The end; without it, the clock runs on until nothing is owed")
    expected: tuple[AlertSpec, ...] = Field((), description="Alerts that must come")
    events: tuple[EventSpec, ...] = Field((), description="Events that must stand in the journal")
    and_no_other: tuple[AlertKind | Literal["all"], ...] = Field(
        (), description="Kinds of which no other alert may come; `all`: no other alert at all"
    )
    deadlines: dict[str, Moment | Literal["none"] | dict[Label, Moment | Literal["none"]]] = Field(
        {}, description="By rule (and label): the deadline of its last cycle; `none`: it has no date"
    )

    @model_validator(mode="after")
    def _proves_something(self) -> "ScenarioSpec":
        proves = self.expected or self.events or self.and_no_other or self.deadlines
        if not (proves or any(it.refused for it in self.inputs)):
            raise ValueError("it expects nothing; give `expected`, `deadlines` or `and_no_other: [all]`")
        times = [it.at for it in self.inputs]
        if times != sorted(times):
            raise ValueError("its inputs are not in the order of time")
        if self.until is not None and self.until < times[-1]:
            raise ValueError("it ends before its last input")
        return self


class ScenariosSpec(RootModel[tuple[ScenarioSpec, ...]]):
    """The scenarios of a contract or an overlay."""
