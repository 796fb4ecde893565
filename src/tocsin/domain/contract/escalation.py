"""The escalation matrix: who is told when, while a promise is owed."""

from dataclasses import dataclass
from enum import StrEnum

from tocsin.domain.contract.rules import Citation
from tocsin.domain.contract.target import Target
from tocsin.domain.vocabulary import Priority


class StepAnchor(StrEnum):
    """The start from which an escalation step's time is counted."""

    START = "start"  # `after` milliseconds after the clock's start, of real time or of the target's working time;
    # where the step has a time `within`, that one in the promise's calendar
    FRACTION = "fraction"  # `fraction` of the target, in its own calendar
    DEADLINE = "deadline"  # `after` milliseconds of real time after the deadline, or `within` likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """Tells a role at a time, and again until an analyst has acknowledged."""

    role: str
    tier: int
    anchor: StepAnchor
    after: int = 0
    fraction: float = 0.0
    repeat_every: int | None = None
    repeat_at_most: int | None = None  # None: without end
    within: Target | None = None  # in place of `after`: working time in the promise's calendar
    repeat_within: Target | None = None  # in place of `repeat_every`, likewise


class Undelivered(StrEnum):
    """The fate of a page that nobody could receive."""

    WAITS = "waits"  # for the next step in its time
    CLIMBS = "climbs"  # to the next step at once


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """The row of the escalation matrix for some objectives (rule ids) and priorities (empty: all).

    A page by one of its steps climbs: the next step is taken at once, where nobody could receive it and `undelivered`
    says so; or where it was received and nobody has acknowledged within `unanswered_after` milliseconds.
    """

    rules: tuple[str, ...]
    priorities: tuple[Priority, ...]
    steps: tuple[EscalationStep, ...]
    cites: Citation
    undelivered: Undelivered = Undelivered.WAITS
    unanswered_after: int | None = None
