"""The model of an overlay's YAML: promises to somebody else, such as a regulator, that hold beside a contract."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from tocsin.contracts.errors import Problem
from tocsin.contracts.notation.attainment import AttainmentSpec
from tocsin.contracts.notation.calendar import CalendarSpec
from tocsin.contracts.notation.contract import (
    ALL,
    NAME_PATTERN,
    CitedValue,
    ContractSpec,
    EscalationSpec,
    ObjectiveSpec,
    PlanSpec,
)
from tocsin.contracts.notation.references import unknown_names
from tocsin.contracts.notation.rules import HoldSpec, MilestoneSpec, Name, ObligationSpec, Spec, Text
from tocsin.domain.vocabulary import Priority

OVERLAY = "overlay"
"""The `kind` of a file that is an overlay; a file without a kind is a contract."""


class OverlaySpec(Spec):
    """An overlay. It knows no plans and no priorities: each target is for `all`, and its rules hold in every plan."""

    kind: Literal["overlay"]
    name: str = Field(pattern=NAME_PATTERN, description="Its rules have ids that begin with it: `NAME.RULE`")
    title: Text = Field(description="What its alerts name as their source")
    source: Text = Field(description="The document, with its version or date")
    read_on: date = Field(description="The day on which the document was read")
    notice: Text = Field(description="What its users must know, such as that it is no legal advice")
    calendars: dict[str, CalendarSpec] = Field({})
    holds: dict[str, HoldSpec] = Field({}, description="Reasons for which a ticket may wait, beside the contract's")
    milestones: dict[Name, MilestoneSpec] = Field(
        {}, description="Facts that start and stop clocks; one of the contract's, or of another overlay's, is the same"
    )
    objectives: dict[str, ObjectiveSpec] = Field({})
    escalation: tuple[EscalationSpec, ...] = ()
    attainment: tuple[AttainmentSpec, ...] = ()
    obligations: dict[str, ObligationSpec] = Field({})

    def contract(self, priorities: tuple[Priority, ...] = (ALL,)) -> ContractSpec:
        """Its rules as a contract with these priorities and a single plan."""
        plan = PlanSpec(
            default_priority=CitedValue[str](value=priorities[-1], clause="none"),
            objectives=self.objectives,
            escalation=self.escalation,
            attainment=self.attainment,
            obligations=self.obligations,
        )
        return ContractSpec(
            name=self.name,
            title=self.title,
            source=self.source,
            priorities=priorities,
            default_plan=OVERLAY,
            calendars=self.calendars,
            holds=self.holds,
            milestones=self.milestones,
            plans={OVERLAY: plan},
        )

    def unknown_names(self) -> Iterator[Problem]:
        """Each name in it that does not exist, as its place and a text; a priority is one of these."""
        for path, text in unknown_names(self.contract()):
            yield path[2:] if path[:2] == ("plans", OVERLAY) else path, text


def overlay_calendars(overlays: Iterable[OverlaySpec]) -> dict[str, CalendarSpec]:
    """The calendars of `overlays` by the names that they have in a contract."""
    return {
        f"{it.name}.{name}": _named(calendar, it.name) for it in overlays for name, calendar in it.calendars.items()
    }


def _named(calendar: CalendarSpec, overlay: str) -> CalendarSpec:
    """The calendar, with the calendars that it is made of by their names in a contract."""
    union, without = (tuple(f"{overlay}.{name}" for name in names) for names in (calendar.union, calendar.without))
    of = None if calendar.of is None else f"{overlay}.{calendar.of}"
    return calendar.model_copy(update={"union": union, "without": without, "of": of})
