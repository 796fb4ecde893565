"""Promises over many: what is counted together, over which period, by which measure, and what a miss credits."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tocsin.domain.contract.rules import Citation, Period


class Grouping(StrEnum):
    """The clocks that are counted together: those of one plan, and within it of one priority or rule; or all."""

    PRIORITY = "priority"
    PLAN = "plan"
    RULE = "rule"
    TENANT = "tenant"


class Measure(StrEnum):
    """The figure that is promised of the clocks of a period."""

    SHARE = "share"  # of those that were kept in time
    MEAN = "mean"  # of the times that were taken
    MEDIAN = "median"  # half of them took no longer
    P90 = "p90"  # nine of ten took no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTier:
    """The part of a fee that is credited for a share `below` this one, or a time `above` this one (milliseconds)."""

    credit: Decimal
    below: Decimal | None = None
    above: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """What the vendor credits for a period that broke its promise, as parts of a fee.

    Each tier is missed further than the one before it. All credits of one fee and period are no more than `cap`.
    """

    of: str
    tiers: tuple[CreditTier, ...]
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttainmentRule:
    """The share of clocks that must be in time in each period, or what their mean, median or 90th percentile may be.

    It is about the clocks of an `objective`, or of a `rule`; of neither: about all. `share` is the part of them that
    must be in time, or for a median and a 90th percentile within `at_most` milliseconds, in the hours and with the
    pauses of each promise. For a mean it says nothing.
    """

    cites: Citation
    objective: str | None = None
    rule: str | None = None
    by: Grouping = Grouping.PRIORITY
    period: Period = Period.MONTH
    measure: Measure = Measure.SHARE
    share: float = 0.0
    at_most: int | None = None
    credits: Credits | None = None
    leave_out: tuple[str, ...] = ()  # exclusions: a ticket that is ruled out by one of them does not count
    overlay: str = ""  # the overlay that it is of: where it is about all clocks, it is about those of its overlay

    def is_about(self, rule: str, objective: str, overlay: str) -> bool:
        """True for the clocks of that rule, which is of that objective and overlay ("": the contract's own)."""
        if self.rule is not None:
            return self.rule == rule
        return self.overlay == overlay if self.objective is None else self.objective == objective

    def rules_with(self, rule: str) -> str:
        """The name of the rules that are counted together with `rule`: one, all of an overlay, or "" for any."""
        if self.rule or self.by is Grouping.RULE:
            return self.rule or rule
        return f"{self.overlay}.*" if self.overlay and self.objective is None else ""
