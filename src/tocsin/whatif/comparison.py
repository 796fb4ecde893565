"""Compares what came of a log with what would have come of it under another contract.

Memory holds what is open, and what differs; never the log.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from tocsin.audit.attainment import Attainment, Count
from tocsin.audit.journal import read_event
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import Instant, to_datetime
from tocsin.messages.record import Output, Topic
from tocsin.roster.roster import Roster
from tocsin.whatif.adoptions import Adoptions
from tocsin.whatif.pairs import AFTER, BEFORE, Difference, Pairs
from tocsin.whatif.people import Doubt, People
from tocsin.whatif.result import AlertCount, AlertGroup, AttainmentGroup, Result
from tocsin.whatif.shifts import Pages, RosterShifts, ThirdsOfDay, shift_rows
from tocsin.whatif.tickets import Tickets
from tocsin.whatif.told import Told, told

_FAR = 2**62


class Period(NamedTuple):
    """What is reported: from `start` on, until before `end`; None: without a bound. The whole log is folded."""

    start: Instant | None = None
    end: Instant | None = None

    def has(self, at: Instant) -> bool:
        """True if `at` lies in it."""
        return (self.start or 0) <= at < (_FAR if self.end is None else self.end)

    def has_month(self, month: str) -> bool:
        """True if some of the month (2026-03) lies in it."""
        first = "" if self.start is None else f"{to_datetime(self.start):%Y-%m}"
        return first <= month and (self.end is None or month <= f"{to_datetime(self.end - 1):%Y-%m}")


class Comparison:
    """Takes the outputs of both folds. Of what lies outside of `period` nothing is reported."""

    def __init__(
        self,
        adoptions: Adoptions,
        period: Period,
        roster: Roster | None = None,
        advance: Callable[[int], None] | None = None,
    ) -> None:
        """`roster` tells the shifts; `advance` is told how many records more both folds have applied."""
        self._advance = advance
        self._adoptions = adoptions
        self._period = period
        self._pairs = Pairs()
        self._people = People(self._pairs.differ_on)
        self._shifts = RosterShifts(roster) if roster else ThirdsOfDay(self._zone_of)
        self._pages = Pages(self._shifts, self._zone_of), Pages(self._shifts, self._zone_of)
        self._counts: tuple[Counter[AlertGroup], Counter[AlertGroup]] = (Counter(), Counter())
        self._attainment = (Attainment(self._contract_before), Attainment(self._contract_after))
        self._tickets = Tickets()
        self._records = 0
        self._first, self._last = _FAR, 0

    def before(self, output: Output) -> None:
        """Take what came as it was."""
        self._take(BEFORE, output)

    def after(self, output: Output) -> None:
        """Take what came under the other contract."""
        self._take(AFTER, output)

    def together(self, records: int, first: Instant, last: Instant) -> None:
        """Both folds have applied the same `records` more, and their clock went from `first` to `last`."""
        self._people.together()
        if self._advance:
            self._advance(records)
        self._records += records
        self._first, self._last = min(self._first, first), max(self._last, last)

    def result(self) -> Result:
        """The comparison of all that was taken."""
        period = self._period
        found = (it for it in self._pairs.differences() if _lies_in(it, period))
        differences = sorted(found, key=_in_order)
        first = min(self._first, self._last) if period.start is None else period.start
        last = self._last if period.end is None else period.end
        tenants = sorted(self._adoptions.replaced)
        days = sorted({day for pages in self._pages for day in pages.by_day})
        return Result(
            contract=next((name for names in self._adoptions.replaced.values() for name in reversed(names)), ""),
            plans={tenant: self._adoptions.plans[tenant] for tenant in tenants},
            start=period.start,
            end=period.end,
            first=first,
            last=last,
            records=self._records,
            same=self._pairs.same,
            alerts=self._alerts(differences),
            attainment=self._kept(),
            shifts=list(shift_rows(self._pages, self._shifts, tenants, first, last)),
            days=[(day, self._pages[BEFORE].by_day[day], self._pages[AFTER].by_day[day]) for day in days],
            tickets=self._tickets.changes(),
            differences=differences,
            doubts=self._doubts(differences),
        )

    def _take(self, side: int, output: Output) -> None:
        if output.topic is Topic.ALERTS:
            self._take_alert(side, told(output))
        elif output.topic is Topic.TICKET_EVENTS:
            event = read_event(output.value)
            self._attainment[side].take(event)
            if event.tenant in self._adoptions.replaced:
                self._people.take(side, event)
                self._tickets.take(side, event)

    def _take_alert(self, side: int, alert: Told) -> None:
        if alert.tenant not in self._adoptions.replaced:
            return
        self._pairs.take(side, alert)
        if self._period.has(alert.at):
            self._counts[side][_group(alert)] += 1
            if alert.role is not None and alert.calls:
                self._pages[side].take(alert)

    def _alerts(self, differences: list[Difference]) -> dict[AlertGroup, AlertCount]:
        groups = {*self._counts[BEFORE], *self._counts[AFTER], *(_group(it.alert) for it in differences)}
        found = {it: AlertCount(self._counts[BEFORE][it], self._counts[AFTER][it]) for it in sorted(groups)}
        for each in differences:
            found[_group(each.alert)].changes[each.change] += 1
        return found

    def _kept(self) -> dict[AttainmentGroup, tuple[Count | None, Count | None]]:
        before, after = (self._attained(side) for side in self._attainment)
        return {group: (before.get(group), after.get(group)) for group in sorted({*before, *after})}

    def _attained(self, side: Attainment) -> dict[AttainmentGroup, Count]:
        """The counts of a side, those of several contracts and plans together."""
        found: dict[AttainmentGroup, Count] = {}
        for of, count in side.counts().items():
            if of.tenant in self._adoptions.replaced and of.by_priority_and_month and self._period.has_month(of.month):
                whole = found.setdefault(AttainmentGroup(of.tenant, of.month, of.objective, of.priority), Count())
                whole.met += count.met
                whole.missed += count.missed
                whole.promised = count.promised if whole.promised is None else whole.promised
        return found

    def _doubts(self, differences: list[Difference]) -> list[Doubt]:
        found = self._people.doubts(differences)
        return [it for it in found if it.kind is not None or self._period.has(it.deed.at)]

    def _contract_before(self, tenant: str, name: str, _hash: str) -> Contract | None:
        return self._adoptions.adopted.get(tenant, {}).get(name)

    def _contract_after(self, tenant: str, name: str, _hash: str) -> Contract | None:
        return self._adoptions.replaced.get(tenant, {}).get(name)

    def _zone_of(self, tenant: str) -> Zone | str:
        return self._adoptions.zone_of(tenant)


def _group(alert: Told) -> AlertGroup:
    return AlertGroup(alert.objective or "", alert.priority or "", alert.kind)


def _in_order(difference: Difference) -> tuple[Instant, str, str, str, str, str]:
    it = difference.alert
    return difference.first_at, it.tenant, it.number or "", it.kind, it.role or "", it.id


def _lies_in(difference: Difference, period: Period) -> bool:
    return any(period.has(it.at) for it in (difference.before, difference.after) if it)
