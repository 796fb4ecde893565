"""Who carries a role when: overrides lie over the layers of the client, those over the layers for all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tocsin.domain.instant import DAY, MINUTE, Instant
from tocsin.domain.time.zones import to_wall
from tocsin.roster.layers import Layer, Shift

_HORIZON = 14 * DAY
"""How far it is looked ahead for the end of a turn."""


class Reach(NamedTuple):
    """A way to reach a person: the sink, the address there, and milliseconds to wait for the ways before it."""

    via: str
    to: str
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who carries roles. `quiet`: minutes after midnight where the person is, between which nobody pages."""

    key: str
    name: str
    zone: str
    reach: tuple[Reach, ...]
    quiet: tuple[int, int] | None = None

    def rests(self, at: Instant) -> bool:
        """True in the quiet hours of the person."""
        if self.quiet is None:
            return False
        begins, ends = self.quiet
        now = to_wall(at, self.zone) % DAY
        return any(begins * MINUTE <= now + shift < ends * MINUTE for shift in (0, DAY))


class Span(NamedTuple):
    """A time in which nothing changes: `who` carries the role, None being a gap; `by` names the layer."""

    start: Instant
    end: Instant
    who: str | None
    by: str


class NamedLayer(NamedTuple):
    """A layer of a role, and its name in the file."""

    name: str
    layer: Layer


class Override(NamedTuple):
    """Somebody carries a role for once; `tenant` None: for all clients."""

    role: str
    tenant: str | None
    shift: Shift


class _Entry(NamedTuple):
    """A shift with its rank; of those that hold at one time the least is in force."""

    level: int
    begun: int  # negative: in one layer the shift that began last
    shift: Shift
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The people, and the layers of each role, the lowest first."""

    people: Mapping[str, Person]
    roles: Mapping[str, Sequence[NamedLayer]]
    roles_of_tenants: Mapping[str, Mapping[str, Sequence[NamedLayer]]] = field(default_factory=dict)
    overrides: Sequence[Override] = ()
    leave: Mapping[str, Sequence[tuple[Instant, Instant]]] = field(default_factory=dict)

    def layers(self, role: str, tenant: str | None) -> list[NamedLayer]:
        """The layers of `role` for that client, the lowest first."""
        own = self.roles_of_tenants.get(tenant, {}) if tenant else {}
        return [*self.roles.get(role, ()), *own.get(role, ())]

    def role_names(self, tenant: str | None = None) -> list[str]:
        """The roles that have layers for that client."""
        own = self.roles_of_tenants.get(tenant, {}) if tenant else {}
        return list(dict.fromkeys((*self.roles, *own)))

    def spans(self, role: str, tenant: str | None, start: Instant, end: Instant) -> list[Span]:
        """Who carries `role` from `start` to `end`: spans that touch each other, in the order of time."""
        entries = sorted(self._entries(role, tenant, start, end), key=lambda each: each.shift.start)
        edges = {start, end} | {edge for each in entries for edge in each.shift[:2] if start < edge < end}
        spans: list[Span] = []
        current: list[_Entry] = []
        waiting = iter([*entries, None])
        upcoming = next(waiting)
        times = sorted(edges)
        for begins, ends in pairwise(times):
            while upcoming and upcoming.shift.start <= begins:
                current.append(upcoming)
                upcoming = next(waiting)
            current = [each for each in current if each.shift.end > begins]
            chosen = min(current, key=lambda each: each[:2], default=None)
            _append(spans, Span(begins, ends, *((chosen.shift.who, chosen.by) if chosen else (None, "nobody"))))
        return spans

    def on_duty(self, role: str, tenant: str | None, at: Instant) -> Span:
        """Who carries `role` at `at`, and until when; two weeks are looked ahead."""
        return self.spans(role, tenant, at, at + _HORIZON)[0]

    def _entries(self, role: str, tenant: str | None, start: Instant, end: Instant) -> Iterator[_Entry]:
        for level, each in enumerate(reversed(self.overrides)):
            if each.role == role and each.tenant in (None, tenant):
                yield _Entry(level, 0, each.shift, "override")
        for level, named in enumerate(reversed(self.layers(role, tenant)), start=len(self.overrides)):
            for shift in named.layer.shifts(start, end):
                for part in _without(shift, self.leave.get(shift.who, ())):
                    yield _Entry(level, -shift.start, part, named.name)


def _append(spans: list[Span], span: Span) -> None:
    if spans and spans[-1][2:] == span[2:]:
        spans[-1] = spans[-1]._replace(end=span.end)
    else:
        spans.append(span)


def _without(shift: Shift, absences: Iterable[tuple[Instant, Instant]]) -> Iterator[Shift]:
    """What is left of `shift` when the absences are cut out."""
    begins = shift.start
    for away, back in sorted(absences):
        if away >= shift.end or back <= begins:
            continue
        if away > begins:
            yield shift._replace(start=begins, end=away)
        begins = back
    if begins < shift.end:
        yield shift._replace(start=begins)
