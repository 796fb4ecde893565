"""The second oracle on pages: what must have climbed, worked out from receipts and from the alerts that were published.

It knows no clock and no matrix: only how long each client's pages may stay unanswered. For tickets that nothing but
their own story happens to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.simulation.facts import Fact, Told
from tests.simulation.verdict import require

from tocsin.domain.instant import Instant, parse

CLIMBS = "pages climb when the receipts say so, and only then"
HEARTBEATS = "a notify that is silent is told, once, and ends when it is heard"

_MINUTE = 60_000
_WAITS = {
    ("acme", "callback"): dict.fromkeys(("P1", "P2", "P3", "P4"), 5),
    ("acme", "first_response"): {"P1": 3, "P2": 10, "P3": 60, "P4": 60},
    ("globex", "first_response"): {"P1": 5, "P2": 5, "P3": 30, "P4": 30},
    ("hooli", "first_response"): dict.fromkeys(("high", "medium", "low"), 15),
    ("umbrella", "first_response"): {"P1": 10, "P2": 10, "P3": 30, "P4": 60},
    ("unassigned", "callback"): {"P1": 5},
    ("unassigned", "first_response"): {"P1": 5},
}
"""Minutes in which somebody has to answer a page that was received, by client, promise and priority."""

_DISTURBS = ("merge", "split", "readopt", "reclassify", "hold", "resume", "reopen", "close", "unacknowledge")
_ENDS = ("resolve", "none")


class _Said(NamedTuple):
    """An alert about a promise."""

    at: Instant
    kind: str
    action: str
    id: str
    role: str | None
    objective: str
    climbed: str | None


@dataclass(slots=True)
class _Page:
    """The last one of a promise, and what was told of it by the time that is looked at."""

    said: _Said
    accepted: Instant | None = None
    failed: Instant | None = None

    def climbs(self, waits: int) -> tuple[Instant, str] | None:
        if self.accepted is not None:
            return self.accepted + waits * _MINUTE, "unanswered"
        return None if self.failed is None else (self.failed, "undelivered")


def judge_climbs(told: Told, events: Sequence[dict[str, Any]], silenced: Collection[str]) -> int:
    """Raise `Violation` where `events`, the alerts that were published, are not as they must be; how many climbed.

    What climbs while it is `silenced` is told to nobody: those incidents are left out.
    """
    receipts: dict[str, list[Fact]] = defaultdict(list)
    for fact in told.facts:
        if fact.type in ("tocsin.delivery.accepted", "tocsin.delivery.failed") and fact.data["page"]:
            receipts[fact.data["alert"]].append(fact)
    climbed = 0
    priorities: dict[str, set[str]] = defaultdict(set)
    for event in events:
        priorities[event["data"]["ticket"]].add(event["data"]["priority"])
    disturbed = {name for fact in told.facts for name in _named(fact)}
    for (tenant, ticket, key), said in _by_promise(events).items():
        waits = _WAITS.get((tenant, said[0].objective), {}).get(next(iter(priorities[ticket])))
        if ticket not in disturbed and key not in silenced and len(priorities[ticket]) == 1 and waits is not None:
            climbed += _judge(key, said, receipts, waits, told.end)
    return climbed


def _named(fact: Fact) -> Iterator[str]:
    """The tickets to which an analyst does what this oracle does not follow."""
    if fact.type.endswith(_DISTURBS):
        yield from (fact.data[name] for name in ("ticket", "other", "into") if name in fact.data)


def _by_promise(events: Sequence[dict[str, Any]]) -> dict[tuple[str, str, str], list[_Said]]:
    found: dict[tuple[str, str, str], list[_Said]] = defaultdict(list)
    paged = {event["data"]["dedup_key"] for event in events if event["data"]["kind"] == "escalated"}
    for event in events:
        data = event["data"]
        if data["ticket"] and data["dedup_key"] in paged:
            told = (data["kind"], data["action"], event["id"], data["role"], data["objective"], data.get("climbed"))
            said = _Said(parse(event["time"]), *told)
            found[data["tenant"], data["ticket"], data["dedup_key"]].append(said)
    return found


def _judge(key: str, said: Sequence[_Said], receipts: dict[str, list[Fact]], waits: int, end: Instant) -> int:
    page: _Page | None = None
    unreached, climbed = False, 0
    for each in said:
        due = _due(page, receipts, waits, each.at)
        if each.climbed:
            require(due == (each.at, each.climbed), CLIMBS, key, each, "and not", due)
            require(each.kind != "unreached" or not unreached, CLIMBS, key, "told twice:", each)
            climbed += 1
        elif due and not unreached:
            require(due[0] >= each.at, CLIMBS, key, "did not climb:", due, "before", each)
        if each.kind == "unreached":
            unreached = True
        elif each.kind == "escalated":
            same = page and not each.climbed and page.said.role == each.role
            page = _Page(each, page.accepted if page and same else None)
        elif each.kind == "acknowledged":
            page = None
        elif each.action in _ENDS:
            page, unreached = None, False
    due = _due(page, receipts, waits, end)
    require(due is None or unreached or due[0] >= end, CLIMBS, key, "did not climb:", due, "until", end)
    return climbed


def _due(page: _Page | None, receipts: dict[str, list[Fact]], waits: int, until: Instant) -> tuple[Instant, str] | None:
    """When the page climbs, and why, by what was known up to then."""
    if page is None:
        return None
    for fact in receipts[page.said.id]:
        if fact.known <= until:
            if fact.type.endswith("accepted"):
                page.accepted = page.accepted or fact.known
            elif not fact.data["ways_left"]:
                page.failed = page.failed or fact.known
    return page.climbs(waits)


def judge_heartbeats(told: Told, events: Sequence[dict[str, Any]]) -> int:
    """Raise `Violation` where a silence was not told, or told otherwise; how many there were."""
    right: list[tuple[str, Instant]] = []
    expected_by: Instant | None = None
    silent = False
    for fact in told.facts:
        if fact.type != "tocsin.notify.alive":
            continue
        if expected_by is not None and expected_by < fact.known:
            right.append(("notify_silent", expected_by))
            silent = True
        if silent:
            right.append(("cleared", fact.known))
        within = fact.data.get("next_within_seconds")
        expected_by, silent = None if within is None else fact.known + within * 1000, False
    if expected_by is not None and expected_by < told.end:
        right.append(("notify_silent", expected_by))
    topic = "unassigned/notify "
    said = [
        (event["data"]["kind"], parse(event["time"]))
        for event in events
        if event["data"]["dedup_key"].startswith(topic)
    ]
    require(said == right, HEARTBEATS, said, "and not", right)
    return len(right)
