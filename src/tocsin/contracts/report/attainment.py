"""Promises over many clocks, in words."""

from tocsin.contracts.notation.targets import show_duration
from tocsin.domain.contract.attainment import AttainmentRule, Credits, CreditTier, Grouping, Measure
from tocsin.domain.contract.rules import Period
from tocsin.domain.state.credit import percent

_PERIODS = {Period.MONTH: "calendar month", Period.QUARTER: "quarter", Period.CONTRACT_YEAR: "year of the contract"}
_MEASURES = {Measure.MEAN: "mean", Measure.MEDIAN: "median", Measure.P90: "90th percentile"}
_GROUPS = {
    Grouping.PRIORITY: "",
    Grouping.PLAN: ", all priorities together",
    Grouping.RULE: ", each rule by itself",
    Grouping.TENANT: ", all of the client together",
}


def show_attainment(it: AttainmentRule) -> str:
    """The promise, without its credits."""
    what = f"the rule {it.rule}" if it.rule else it.objective or "all promises"
    period, group = _PERIODS[it.period], _GROUPS[it.by]
    if it.at_most is None:
        text = f"{it.share * 100:g}% of the clocks of {what} in each {period} are in time"
    else:
        time = f"{_MEASURES[it.measure]} of the times of {what}"
        text = f"the {time} in each {period} is {show_duration(it.at_most)} at most"
    left = f", without what is ruled out as {' or '.join(it.leave_out)}" if it.leave_out else ""
    return f"{text}{group}{left}"


def show_credits(it: Credits | None) -> str:
    """The credits; empty where there are none."""
    if it is None:
        return ""
    tiers = ", ".join(f"{_beyond(tier)} {percent(tier.credit)}" for tier in it.tiers)
    cap = f", {percent(it.cap)} at most in a period" if it.cap else ""
    return f"; credited of {it.of}: {tiers}{cap}"


def _beyond(tier: CreditTier) -> str:
    if tier.above is not None:
        return f"above {show_duration(tier.above)}"
    return f"below {percent(tier.below)}" if tier.below is not None else ""
