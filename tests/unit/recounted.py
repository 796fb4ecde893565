"""The totals of a client's report counted once more, from the records alone: no code of ours is in it.

    python tests/unit/recounted.py LOG.jsonl REPORT.json

LOG has the journal and the contracts as `tocsin tail --json` prints records. It prints each
total that differs, and ends with 1 if one does.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

Event = dict[str, Any]
Clocks = dict[tuple[str, str, int], dict[str, Any]]

ANSWERS = {"response", "action_plan", "workaround", "resolution"}
PERSONS = {"phone", "email", "portal", "web"}
Judge = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]

JUDGED: dict[str, Judge] = {
    "ClockStarted": lambda clock, data: clock | {**data, "met": False, "missed": False},
    "ObjectiveFulfilled": lambda clock, data: clock | {"met": data["in_time"], "missed": not data["in_time"]},
    "ObjectiveBreached": lambda clock, _: clock | {"missed": True},
    "BreachWithdrawn": lambda clock, data: clock | {"missed": False, "met": "fulfilled_at" in data},
    "PromiseWithdrawn": lambda clock, _: clock | {"missed": False, "met": False},
    "ClockMoved": lambda clock, data: (
        clock
        | {"deadline": None}
        | data
        | {"met": False, "missed": clock["missed"] and not data.get("reopened", False)}
    ),
}


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def milliseconds(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def clocks_of(events: Iterable[Event]) -> Clocks:
    """Each clock as it was judged in the end, with the contract and plan of its ticket."""
    terms: dict[str, dict[str, Any]] = {}
    clocks: Clocks = {}
    for event in events:
        data, ticket = event["data"], event["ticket"]
        if event["type"] in ("TicketOpened", "ContractReadopted"):
            terms[ticket] = {"contract": data["contract"], "plan": data["plan"]}
        elif event["type"] in JUDGED:
            key = ticket, data["rule"], data["cycle"]
            clocks[key] = JUDGED[event["type"]](clocks.get(key, {"missed": False}), data)
            if event["type"] in ("ClockStarted", "ClockMoved"):
                clocks[key] |= terms[ticket]
    return clocks


def month_of(clock: dict[str, Any], contracts: dict[str, Any]) -> str:
    contract = contracts[clock["contract"]]
    rules = contract["plans"][clock["plan"]]["objectives"]
    rule = next(it for it in rules if it["id"] == clock["rule"])
    calendar = contract["calendars"][rule["targets"][clock["priority"]]["calendar"]]
    return f"{when(clock['deadline']).astimezone(ZoneInfo(calendar['timezone'])):%Y-%m}"


def attainment(clocks: Clocks, contracts: dict[str, Any], months: set[str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for clock in clocks.values():
        if clock.get("deadline") and (clock["met"] or clock["missed"]):
            month = month_of(clock, contracts)
            if month in months:
                result = "missed" if clock["missed"] else "met"
                found[f"{clock['plan']} {month} {clock['objective']} {clock['priority']} {result}"] += 1
    return dict(found)


def credits_of(clocks: Clocks, contracts: dict[str, Any], months: set[str]) -> dict[str, str]:
    """What is credited for each month: of every plan and priority below a tier, and no more than the cap."""
    counts: defaultdict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for clock in clocks.values():
        if clock.get("deadline") and (clock["met"] or clock["missed"]):
            about = clock["contract"], clock["plan"], clock["objective"]
            counts[f"{month_of(clock, contracts)}", clock["priority"], json.dumps(about)].append(not clock["missed"])
    found: dict[str, Decimal] = {}
    caps: dict[str, Decimal] = {}
    for (month, _, key), met in counts.items():
        contract, plan, objective = json.loads(key)
        for promise in contracts[contract]["plans"][plan].get("attainment", []):
            terms = promise.get("credits")
            if terms and promise["objective"] == objective and month in months:
                missed = [it for it in terms["tiers"] if sum(met) < Decimal(it["below"]) * len(met)]
                if missed:
                    found[month] = found.get(month, Decimal(0)) + Decimal(missed[-1]["credit"])
                    caps[month] = Decimal(terms["cap"])
    return {month: f"{min(part, caps[month]).normalize():f}" for month, part in sorted(found.items())}


def measured(event: Event) -> Iterator[str]:
    """The measures that an event ends. The sample resolves no ticket twice."""
    kind, evidence = event["type"], event["data"].get("evidence")
    if kind == "TicketAcknowledged":
        yield "acknowledge"
    if (kind == "WorkDone" and evidence in ANSWERS) or kind == "CallReturned":
        yield "respond"
    if kind == "WorkDone" and evidence == "resolution":
        yield "resolve"


def lengths(events: list[Event], start: datetime, end: datetime) -> Iterator[tuple[str, int]]:
    """The measures of each ticket that was opened in the period, in milliseconds."""
    begins: dict[str, datetime] = {}
    reached: dict[tuple[str, str], datetime] = {}
    for event in events:
        if event["type"] == "TicketOpened":
            begins[event["ticket"]] = when(event["data"]["happened_at"])
        for name in measured(event):
            key, at = (event["ticket"], name), when(event["data"]["happened_at"])
            reached[key] = min(at, reached.get(key, at))
    for (ticket, name), at in reached.items():
        if start <= begins[ticket] < end and at >= begins[ticket]:
            yield name, milliseconds(at - begins[ticket])


def ends_wait(event: Event) -> bool:
    """A resolution ends the wait of its ticket, too."""
    return event["type"] in ("TicketResumed", "HoldEnded") or event["data"].get("evidence") == "resolution"


def waited(events: list[Event], start: datetime, end: datetime, now: datetime) -> int:
    """The milliseconds for which tickets waited within the period."""
    since: dict[str, datetime] = {}
    total = 0
    spans = []
    for event in events:
        if event["type"] == "TicketHeld":
            since[event["ticket"]] = when(event["data"]["happened_at"])
        elif ends_wait(event) and event["ticket"] in since:
            spans.append((since.pop(event["ticket"]), when(event["data"]["happened_at"])))
    for begin, until in (*spans, *((begin, now) for begin in since.values())):
        total += max(0, milliseconds(min(until, end) - max(begin, start)))
    return total


def totals(events: list[Event], contracts: dict[str, Any], period: dict[str, str], as_of: str) -> dict[str, Any]:
    """The totals of a client whose events these are."""
    start, end = when(period["start"]), when(period["end"])
    zone = ZoneInfo(period["timezone"])
    last = (end - timedelta(milliseconds=1)).astimezone(zone)
    first = start.astimezone(zone)
    months = {f"{first.year}-{month:02}" for month in range(first.month, last.month + 1)}

    def within(event: Event, time: str) -> bool:
        return start <= when(event["data"].get("happened_at", event["at"]) if time == "happened" else event["at"]) < end

    took: defaultdict[str, list[int]] = defaultdict(list)
    for name, length in lengths(events, start, end):
        took[name].append(length)
    kinds = Counter(event["type"] for event in events if within(event, "recorded"))
    contacts = [it for it in events if it["type"] in ("TicketOpened", "ContactJoined", "ContactRefused")]
    return {
        "attainment": attainment(clocks_of(events), contracts, months),
        "credits": credits_of(clocks_of(events), contracts, months),
        "corrections": kinds["BreachWithdrawn"],
        "exclusions": kinds["TicketRuledOut"],
        "contacts": sum(it["data"]["channel"] in PERSONS and within(it, "happened") for it in contacts),
        "waited": waited(events, start, end, when(as_of)),
        "measures": {name: [len(it), round(median(it))] for name, it in sorted(took.items())},
        "last": [events[-1]["tenant"], len({it["ticket"] for it in events if it["ticket"]})],
    }


def told(report: dict[str, Any]) -> dict[str, Any]:
    """The same totals, as the report has them."""
    rows = report["attainment"]
    counted = {
        f"{it['plan']} {it['month']} {it['objective']} {it['priority']} {result}": it[result]
        for it in rows
        for result in ("met", "missed")
        if it[result]
    }
    return {
        "attainment": counted,
        "credits": {it["period"]: f"{Decimal(it['part']).normalize():f}" for it in report["credits"]},
        "corrections": len(report["corrections"]),
        "exclusions": len(report["exclusions"]),
        "contacts": len(report["support_log"]),
        "waited": round(1000 * sum(it["seconds"] for it in report["waits"])),
        "measures": {
            it["name"]: [it["count"], round(1000 * it["median"])]
            for it in sorted(report["measures"], key=lambda each: str(each["name"]))
            if it["count"]
        },
        "last": [report["tenant"], len(report["tickets"])],
    }


def read(lines: Iterable[str], tenant: str) -> tuple[list[Event], dict[str, Any]]:
    """The events of a client, and all contracts by their hash."""
    events, contracts = [], {}
    for text in lines:
        record = json.loads(text)
        key, value = record.get("key") or "", record["value"]
        document = json.loads(value) if isinstance(value, str) else value
        if key.startswith("contract/") and document:
            contracts[key.removeprefix("contract/")] = document
        elif record["topic"].endswith("ticket-events") and document["tenant"] == tenant:
            events.append(document)
    return events, contracts


def main() -> None:
    report = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        events, contracts = read(lines, report["tenant"])
    counted, said = totals(events, contracts, report["period"], report["as_of"]), told(report)
    different = [name for name in counted if counted[name] != said[name]]
    for name in different:
        sys.stdout.write(f"{name}: counted {counted[name]}, the report says {said[name]}\n")
    sys.stdout.write(f"{report['tenant']}: {len(counted) - len(different)} of {len(counted)} totals agree\n")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
