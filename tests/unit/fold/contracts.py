"""A small contract for rules that the shipped ones do not have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tocsin.domain.contract.calendar import WorkingCalendar
from tocsin.domain.contract.escalation import EscalationPolicy, EscalationStep, StepAnchor, Undelivered
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, RiskWarning, TargetRule
from tocsin.domain.contract.rules import Citation, DetectionRule
from tocsin.domain.contract.target import Target, TargetUnit
from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import Evidence, Objective, Severity

CLAUSE = Citation(clause="1.2")
ALWAYS = WorkingCalendar(timezone="UTC", week=(((0, 1440),),) * 7)
_ANSWERS = (Evidence.RESPONSE, Evidence.ACTION_PLAN, Evidence.WORKAROUND, Evidence.RESOLUTION)


def minutes(figures: Mapping[str, int | None]) -> dict[str, TargetRule]:
    """So many minutes at each priority; None: a promise without a figure."""
    return {
        priority: TargetRule(
            target=None if amount is None else Target(unit=TargetUnit.ELAPSED, amount=amount * MINUTE),
            calendar="always",
            cites=CLAUSE,
        )
        for priority, amount in figures.items()
    }


def response(figures: Mapping[str, int | None], **more: Any) -> ObjectiveRule:
    terms: dict[str, Any] = {
        "id": "response",
        "objective": Objective.FIRST_RESPONSE,
        "starts": (Evidence.DETECTION, Evidence.EMAIL_RECEIVED, Evidence.CALL_ANSWERED, Evidence.CALL_MISSED),
        "stops": _ANSWERS,
    }
    return ObjectiveRule(**{**terms, **more}, targets=minutes(figures))


def step(role: str, anchor: str = "deadline", after: int = 0, **more: Any) -> EscalationStep:
    """`after` and `every` in minutes."""
    every = more.pop("every", None)
    return EscalationStep(
        role=role,
        tier=1,
        anchor=StepAnchor(anchor),
        after=after * MINUTE,
        repeat_every=None if every is None else every * MINUTE,
        **more,
    )


def contract(
    *objectives: ObjectiveRule,
    steps: Sequence[EscalationStep] = (),
    name: str = "small",
    climbs: bool = False,
    **plan: Any,
) -> Contract:
    """A contract with these promises; `steps` are of the rule `response`, whatever the priority.

    With `climbs` a page that nobody receives, or answers in 5 minutes, takes the next step.
    """
    matrix: tuple[EscalationPolicy, ...] = ()
    matrix = (EscalationPolicy(rules=("response",), priorities=(), steps=tuple(steps), cites=CLAUSE),) if steps else ()
    if climbs:
        matrix = tuple(replace(it, undelivered=Undelivered.CLIMBS, unanswered_after=5 * MINUTE) for it in matrix)
    only_plan = Plan(
        **{
            "name": "standard",
            "default_priority": "P2",
            "objectives": objectives,
            "escalation": matrix,
            "detections": DetectionRule(priorities=dict.fromkeys(Severity, "P2"), cites=CLAUSE),
            **plan,
        }
    )
    return Contract(
        name=name,
        title=name,
        source="made for a test",
        priorities=("P1", "P2", "P3"),
        calendars={"always": ALWAYS},
        plans={"standard": only_plan},
        default_plan="standard",
        tz_version="2026a",
    )


HALFWAY = RiskWarning(fraction=0.5)
