"""The months of a tenant: how many promises were kept of those that were due, against the share that was promised."""

from math import ceil
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import MonthTally, Tenant
from tocsin.domain.vocabulary import Objective, Priority

_EXACT = 1e-9  # a share such as 0.9 is no exact number


class Row(NamedTuple):
    """The promises of one objective, plan and priority that were due in one month."""

    plan: str
    objective: Objective
    priority: Priority
    met: int
    missed: int
    share: float
    promised: float
    kept: bool
    affordable: int  # see `affordable`
    clause: str
    judged: bool


class Month(NamedTuple):
    """A month of a tenant; `over` once the inbox's time has passed its end."""

    name: str
    over: bool
    rows: tuple[Row, ...]

    @property
    def kept(self) -> bool:
        """True if every promised share was reached."""
        return all(row.kept for row in self.rows)


def months_of(tenant: Tenant, now: Instant) -> tuple[Month, ...]:
    """The months of which something was counted, the latest first."""
    names = sorted({tally.month for tally in tenant.months.values()}, reverse=True)
    return tuple(_month(name, tenant, now) for name in names)


def _month(name: str, tenant: Tenant, now: Instant) -> Month:
    tallies = [tally for tally in tenant.months.values() if tally.month == name and tally.met + tally.missed]
    rows = sorted(map(_row, tallies), key=lambda row: (row.affordable, row.plan, row.objective, row.priority))
    return Month(name, all(tally.ends_at <= now for tally in tallies), tuple(rows))


def _row(tally: MonthTally) -> Row:
    return Row(
        plan=tally.plan,
        objective=tally.objective,
        priority=tally.priority,
        met=tally.met,
        missed=tally.missed,
        share=tally.share,
        promised=tally.promised,
        kept=tally.kept,
        affordable=affordable(tally),
        clause=tally.clause,
        judged=tally.judged,
    )


def affordable(tally: MonthTally) -> int:
    """How many of the next promises may be late, one after the other, and the share is still reached.

    Below 0 it is not reached: so many promises more would have had to be kept.
    """
    count = tally.met + tally.missed
    if tally.kept:
        return int(tally.met / tally.promised - count + _EXACT) if tally.promised else tally.met
    return -max(1, ceil(tally.promised * count - tally.met - _EXACT))
