"""The times of escalation steps and the warnings before a deadline, as a contract spells them."""

import re
from typing import NamedTuple

from tocsin.contracts.notation.targets import parse_duration, parse_wait, show_duration, show_wait
from tocsin.domain.contract.escalation import EscalationPolicy, EscalationStep, StepAnchor, Undelivered
from tocsin.domain.contract.model import RiskWarning
from tocsin.domain.contract.target import Target

_WHOLE = 100  # percent
_PERCENT = re.compile(r"(\d{1,3}) ?%")
_ANCHORED = re.compile(r"(start|deadline)(?: \+ (.+))?")


class StepTime(NamedTuple):
    """The time of a step on its clock: `after` milliseconds, or working time, after its anchor; or a fraction."""

    anchor: StepAnchor
    after: int = 0
    fraction: float = 0.0
    within: Target | None = None


def parse_step_time(text: str) -> StepTime:
    """`start`, `start + 5 min`, `50 %`, `deadline`, `deadline + 10 min` or `deadline + 2 business hours`.

    Raises `ValueError` otherwise.
    """
    if percent := _PERCENT.fullmatch(text):
        return StepTime(StepAnchor.FRACTION, fraction=_fraction(percent))
    if anchored := _ANCHORED.fullmatch(text):
        wait = parse_wait(anchored[2]) if anchored[2] else 0
        anchor = StepAnchor(anchored[1])
        return StepTime(anchor, within=wait) if isinstance(wait, Target) else StepTime(anchor, after=wait)
    raise ValueError(
        f"{text!r} is no moment; write `start`, `start + 5 min`, `50 %`, `deadline` or `deadline + 10 min`"
    )


def parse_warning(text: str) -> RiskWarning:
    """`75 %` of the target, or `5 min before` the deadline. Raises `ValueError` otherwise."""
    if percent := _PERCENT.fullmatch(text):
        return RiskWarning(fraction=_fraction(percent))
    if text.endswith(" before"):
        return RiskWarning(before=parse_duration(text.removesuffix(" before")))
    raise ValueError(f"{text!r} is no warning; write `75 %` of the target, or `5 min before` the deadline")


def show_step_time(step: EscalationStep) -> str:
    """The text that `parse_step_time` reads as the time of the step."""
    if step.anchor is StepAnchor.FRACTION:
        return f"{step.fraction * _WHOLE:g} %"
    wait = step.within or step.after
    return f"{step.anchor} + {show_wait(wait)}" if wait else step.anchor


def show_step(step: EscalationStep) -> str:
    """The role that the step tells, and how often: `shift lead (tier 2), every 15 min, 3 times at most`."""
    every = step.repeat_within or step.repeat_every
    again = f", every {show_wait(every)}" if every else ""
    limit = f", {step.repeat_at_most} times at most" if every and step.repeat_at_most else ""
    return f"{step.role} (tier {step.tier}){again}{limit}"


def show_climbing(row: EscalationPolicy) -> str:
    """The pages of the row that take the next step before its time; empty where none do."""
    when = ["at once where nobody can receive it"] if row.undelivered is Undelivered.CLIMBS else []
    if row.unanswered_after is not None:
        when.append(f"{show_duration(row.unanswered_after)} after it was received where nobody answers")
    return f"a page climbs {', '.join(when)}" if when else ""


def show_warning(warning: RiskWarning) -> str:
    """The text that `parse_warning` reads as `warning`."""
    if warning.before is not None:
        return f"{show_duration(warning.before)} before"
    return f"{(warning.fraction or 0) * _WHOLE:g} %"


def _fraction(match: re.Match[str]) -> float:
    percent = int(match[1])
    if not 0 < percent < _WHOLE:
        raise ValueError(f"{match[0]!r} is no part of a target; give 1 % to 99 %, or write `start` or `deadline`")
    return percent / _WHOLE
