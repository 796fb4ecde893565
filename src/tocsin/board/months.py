"""The months of a tenant: how many promises were kept of those that were due, against the share that was promised."""

from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import MonthTally, Tenant
from tocsin.domain.vocabulary import Priority


class Row(NamedTuple):
    """The promises of one objective, plan and priority that were due in one month."""

    plan: str
    objective: str
    priority: Priority
    met: int
    missed: int
    share: float
    promised: float
    kept: bool
    affordable: int  # see `MonthTally`
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
        affordable=tally.affordable,
        clause=tally.clause,
        judged=tally.judged,
    )
