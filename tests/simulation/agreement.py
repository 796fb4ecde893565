"""Compares what the second oracle says with what was published."""

from collections import Counter
from typing import Any, NamedTuple, cast

import msgspec
from tests.simulation.bench import Bench
from tests.simulation.climbs import judge_climbs, judge_heartbeats
from tests.simulation.facts import told
from tests.simulation.oracle import CALLBACK_TENANTS, Answer, Promise, callbacks, first_answers
from tests.simulation.verdict import require
from tests.simulation.waits import Wait, waits

from tocsin.domain.instant import DAY, Instant, parse
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.snapshot import decode_ticket
from tocsin.messages.record import Topic
from tocsin.streams.core.port import Source

ALERTS = "the alerts are those of a naive fold"
REPEATS = "a repeat changes nothing"
WAITS = "the waits end as a naive fold has them"
PROMISES = "the promises stand as a naive fold has them"

_ALL = 1_000_000_000
_KEPT = 40 * DAY  # of older tickets some may be forgotten


class _Clock(NamedTuple):
    """A clock of a ticket in the saved state."""

    tenant: str
    ticket: str
    incident: str  # the key under which its alerts are paged
    promise: Promise
    breached: bool


class _Published(NamedTuple):
    """What was published about one rule."""

    clocks: list[_Clock]
    alerts: list[dict[str, Any]]

    def paged(self, tenant: str, due: Instant) -> bool:
        """Whether an alert stands for the promise, though it named another deadline when that was thought to hold."""
        incidents = {alert["dedup_key"] for alert in self.alerts}
        return any(
            (clock.tenant, clock.promise.due) == (tenant, due) and clock.breached and clock.incident in incidents
            for clock in self.clocks
        )


def judge(bench: Bench, source: Source) -> Counter[str]:
    """Raise `Violation` where they differ; how many promises were looked at.

    Judged is what stands now: what was read up to the committed position, and what was published for it.
    """
    position = bench.watch.positions[source]
    records = [record for record in bench.broker.partitions[source].read(0, _ALL)[0] if record.offset < position]
    known = told(records, bench.setting.window)
    judged_waits = _judge_waits(bench, source, waits(known))
    moved = bench.ticketing[source].causes & known.repeats
    require(not moved, REPEATS, source, moved)
    events = [msgspec.json.decode(value) for value in bench.ticketing[source].alerts]
    climbed = judge_climbs(known, events, bench.ticketing[source].hearing.silenced)
    beats = judge_heartbeats(known, events)
    by_answer = first_answers(known)
    _judge_answers(_published(bench, source, "detection_alert", "breached"), by_answer, known.end)
    count = Counter(
        waits=judged_waits,
        climbed=climbed,
        beats=beats,
        promises=len(by_answer.promises),
        overdue=len(by_answer.alerts),
    )
    count += Counter(climbed=climbed, beats=beats)
    if not known.doubtful.isdisjoint(CALLBACK_TENANTS):
        return count + Counter(unjudged=1)
    by_callback = callbacks(known)
    _judge_callbacks(_published(bench, source, "callback", "callback_overdue"), by_callback, known.end)
    return count + Counter(promises=len(by_callback.promises), overdue=len(by_callback.alerts))


def _judge_waits(bench: Bench, source: Source, right: dict[str, list[Wait]]) -> int:
    """How many waits were looked at."""
    stands = {
        ticket.id: [Wait(hold.start, hold.end) for hold in ticket.holds]
        for ticket in _tickets(bench, source)
        if ticket.resolved_at is None and not ticket.reopenings  # what we say may end it without a name
    }
    for ticket in stands.keys() & right.keys():
        require(stands[ticket] == right[ticket], WAITS, ticket, stands[ticket], "and not", right[ticket])
    return sum(len(right[ticket]) for ticket in stands.keys() & right.keys())


def _judge_callbacks(published: _Published, answer: Answer, now: Instant) -> None:
    said = {(alert["tenant"], parse(alert["deadline"])) for alert in published.alerts}
    recent = {(tenant, due) for tenant, due in answer.alerted - said if due > now - _KEPT}
    missing = {each for each in recent if not published.paged(*each)}
    require(said <= answer.alerted, ALERTS, "callbacks too many:", said - answer.alerted)
    require(not missing, ALERTS, "callbacks missing:", missing)
    stands = {
        (clock.tenant, clock.promise, clock.breached) for clock in published.clocks if clock.promise.due > now - _KEPT
    }
    right = {
        (tenant, promise, promise.broken(now)) for (tenant, _), promise in answer.promises if promise.due > now - _KEPT
    }
    require(stands == right, PROMISES, "callbacks too many:", stands - right, "missing:", right - stands)


def _judge_answers(published: _Published, answer: Answer, now: Instant) -> None:
    stands = {(clock.ticket, clock.promise, clock.breached) for clock in published.clocks}
    right = {
        (ticket, promise, promise.broken(now)) for (_, ticket), promise in answer.promises if promise.due > now - _KEPT
    }
    require(right <= stands, PROMISES, "first answers missing:", right - stands)
    said = {alert["ticket"] for alert in published.alerts}
    tickets = {ticket for (_, ticket), _ in answer.promises}
    alerted = {ticket for (_, ticket), _ in answer.alerts}
    require(said & tickets == alerted, ALERTS, "first answers:", said & tickets, "and not", alerted)


def _tickets(bench: Bench, source: Source) -> list[Ticket]:
    """The tickets of the saved state."""
    state = bench.ticketing[source].state
    return [decode_ticket(value) for (topic, _), value in state.items() if topic is Topic.TICKETS and value]


def _published(bench: Bench, source: Source, rule: str, kind: str) -> _Published:
    judge = bench.ticketing[source]
    alerts = [*(msgspec.json.decode(value)["data"] for value in judge.alerts), *judge.hearing.swallowed]
    clocks = [
        _Clock(
            ticket.tenant,
            ticket.id,
            f"{ticket.tenant}/{ticket.id}/{rule}/{clock.cycle}",
            Promise(clock.started_at, cast("int", clock.deadline), clock.fulfilled_at),
            clock.breached,
        )
        for ticket in _tickets(bench, source)
        for clock in ticket.clocks
        if clock.rule == rule
    ]
    return _Published(
        clocks, [alert for alert in alerts if alert["kind"] == kind and f"/{rule}/" in alert["dedup_key"]]
    )
