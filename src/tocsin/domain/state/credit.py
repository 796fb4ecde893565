"""What a period credits, with the arithmetic in words. Parts of a fee are decimals: money is no float."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from tocsin.domain.contract.attainment import Credits, CreditTier, Measure
from tocsin.domain.instant import SECOND

_NAMES = {Measure.MEAN: "mean", Measure.MEDIAN: "median", Measure.P90: "90th percentile"}
_HUNDREDTH_OF_A_PERCENT = Decimal("0.0001")


class Reached(NamedTuple):
    """What was reached in a period: how many of how many, and the time that was measured (None for a share)."""

    measure: Measure
    met: int
    number: int
    figure: int | None


class Credit(NamedTuple):
    """The part of a fee that is credited, and why, in words."""

    part: Decimal
    arithmetic: str
    terms: Credits


def credit_for(reached: Reached, promised: Credits | None) -> Credit | None:
    """The credit of the tier that was missed furthest; None where none was."""
    tiers = [tier for tier in promised.tiers if _is_missed(reached, tier)] if promised and reached.number else []
    if promised is None or not tiers:
        return None
    tier = tiers[-1]
    text = f"{show_reached(reached)} is {_beyond(tier)}: {percent(tier.credit)} of {promised.of}"
    return Credit(tier.credit, text, promised)


def total(credits_of_period: Iterable[Credit]) -> list[Credit]:
    """What the credits of one period come to, for each fee: their sum, and no more than its cap."""
    parts: dict[str, list[Credit]] = {}
    for credit in credits_of_period:
        parts.setdefault(credit.terms.of, []).append(credit)
    return [_sum(several) for several in parts.values()]


def _sum(several: list[Credit]) -> Credit:
    terms, whole = several[0].terms, sum((credit.part for credit in several), Decimal(0))
    text = " + ".join(percent(credit.part) for credit in several) + (f" = {percent(whole)}" if several[1:] else "")
    if terms.cap is not None and whole > terms.cap:
        whole, text = terms.cap, f"{text}, capped at {percent(terms.cap)}"
    return Credit(whole, f"{text} of {terms.of}", terms)


def show_reached(reached: Reached) -> str:
    """What was reached in words: `93.75 % (15 of 16)`, or `the median of 16, 0:12:00,`."""
    if reached.figure is not None:
        return f"the {_NAMES[reached.measure]} of {reached.number}, {show_time(reached.figure)},"
    return f"{show_share(reached.met, reached.number)} ({reached.met} of {reached.number})"


def show_share(met: int, number: int) -> str:
    """The share in percent, as `percent` has it; of `number` there is at least one."""
    return percent(Decimal(met) / Decimal(number))


def percent(part: Decimal) -> str:
    """A part in percent with two digits behind the point at most; cut off, so that no miss looks as if it were none."""
    cut = part.quantize(_HUNDREDTH_OF_A_PERCENT, rounding=ROUND_FLOOR) * 100
    text = f"{cut:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def show_time(milliseconds: int) -> str:
    """A time in hours, minutes and seconds, those begun counted as whole: `4:12:03`, `1 day, 0:00:00`."""
    return str(timedelta(seconds=-(-milliseconds // SECOND)))


def _is_missed(reached: Reached, tier: CreditTier) -> bool:
    if tier.below is not None:
        return Decimal(reached.met) < tier.below * reached.number
    return tier.above is not None and (reached.figure or 0) > tier.above


def _beyond(tier: CreditTier) -> str:
    return f"above {show_time(tier.above)}" if tier.above is not None else f"below {percent(tier.below or Decimal(0))}"
