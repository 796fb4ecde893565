"""What came of a comparison, as plain data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tocsin.audit.attainment import Count
from tocsin.domain.instant import Instant, show
from tocsin.whatif.pairs import Change, Difference
from tocsin.whatif.people import Case, Doubt
from tocsin.whatif.shifts import ShiftRow
from tocsin.whatif.tickets import TicketChanges
from tocsin.whatif.told import Told

LIMITS = (
    (
        "It can tell what the other contract would have made of exactly these inputs: which alerts, when, to whom, and "
        "which promises would have been kept."
    ),
    (
        "It cannot tell what people would have done. Their calls, mails, answers and acknowledgements stand in the log "
        "as they were: a page that comes earlier is answered no earlier, and one that vanishes leaves behind what it "
        "brought about."
    ),
    (
        "Nobody was asked about a page that was never sent: it has no receipt, so it does not climb for want of an "
        "answer; and steps repeat until the acknowledgement in the log."
    ),
    "Commands name tickets by number. Where the other contract opens other tickets, a number may mean another one.",
    (
        "A month of attainment counts what was due in it on that side: a shorter target may move a promise to the "
        "month before."
    ),
)
"""What the comparison can and cannot tell, for people."""


class AlertGroup(NamedTuple):
    """The alerts that are counted together."""

    objective: str  # empty: of no promise
    priority: str
    kind: str


@dataclass(slots=True)
class AlertCount:
    """Alerts on both sides, and what became of those that are not the same."""

    before: int = 0
    after: int = 0
    changes: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))


class AttainmentGroup(NamedTuple):
    """The promises that are counted together; the contract differs between the sides, and may the plan."""

    tenant: str
    month: str
    objective: str
    priority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The whole comparison. Rows are sorted, so that the same log gives the same result."""

    contract: str
    plans: dict[str, str]  # by tenant, in the place of what it had
    start: Instant | None  # what was asked for; None: from the beginning
    end: Instant | None
    first: Instant  # what the rows cover
    last: Instant
    records: int
    same: int
    alerts: dict[AlertGroup, AlertCount]
    attainment: dict[AttainmentGroup, tuple[Count | None, Count | None]]
    shifts: list[ShiftRow]
    days: list[tuple[int, int, int]]  # day since 1970, pages before, pages after
    tickets: TicketChanges
    differences: list[Difference]
    doubts: list[Doubt]

    @property
    def changes(self) -> dict[Change, int]:
        """The number of differences by their kind."""
        return {change: sum(it.changes[change] for it in self.alerts.values()) for change in Change}

    @property
    def cases(self) -> dict[Case, int]:
        """The number of cases in which people would have behaved otherwise, by their kind."""
        return {case: sum(doubt.case is case for doubt in self.doubts) for case in Case}

    def documents(self) -> Iterator[dict[str, Any]]:
        """The result for machines: the whole first, then a document for each row, difference and case."""
        yield self._whole()
        for group, count in self.alerts.items():
            about = {name: value or None for name, value in group._asdict().items()}
            yield {"what": "alerts", **about, "before": count.before, "after": count.after, **_named(count.changes)}
        for of, sides in self.attainment.items():
            both = dict(zip(("before", "after"), (it and it.document() for it in sides), strict=True))
            yield {"what": "attainment", **of._asdict(), **both}
        for row in self.shifts:
            yield {"what": "pages", **row._asdict()}
        for difference in self.differences:
            yield {"what": "alert", **_difference(difference)}
        for doubt in self.doubts:
            yield {"what": "case", **_doubt(doubt)}

    def _whole(self) -> dict[str, Any]:
        return {
            "what": "comparison",
            "contract": self.contract,
            "plans": self.plans,
            "from": _shown(self.start),
            "to": _shown(self.end),
            "first": show(self.first),
            "last": show(self.last),
            "records": self.records,
            "same": self.same,
            **_named(self.changes),
            "tickets": self.tickets._asdict(),
            "cases": _named(self.cases),
            "limits": LIMITS,
        }


def _named(counts: Mapping[Change, int] | Mapping[Case, int]) -> dict[str, int]:
    return {str(name): count for name, count in counts.items()}


def _shown(at: Instant | None) -> str | None:
    return None if at is None else show(at)


def _difference(difference: Difference) -> dict[str, Any]:
    about = difference.alert
    names = ("tenant", "ticket", "number", "kind", "objective", "priority", "role")
    sides = {"before": _side(difference.before), "after": _side(difference.after)}
    return {"change": difference.change, **{name: getattr(about, name) for name in names}, **sides}


def _side(alert: Told | None) -> dict[str, Any] | None:
    if alert is None:
        return None
    return {
        "id": alert.id,
        "at": show(alert.at),
        "role": alert.role,
        "priority": alert.priority,
        "deadline": alert.deadline,
    }


def _doubt(doubt: Doubt) -> dict[str, Any]:
    times = {name: _shown(getattr(doubt, name)) for name in ("before", "after")}
    deed = {"deed": doubt.deed.what, "deed_at": show(doubt.deed.at)}
    return {**doubt._asdict(), **times, **deed}
