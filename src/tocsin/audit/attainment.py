"""The promises that were kept in time, and those that were not, by month.

A projection of the journal. A clock counts once, in the month of its last deadline, with its final outcome: late
evidence and withdrawn breaches are included. A promise without a figure, or one that was withdrawn, does not count.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tocsin.audit.journal import JournalEvent
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import Instant, parse, to_datetime
from tocsin.domain.time.zones import to_wall

ContractOf = Callable[[str, str], Contract | None]
"""The contract of a tenant by its name; None if it is not known."""


class Group(NamedTuple):
    """The promises that are counted together."""

    tenant: str
    contract: str
    plan: str
    month: str  # 2026-03, where the calendar of the promise is
    objective: str
    priority: str


@dataclass(slots=True)
class Count:
    """The count of a group: promises kept in time, promises missed, and the promised share."""

    met: int = 0
    missed: int = 0
    promised: float | None = None

    @property
    def share(self) -> float:
        """The share that was kept in time. There is at least one judged promise."""
        return self.met / (self.met + self.missed)

    def document(self) -> dict[str, Any]:
        """The count for machines."""
        counted = {"met": self.met, "missed": self.missed, "share": round(self.share, 6)}
        return {**counted, "promised": self.promised, "kept": self.kept}

    @property
    def kept(self) -> bool | None:
        """True if the promised share was reached; None if no share was promised."""
        return None if self.promised is None else self.share >= self.promised


@dataclass(slots=True)
class _JudgedClock:
    tenant: str
    contract: str
    plan: str
    rule: str
    objective: str
    priority: str = ""
    deadline: Instant | None = None
    fulfilled: bool = False
    late: bool = False


class Attainment:
    """Takes the events of the journal in the order of their partitions."""

    def __init__(self, contract_of: ContractOf) -> None:
        self._contract_of = contract_of
        self._names: dict[str, str] = {}  # name of a contract, by its hash
        self._plans: dict[str, tuple[str, str]] = {}  # contract and plan, by ticket
        self._clocks: dict[str, dict[tuple[str, int], _JudgedClock]] = {}  # by ticket
        self._over: dict[Group, Count] = {}

    def take(self, event: JournalEvent) -> None:
        """Count the next event."""
        if event.type == "ContractAdopted":
            self._names[event.data["contract"]] = event.data["name"]
        elif event.type in ("TicketOpened", "ContractReadopted") and event.ticket:
            self._plans[event.ticket] = (event.data["contract"], event.data["plan"])
        elif event.type in ("TicketForgotten", "TicketMerged", "TicketMoved") and event.ticket:
            self._count(self._clocks.pop(event.ticket, {}).values(), self._over)
            self._plans.pop(event.ticket, None)
        elif (
            "objective" in event.data and "cycle" in event.data and event.ticket
        ):  # what became of a page has no objective
            self._take_of_clock(event, event.ticket)

    def _take_of_clock(self, event: JournalEvent, ticket: str) -> None:
        data, key = event.data, (event.data["rule"], event.data["cycle"])
        contract, plan = self._plans.get(ticket, ("", ""))
        name = self._names.get(contract, contract[:12])
        clocks = self._clocks.setdefault(ticket, {})
        clock = clocks.setdefault(key, _JudgedClock(event.tenant, name, plan, data["rule"], data["objective"]))
        match event.type:
            case "ClockStarted" | "ClockMoved":
                clock.contract, clock.plan, clock.priority = name, plan, data["priority"]
                clock.deadline = parse(data["deadline"]) if "deadline" in data else None
                clock.fulfilled = False
                clock.late = clock.late and not data.get("reopened", False)
            case "ObjectiveFulfilled":
                clock.fulfilled, clock.late = True, not data["in_time"]
            case "ObjectiveBreached":
                clock.late = True
            case "BreachWithdrawn":
                clock.late = False
            case "PromiseWithdrawn":
                clock.fulfilled = clock.late = False

    def counts(self) -> dict[Group, Count]:
        """The counts so far, sorted by group."""
        found = {group: replace(count) for group, count in self._over.items()}
        for clocks in self._clocks.values():
            self._count(clocks.values(), found)
        return dict(sorted(found.items()))

    def _count(self, clocks: Iterable[_JudgedClock], found: dict[Group, Count]) -> None:
        for clock in clocks:
            if clock.deadline is None or not (clock.fulfilled or clock.late):
                continue
            contract = self._contract_of(clock.tenant, clock.contract)
            count = found.setdefault(_group(clock, clock.deadline, contract), Count())
            count.met += not clock.late
            count.missed += clock.late
            count.promised = _promised(clock, contract)


def _group(clock: _JudgedClock, deadline: Instant, contract: Contract | None) -> Group:
    moment = to_datetime(to_wall(deadline, _zone(clock, contract)))
    return Group(clock.tenant, clock.contract, clock.plan, f"{moment:%Y-%m}", clock.objective, clock.priority)


def _zone(clock: _JudgedClock, contract: Contract | None) -> Zone | str:
    """The time zone of the promise; UTC if the contract no longer has the promise."""
    if contract and clock.plan in contract.plans:
        for rule in contract.plans[clock.plan].objectives:
            if rule.id == clock.rule and clock.priority in rule.targets:
                return contract.calendars[rule.targets[clock.priority].calendar].where
    return "UTC"


def _promised(clock: _JudgedClock, contract: Contract | None) -> float | None:
    if contract is None or clock.plan not in contract.plans:
        return None
    shares = contract.plans[clock.plan].attainment
    return next((it.share for it in shares if it.objective == clock.objective), None)
