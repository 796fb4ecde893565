"""Judges attacks: which actions were agreed for one of this risk and sophistication, in this period of the day.

What no sensor has said is not low. Without a risk the severity stands for it; without a sophistication any may be
meant. So may by a word that nobody knows: it is marked, and excludes nothing.
"""

from functools import lru_cache

import msgspec

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.decide.open import is_open
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import GRADE_OF, GRADES, SEVERITIES, Severity, as_word, worse_grade


class Attack(msgspec.Struct, frozen=True, gc=False):  # a named tuple takes four times as long to make
    """An attack as its sensors have graded it."""

    severity: Severity
    risk: str | None
    sophistication: str | None


def attack(body: Detection) -> Attack:
    """The attack that one detection tells of."""
    return Attack(body.severity, _grade(body.risk), _grade(body.sophistication))


def at_worst(ticket: Ticket, body: Detection) -> Attack:
    """The attack of `ticket` at its worst, with a further detection."""
    known, seen = _known_of(ticket, body.severity), attack(body)
    if known == seen:
        return known
    return Attack(
        max(known.severity, seen.severity, key=SEVERITIES.index),
        worse_grade(known.risk, seen.risk),
        worse_grade(known.sophistication, seen.sophistication),
    )


def response_again(
    worst: Attack, ticket: Ticket, state: TenantState, now: Instant, *, told_anyway: bool
) -> ResponseLevel | None:
    """What is agreed for the attack of `ticket`, if it has grown to `worst` and that was not told of it, or anyway."""
    if worst == _known_of(ticket, worst.severity) and not told_anyway:
        return None
    found = response_to(worst, state.plan_of(ticket), state.contracts[ticket.contract], now)
    return found if told_anyway or found != ticket.response else None


def response_at(ticket: Ticket, state: TenantState, now: Instant) -> ResponseLevel | None:
    """What is agreed at `now` for the attack of `ticket`; None where no sensor has seen one."""
    if ticket.severity is None:
        return None
    known = _known_of(ticket, ticket.severity)
    return response_to(known, state.plan_of(ticket), state.contracts[ticket.contract], now)


def _known_of(ticket: Ticket, severity: Severity) -> Attack:
    return Attack(ticket.severity or severity, ticket.risk, ticket.sophistication)


def response_to(it: Attack, plan: Plan, contract: Contract, now: Instant) -> ResponseLevel | None:
    """The first response level of `plan` that fits the attack in the period of the day that `now` is in."""
    risk = it.risk or GRADE_OF[it.severity]
    for level in plan.response_levels:
        graded = _fits(it.sophistication, level.sophistication, plan) and _fits(risk, level.risk, plan)
        if graded and (level.calendar is None or is_open(contract, level.calendar, now) == level.while_open):
            return level
    return None


def unknown_words(body: Detection, plan: Plan) -> tuple[str, ...]:
    """The grades that the detection gives and that `plan`, which has response levels, does not know."""
    if not plan.response_levels or not (body.risk or body.sophistication):
        return ()
    given = (("risk", _grade(body.risk)), ("sophistication", _grade(body.sophistication)))
    return tuple(f"{name}: {grade}" for name, grade in given if grade is not None and grade not in _known(plan))


def _grade(text: str | None) -> str | None:
    if not text:
        return None
    word = as_word(text)
    return GRADE_OF[Severity(word)] if word in SEVERITIES else word or None


def _fits(grade: str | None, wanted: tuple[str, ...], plan: Plan) -> bool:
    if not wanted or grade is None or grade in _grades(wanted):
        return True
    return grade not in GRADES and grade not in _known(plan)


def _known(plan: Plan) -> set[str]:
    levels = plan.response_levels
    return {*GRADES, *(grade for level in levels for grade in _grades((*level.risk, *level.sophistication)))}


@lru_cache(maxsize=256)  # they are a contract's words, which come again with each detection
def _grades(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(grade for word in words if (grade := _grade(word)))
