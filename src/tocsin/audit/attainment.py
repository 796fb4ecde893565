"""The promises that were kept in time, and those that were not, by month, and what was promised of them over many.

A projection of the journal. A clock counts once, in the month of its last deadline, with its final outcome: late
evidence and withdrawn breaches are included. A promise without a figure, or one that was withdrawn, does not count.
What a contract promises of other periods or groups, or of the times that were taken, stands beside that.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from tocsin.audit.journal import JournalEvent
from tocsin.domain.contract.attainment import AttainmentRule, Grouping, Measure
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import Period
from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import SECOND, Instant, parse
from tocsin.domain.state.credit import Credit, Reached, credit_for, total
from tocsin.domain.state.spread import bucket, percentile
from tocsin.domain.time.periods import span_of

ContractOf = Callable[[str, str, str], Contract | None]
"""The contract of a tenant by its name, and its hash where all that were adopted are known; None if it is not known."""


class Group(NamedTuple):
    """The promises that are counted together; what is empty is not asked for."""

    tenant: str
    contract: str
    plan: str
    month: str  # 2026-03, where the calendar of the promise is; or 2026-Q1, or 2026-03-15--2027-03-14
    objective: str
    priority: str
    rule: str = ""
    measure: Measure = Measure.SHARE

    @property
    def by_priority_and_month(self) -> bool:
        """True for the group that every promise is counted in, whatever is promised of many."""
        return bool(self.objective and self.priority and not self.rule) and (
            self.measure is Measure.SHARE and len(self.month) == len("2026-03")
        )


@dataclass(slots=True)
class Count:
    """The count of a group: promises kept in time, promises missed, and what was promised of them."""

    met: int = 0
    missed: int = 0
    promised: float | None = None
    promise: AttainmentRule | None = None
    total: int = 0  # milliseconds that all took; as `spread` only where the promise is of times
    spread: dict[int, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share that was kept in time. There is at least one judged promise."""
        return self.met / (self.met + self.missed)

    @property
    def figure(self) -> int | None:
        """Milliseconds of the mean (rounded up), the median or the 90th percentile; None for a share."""
        if self.promise is None or self.promise.at_most is None:
            return None
        if self.promise.measure is Measure.MEAN:
            return -(-self.total // (self.met + self.missed))
        return percentile(self.spread, 9 if self.promise.measure is Measure.P90 else 5)

    @property
    def credit(self) -> Credit | None:
        """What is credited for it, and why; None for nothing."""
        if self.promise is None:
            return None
        reached = Reached(self.promise.measure, self.met, self.met + self.missed, self.figure)
        return credit_for(reached, self.promise.credits)

    def document(self) -> dict[str, Any]:
        """The count for machines."""
        counted: dict[str, Any] = {"met": self.met, "missed": self.missed, "share": round(self.share, 6)}
        told: dict[str, Any] = {**counted, "promised": self.promised, "kept": self.kept}
        if self.promise and self.figure is not None:
            told |= {"figure_seconds": self.figure / SECOND, "at_most_seconds": (self.promise.at_most or 0) / SECOND}
        if self.credit:
            told |= {"credit": str(self.credit.part), "arithmetic": self.credit.arithmetic}
        return told

    @property
    def kept(self) -> bool | None:
        """True if what was promised was reached; None if nothing was promised."""
        if self.promise is not None and self.promise.measure is Measure.MEAN:
            return self.total <= (self.promise.at_most or 0) * (self.met + self.missed)
        return None if self.promised is None else self.share >= self.promised


@dataclass(slots=True)
class _JudgedClock:
    tenant: str
    contract: str
    hash: str
    plan: str
    rule: str
    objective: str
    priority: str = ""
    deadline: Instant | None = None
    fulfilled: bool = False
    late: bool = False
    fulfilled_at: Instant | None = None
    took: int | None = None


class Attainment:
    """Takes the events of the journal in the order of their partitions."""

    def __init__(self, contract_of: ContractOf) -> None:
        self._contract_of = contract_of
        self._names: dict[str, str] = {}  # name of a contract, by its hash
        self._plans: dict[str, tuple[str, str]] = {}  # contract and plan, by ticket
        self._clocks: dict[str, dict[tuple[str, int], _JudgedClock]] = {}  # by ticket
        self._ruled_out: dict[str, set[str]] = {}  # reasons, by ticket
        self._since: dict[str, date] = {}  # the first day of its contract, by tenant
        self._over: dict[Group, Count] = {}

    def take(self, event: JournalEvent) -> None:
        """Count the next event."""
        if event.type == "ContractAdopted":
            self._names[event.data["contract"]] = event.data["name"]
            if "since" in event.data:
                self._since[event.tenant] = date.fromisoformat(event.data["since"])
        elif event.type in ("TicketOpened", "ContractReadopted") and event.ticket:
            self._plans[event.ticket] = (event.data["contract"], event.data["plan"])
        elif event.type in ("TicketForgotten", "TicketMerged", "TicketMoved") and event.ticket:
            self._count(event.ticket, self._clocks.pop(event.ticket, {}).values(), self._over)
            self._plans.pop(event.ticket, None)
            self._ruled_out.pop(event.ticket, None)
        elif event.type == "TicketRuledOut" and event.ticket:
            self._ruled_out.setdefault(event.ticket, set()).add(event.data["reason"])
        elif event.type == "ExclusionLifted" and event.ticket:
            self._ruled_out.get(event.ticket, set()).discard(event.data["reason"])
        elif (
            "objective" in event.data and "cycle" in event.data and event.ticket
        ):  # what became of a page has no objective
            self._take_of_clock(event, event.ticket)

    def _take_of_clock(self, event: JournalEvent, ticket: str) -> None:
        data, key = event.data, (event.data["rule"], event.data["cycle"])
        contract, plan = self._plans.get(ticket, ("", ""))
        name = self._names.get(contract, contract[:12])
        clocks = self._clocks.setdefault(ticket, {})
        clock = clocks.setdefault(
            key, _JudgedClock(event.tenant, name, contract, plan, data["rule"], data["objective"])
        )
        match event.type:
            case "ClockStarted" | "ClockMoved":
                clock.contract, clock.hash, clock.plan, clock.priority = name, contract, plan, data["priority"]
                clock.deadline = parse(data["deadline"]) if "deadline" in data else None
                clock.fulfilled = False
                clock.late = clock.late and not data.get("reopened", False)
            case "ObjectiveFulfilled":
                clock.fulfilled, clock.late = True, not data["in_time"]
                clock.fulfilled_at, clock.took = parse(data["fulfilled_at"]), data.get("took")
            case "ObjectiveBreached":
                clock.late = True
            case "BreachWithdrawn":
                clock.late = False
            case "PromiseWithdrawn":
                clock.fulfilled = clock.late = False

    def counts(self) -> dict[Group, Count]:
        """The counts so far, sorted by group."""
        found = {group: replace(count, spread=dict(count.spread)) for group, count in self._over.items()}
        for ticket, clocks in self._clocks.items():
            self._count(ticket, clocks.values(), found)
        return dict(sorted(found.items()))

    def credits(self) -> dict[tuple[str, str], list[Credit]]:
        """What is credited for all that was missed, by tenant and period, for each fee."""
        found: dict[tuple[str, str], list[Credit]] = {}
        for group, count in self.counts().items():
            if count.credit:
                found.setdefault((group.tenant, group.month), []).append(count.credit)
        return {period: total(several) for period, several in sorted(found.items())}

    def _count(self, ticket: str, clocks: Iterable[_JudgedClock], found: dict[Group, Count]) -> None:
        ruled_out = self._ruled_out.get(ticket, set())
        for clock in clocks:
            contract = self._contract_of(clock.tenant, clock.contract, clock.hash)
            plan = contract.plans.get(clock.plan) if contract else None
            overlay = next((it.overlay for it in plan.objectives if it.id == clock.rule), "") if plan else ""
            about = [it for it in plan.attainment if it.is_about(clock.rule, clock.objective, overlay)] if plan else []
            places = {self._group(clock, it, contract): it for it in reversed(about)}  # the first of a group is judged
            if not any(map(_is_usual, about)):
                self._count_in(clock, None, self._group(clock, None, contract), found)
            for group, promise in places.items():
                if ruled_out.isdisjoint(promise.leave_out):
                    self._count_in(clock, promise, group, found)

    def _group(self, clock: _JudgedClock, promise: AttainmentRule | None, contract: Contract | None) -> Group | None:
        """The group of `promise` in which `clock` counts; None: in none, since it was not judged."""
        timed = promise is not None and promise.at_most is not None
        at = clock.deadline or clock.fulfilled_at if timed else clock.deadline
        judged = clock.took is not None and clock.fulfilled if timed else clock.fulfilled or clock.late
        return (
            _group(clock, promise, at, contract, self._since.get(clock.tenant)) if at is not None and judged else None
        )

    @staticmethod
    def _count_in(
        clock: _JudgedClock, promise: AttainmentRule | None, group: Group | None, found: dict[Group, Count]
    ) -> None:
        """Count `clock` in the group of `promise`; of None: in the one that every promise is counted in."""
        if group is None:
            return
        count = found.setdefault(group, Count())
        if promise is not None and count.promise is None:
            count.promised, count.promise = promise.share, promise
        met = not clock.late
        if promise is not None and promise.at_most is not None:
            took = clock.took or 0
            met = took <= promise.at_most
            tiers = promise.credits.tiers if promise.credits else ()
            place = bucket(took, (promise.at_most, *(tier.above or 0 for tier in tiers)))
            count.total += took
            count.spread[place] = count.spread.get(place, 0) + 1
        count.met += met
        count.missed += not met


def _is_usual(promise: AttainmentRule) -> bool:
    """True for a share of one objective, by month, plan and priority."""
    usual = (promise.by, promise.period, promise.measure) == (Grouping.PRIORITY, Period.MONTH, Measure.SHARE)
    return usual and promise.objective is not None


def _group(
    clock: _JudgedClock, promise: AttainmentRule | None, at: Instant, contract: Contract | None, since: date | None
) -> Group:
    zone = _zone(clock, contract)
    if promise is None:
        month = span_of(Period.MONTH, at, zone, None).name
        return Group(clock.tenant, clock.contract, clock.plan, month, clock.objective, clock.priority)
    of_tenant = promise.by is Grouping.TENANT
    return Group(
        clock.tenant,
        "" if of_tenant else clock.contract,
        "" if of_tenant else clock.plan,
        span_of(promise.period, at, zone, since).name,
        promise.objective or "",
        clock.priority if promise.by is Grouping.PRIORITY else "",
        promise.rules_with(clock.rule),
        promise.measure,
    )


def _zone(clock: _JudgedClock, contract: Contract | None) -> Zone | str:
    """The time zone of the promise; UTC if the contract no longer has the promise."""
    if contract and clock.plan in contract.plans:
        rule = contract.plans[clock.plan].rule(clock.rule)
        if rule and clock.priority in rule.targets:
            return contract.calendars[rule.targets[clock.priority].calendar].where
    return "UTC"
