"""Finds what a roster does not say, or says twice."""

from collections.abc import Collection, Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.roster.calendar import CalendarLayer
from tocsin.roster.roster import Roster, Span


class RosterFinding(NamedTuple):
    """A finding: `kind` is `gap`, `double`, `idle`, `unknown`, `away`, `role` or `sink`.

    Without times it holds at any time.
    """

    kind: str
    about: str
    text: str
    start: Instant | None = None
    end: Instant | None = None


def lint(roster: Roster, start: Instant, end: Instant) -> Iterator[RosterFinding]:
    """The findings about the time from `start` to `end`."""
    on_duty: set[str] = set()
    for tenant in (None, *roster.roles_of_tenants):
        names = roster.role_names(tenant) if tenant is None else list(roster.roles_of_tenants[tenant])
        spans = {name: roster.spans(name, tenant, start, end) for name in names}
        on_duty |= {span.who for found in spans.values() for span in found if span.who}
        for name, found in spans.items():
            yield from _gaps(f"{tenant}: {name}" if tenant else name, found)
        for one, other in combinations(spans, 2):
            yield from _doubles(one, spans[one], other, spans[other])
    yield from _unknown(roster, start, end)
    yield from _away(roster)
    for key in sorted(roster.people.keys() - on_duty):
        yield RosterFinding("idle", key, "carries no role in that time")


def lint_against(roster: Roster, roles: Iterable[str], sinks: Collection[str]) -> Iterator[RosterFinding]:
    """What does not fit what else was set up: `roles` that are told and nobody carries, ways by no sink of `sinks`."""
    known = {name for tenant in (None, *roster.roles_of_tenants) for name in roster.role_names(tenant)}
    for role in sorted(set(roles) - known):
        yield RosterFinding("role", role, "is told by contracts and has no layer here")
    for key, person in sorted(roster.people.items()):
        for via in sorted({each.via for each in person.reach} - set(sinks)):
            yield RosterFinding("sink", key, f"is reached by {via!r}, which is no sink")


def _gaps(about: str, spans: list[Span]) -> Iterator[RosterFinding]:
    for span in spans:
        if span.who is None:
            yield RosterFinding("gap", about, "nobody carries it", span.start, span.end)


def _doubles(one: str, spans: list[Span], other: str, others: list[Span]) -> Iterator[RosterFinding]:
    for mine in spans:
        for theirs in others:
            start, end = max(mine.start, theirs.start), min(mine.end, theirs.end)
            if mine.who is not None and mine.who == theirs.who and start < end:
                yield RosterFinding("double", mine.who, f"carries both {one} and {other}", start, end)


def _unknown(roster: Roster, start: Instant, end: Instant) -> Iterator[RosterFinding]:
    for roles in (roster.roles, *roster.roles_of_tenants.values()):
        for layers in roles.values():
            for named in layers:
                if isinstance(named.layer, CalendarLayer):
                    for title in named.layer.nobodys(start, end):
                        yield RosterFinding("unknown", named.name, f"nobody of the roster is named by {title!r}")


def _away(roster: Roster) -> Iterator[RosterFinding]:
    """Overrides by somebody who is on leave: they hold all the same."""
    for each in roster.overrides:
        for away, back in roster.leave.get(each.shift.who, ()):
            start, end = max(away, each.shift.start), min(back, each.shift.end)
            if start < end:
                yield RosterFinding("away", each.shift.who, f"is on leave and stands in as {each.role}", start, end)
