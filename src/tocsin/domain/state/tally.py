"""What was counted of a promise over many clocks, in one period."""

import msgspec

from tocsin.domain.contract.attainment import Credits, Measure
from tocsin.domain.events.contract import Standing
from tocsin.domain.instant import Instant
from tocsin.domain.state.spread import bucket, percentile
from tocsin.domain.vocabulary import Priority

_TENTHS = {Measure.MEDIAN: 5, Measure.P90: 9}


class Tally(msgspec.Struct, kw_only=True):
    """The clocks of a promise that were judged in one period: how many were in time, and how long they took.

    `objective`, `plan`, `priority` and `rule` say which clocks those are; one that is empty is not asked for. Of a
    share, `met` are those in time; of a mean, median or 90th percentile those that took `at_most` so long.
    """

    month: str  # or a quarter, 2026-Q1, or the year of a contract, 2026-03-15--2027-03-14
    plan: str
    objective: str
    priority: Priority
    ends_at: Instant
    promised: float  # the share of `met`; of a mean nothing
    clause: str
    met: int = 0
    missed: int = 0
    at_risk: bool = False  # an alert has said so
    judged: bool = False
    source: str = ""  # the overlay that the clause is in; empty: the contract itself
    rule: str = ""
    measure: Measure = Measure.SHARE
    at_most: int | None = None  # milliseconds
    credits: Credits | None = None
    total: int = 0  # milliseconds that all of them took, where that is asked for
    spread: dict[int, int] = msgspec.field(default_factory=dict)  # how many took how long; see `bucket`

    @property
    def number(self) -> int:
        """How many clocks are counted."""
        return self.met + self.missed

    @property
    def share(self) -> float:
        """The share of those that have been judged which was met; 1.0 where there is none."""
        return self.met / self.number if self.number else 1.0

    @property
    def figure(self) -> int | None:
        """The mean (rounded up), median or 90th percentile (see `bucket`) in milliseconds; None for a share."""
        if self.measure is Measure.SHARE:
            return None
        if self.measure is Measure.MEAN:
            return -(-self.total // self.number) if self.number else 0
        return percentile(self.spread, _TENTHS[self.measure])

    @property
    def kept(self) -> bool:
        """True if the figure is what is promised."""
        if self.measure is Measure.MEAN:
            return self.total <= (self.at_most or 0) * self.number
        return self.share >= self.promised

    @property
    def affordable(self) -> int | None:
        """The number of further misses after which the promise is still kept; below 0 so many too many were missed.

        It is reckoned from what was judged until now: each promise that is met makes more of them affordable. None for
        a mean, where it depends on how late they are.
        """
        if self.measure is Measure.MEAN:
            return None
        if not self.promised:
            return self.met
        judged = int(self.met / self.promised) + 1
        while judged and self.met / judged < self.promised:  # by the very comparison that decides
            judged -= 1
        return judged - self.met - self.missed

    @property
    def limits(self) -> tuple[int, ...]:
        """The times at which something else follows."""
        tiers = self.credits.tiers if self.credits else ()
        found = (self.at_most, *(tier.above for tier in tiers))
        return tuple(limit for limit in found if limit is not None)

    def count(self, change: int, *, met: bool, took: int | None) -> None:
        """Count one clock more, or with -1 one less; `took` is None where that is not asked for."""
        self.met += change * met
        self.missed += change * (not met)
        if took is None:
            return
        self.total += change * took
        if self.measure in _TENTHS:
            place = bucket(took, self.limits)
            self.spread[place] = self.spread.get(place, 0) + change
            if not self.spread[place]:
                del self.spread[place]


def month_key(month: Tally | Standing) -> str:
    """The key of a tally in `Tenant.months`."""
    more = ""
    if month.rule or _measure(month) is not Measure.SHARE:  # releases before 0.3 had neither
        more = f"/{month.rule or ''}/{_measure(month)}"
    return f"{month.month}/{month.plan}/{month.objective}/{month.priority}{more}"


def incident_of_month(month: Tally | Standing) -> str:
    """The incident that tells of it."""
    what = f"rule {month.rule}" if month.rule else month.objective or "all promises"
    measure = "" if _measure(month) is Measure.SHARE else _measure(month)
    return " ".join(filter(None, ("attainment", month.month, month.plan, what, month.priority, measure)))


def _measure(month: Tally | Standing) -> Measure:
    return month.measure or Measure.SHARE
