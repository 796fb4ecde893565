"""The periods of a tenant, mostly months: what was kept of the promises that were due, against what was promised."""

from typing import NamedTuple

from tocsin.domain.clocks.attainment import credit_of
from tocsin.domain.instant import Instant
from tocsin.domain.state.credit import show_time, total
from tocsin.domain.state.tally import Tally
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.vocabulary import Priority


class Row(NamedTuple):
    """The promises of one objective or rule, plan and priority that were due in one period; see `Tally`."""

    plan: str
    objective: str
    rule: str
    priority: Priority
    met: int
    missed: int
    share: float
    promised: float
    kept: bool
    affordable: int | None  # see `Tally`
    clause: str
    judged: bool
    measured: tuple[str, str] | None  # the time that was reached and the one that is promised, of the measure
    measure: str
    credit: str  # what is credited for it, or would be if the period ended now, with the arithmetic


class Month(NamedTuple):
    """A month of a tenant, or another period; `over` once the inbox's time has passed its end."""

    name: str
    over: bool
    rows: tuple[Row, ...]
    credited: tuple[str, ...]  # on the whole, for each fee

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
    rows = sorted(map(_row, tallies), key=_worst_first)
    credited = tuple(it.arithmetic for it in total(filter(None, map(credit_of, tallies))))
    return Month(name, all(tally.ends_at <= now for tally in tallies), tuple(rows), credited)


def _worst_first(row: Row) -> tuple[bool, float, str, str, str, str]:
    left = float("inf") if row.affordable is None else row.affordable
    return row.kept, left, row.plan, row.objective, row.rule, row.priority


def _row(tally: Tally) -> Row:
    credit = credit_of(tally)
    return Row(
        plan=tally.plan,
        objective=tally.objective,
        rule=tally.rule,
        priority=tally.priority,
        met=tally.met,
        missed=tally.missed,
        share=tally.share,
        promised=tally.promised,
        kept=tally.kept,
        affordable=tally.affordable,
        clause=tally.clause,
        judged=tally.judged,
        measured=None if tally.figure is None else (show_time(tally.figure), show_time(tally.at_most or 0)),
        measure=tally.measure,
        credit=credit.arithmetic if credit else "",
    )
