"""The second oracle: promises worked out again from sorted facts, without events, tickets' states or timers.

For two promises whose rules can be said in a few lines: the callback within 20 minutes, and the first answer to a
detection of a client with figures for it. For each stretch between two facts it is asked what was known, which
deadlines had come by then, and which of them had been kept.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from tests.simulation.facts import Fact, Told

_MINUTE = 60_000
_CALLBACK = 20 * _MINUTE
CALLBACK_TENANTS = ("acme", "unassigned")
_OPENING = ("critical", "high", "medium", "low")
_PRIORITIES = ("P1", "P2", "P3", "P4")
_RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3, "informational": 4}
_FIGURES = (10 * _MINUTE, 30 * _MINUTE, 120 * _MINUTE, 480 * _MINUTE)
_ANSWER_TENANT = "acme"
_WORSE = ("informational", "low", "medium", "high", "critical")
_ANSWERS = tuple(f"tocsin.desk.{verb}" for verb in ("respond", "action_plan", "workaround", "resolve"))


class Promise(NamedTuple):
    """What was owed from `start` on, by `due`; `kept` says when it was done, if it was."""

    start: int
    due: int
    kept: int | None

    def broken(self, now: int) -> bool:
        """Whether, as it looks at `now`, it was not kept in time."""
        return self.due < (now if self.kept is None else self.kept)


Case = tuple[str, str]
"""Whose promises they are: tenant and caller, or tenant and ticket."""


class Answer(NamedTuple):
    """What the oracle says of one kind of promise: the deadlines that were alerted, and what stands at the end."""

    alerts: set[tuple[Case, int]]
    promises: set[tuple[Case, Promise]]

    @property
    def alerted(self) -> set[tuple[str, int]]:
        """Tenants and deadlines of the alerts."""
        return {(tenant, due) for (tenant, _), due in self.alerts}


def callbacks(told: Told) -> Answer:
    """Callbacks: who missed us is rung back, or rings again and is answered, within 20 minutes."""
    facts = [fact for fact in told.facts if fact.tenant in CALLBACK_TENANTS and fact.type.startswith("tocsin.call")]
    callers = _callers(facts)
    return _answer(callers, told, _obligations)


def _callers(facts: Iterable[Fact]) -> dict[Case, list[Fact]]:
    """The facts that concern each caller of a tenant, in the order of the log."""
    facts = list(facts)
    rang = {(fact.tenant, fact.data["call"]): _person(fact) for fact in facts if fact.type.endswith("missed")}
    callers: dict[Case, list[Fact]] = defaultdict(list)
    for fact in facts:
        inbound = not fact.type.endswith("placed")
        returned = rang.get((fact.tenant, fact.data.get("returns", "")))
        numbers = {_person(fact) if inbound else fact.data["to"], returned}
        for number in numbers - {None}:
            callers[fact.tenant, str(number)].append(fact)
    return callers


def _person(fact: Fact) -> str:
    """Who rang: a caller who withholds the number is known by the call alone."""
    return f"call {fact.data['call']}" if fact.data["from"] == "withheld" else str(fact.data["from"])


def _obligations(facts: Sequence[Fact]) -> list[Promise]:
    """Each begins with a missed call that no earlier one covers, and ends with the next time that we spoke."""
    missed = sorted(fact.at for fact in facts if fact.type.endswith("missed"))
    spoke = sorted(fact.at for fact in facts if _speaks(fact))
    promises: list[Promise] = []
    for at in missed:
        covered = bool(promises) and (promises[-1].kept is None or at <= promises[-1].kept)
        if not covered:
            promises.append(Promise(at, at + _CALLBACK, _first_from(spoke, at)))
    return promises


def _first_from(moments: Sequence[int], at: int) -> int | None:
    index = bisect_left(moments, at)
    return moments[index] if index < len(moments) else None


def _speaks(fact: Fact) -> bool:
    if fact.type.endswith("placed"):
        return fact.data["outcome"] in ("reached", "voicemail")
    return fact.type.endswith("answered")


def first_answers(told: Told) -> Answer:
    """First answers to detections, for tickets that nothing but their own story happens to."""
    facts = [fact for fact in told.facts if fact.tenant == _ANSWER_TENANT]
    tickets: dict[Case, list[Fact]] = {}
    for asset in {fact.data["asset"] for fact in facts if fact.type == "tocsin.detection"}:
        seen = [fact for fact in facts if fact.type == "tocsin.detection" and fact.data["asset"] == asset]
        opening = next((fact for fact in seen if fact.data["severity"] in _OPENING), None)
        if opening is None:
            continue
        namespace = uuid5(NAMESPACE_URL, "https://tocsin.example/")
        ticket = str(uuid5(namespace, f'["{opening.tenant}", "{opening.source}", "{opening.id}"]'))
        about = [fact for fact in facts if ticket in (fact.data.get(name) for name in ("ticket", "other", "into"))]
        if _is_plain(opening, seen, about):
            sent = {fact.data["message_id"] for fact in about if fact.type == "tocsin.email.sent"}
            reports = [fact for fact in facts if fact.data.get("bounces") in sent]
            later = [fact for fact in (*seen, *about, *reports) if fact.number > opening.number]
            tickets[_ANSWER_TENANT, ticket] = [opening, *sorted(later, key=lambda fact: fact.number)]
    return _answer(tickets, told, _owed_answers)


def _is_plain(opening: Fact, seen: Sequence[Fact], about: Sequence[Fact]) -> bool:
    """Whether the ticket is never opened again, and no analyst calls it less urgent."""
    resolved = [fact for fact in about if fact.type.endswith("resolve") or fact.data.get("purpose") == "resolution"]
    first_resolved = min((fact.number for fact in resolved), default=None)
    resolved_at = min((fact.at for fact in resolved), default=None)  # perhaps told after what opened it again
    later = [fact for fact in (*seen, *about) if fact.number > opening.number]
    facts = [opening, *sorted(later, key=lambda fact: fact.number)]
    return (
        all(first_resolved is None or fact.number < first_resolved for fact in seen)
        and all(resolved_at is None or fact.known < resolved_at for fact in seen)
        and all(fact.number > opening.number for fact in about)
        and all(change.rank < change.before for change in _changes(facts))
        and not any(fact.type.endswith(("reopen", "readopt", "close", "merge", "split")) for fact in about)
    )


class _Change(NamedTuple):
    """The ticket is of another rank from `at` on, 0 being the most urgent."""

    at: int
    number: int  # of the fact that says so
    rank: int
    before: int


def _changes(facts: Sequence[Fact]) -> Iterator[_Change]:
    """The changes of the priority of a ticket, as they were told."""
    opening, *later = facts
    worst = opening.data["severity"]
    rank = _RANK[worst]
    for fact in later:
        before = rank
        if fact.type == "tocsin.detection":
            severity = fact.data["severity"]
            if _WORSE.index(severity) > _WORSE.index(worst) and _RANK[severity] < rank:
                worst, rank = severity, _RANK[severity]
        elif fact.type.endswith("reclassify"):
            rank = _PRIORITIES.index(fact.data["priority"])
        if rank != before:
            yield _Change(fact.known if fact.type == "tocsin.detection" else fact.at, fact.number, rank, before)


def _owed_answers(facts: Sequence[Fact]) -> list[Promise]:
    """The first answer, and another one for each time that the ticket becomes worse after an answer."""
    opening, *later = facts
    changes = list(_changes(facts))
    bounced = {fact.data["bounces"] for fact in later if "bounces" in fact.data}
    arrived = [fact for fact in later if fact.data.get("message_id") not in bounced]
    answers = sorted((fact.at, fact.number) for fact in arrived if _answers(fact))
    resolved = min((fact.at for fact in arrived if _resolves(fact)), default=float("inf"))
    promises: list[Promise] = []
    start: int | None = opening.known
    while start is not None:
        kept, number = next((it for it in answers if it[0] >= (start or 0)), (None, 0))
        known = [each for each in changes if kept is None or (each.at <= kept and each.number < number)]
        promises.append(Promise(start, _due(start, _RANK[opening.data["severity"]], known), kept))
        again = (each.at for each in changes if kept is not None and kept < each.at < resolved)
        start = min(again, default=None)
    return promises


def _due(start: int, first: int, changes: Sequence[_Change]) -> int:
    """What was promised at the start holds, and what each rise promises from its own time on: the earliest of them."""
    at_start = min([first, *(each.rank for each in changes if each.at <= start)])
    later = (each.at + _FIGURES[each.rank] for each in changes if each.at > start)
    return min([start + _FIGURES[at_start], *later])


def _resolves(fact: Fact) -> bool:
    return _answers(fact) and (fact.type.endswith("resolve") or fact.data.get("purpose") == "resolution")


def _answers(fact: Fact) -> bool:
    if fact.type in _ANSWERS or fact.type == "tocsin.email.sent":
        return True
    return fact.type == "tocsin.call.placed" and fact.data["outcome"] == "reached"


def _answer(cases: dict[Case, list[Fact]], told: Told, work_out: Callable[[Sequence[Fact]], list[Promise]]) -> Answer:
    return Answer(
        {(case, due) for case, facts in cases.items() for due in _alerted(facts, told.end, work_out)},
        {(case, promise) for case, facts in cases.items() for promise in work_out(facts)},
    )


def _alerted(facts: Sequence[Fact], end: int, work_out: Callable[[Sequence[Fact]], list[Promise]]) -> Iterator[int]:
    """The deadlines that are alerted: when they have come by what is known then, or when a fact shows it afterwards.

    A promise that is known to be broken is not alerted once more if it turns out to be older. If it turns out to have
    been two, the alert stands for the one that was known first.
    """
    broken: list[int] = []  # the starts of those that are known to be, as they were thought to be then
    for index in range(1, len(facts) + 1):
        until = facts[index].known if index < len(facts) else end
        for start, due, kept in work_out(facts[:index]):
            known = [at for at in broken if start <= at and (kept is None or at <= kept)]
            still = Promise(start, due, kept).broken(until)
            broken = [at for at in broken if at not in (known[1:] if still else known)]
            if still and not known:
                broken.append(start)
                yield due
