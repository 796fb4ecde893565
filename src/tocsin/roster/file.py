"""Makes a roster of its file and the calendars that it names. Errors name the line."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

from tocsin.contracts.errors import KeyPath, Problem
from tocsin.contracts.source.document import Document
from tocsin.contracts.source.loader import SourceDocument, refuse, validated
from tocsin.contracts.source.toml import TomlDocument
from tocsin.domain.instant import DAY, Instant, from_datetime
from tocsin.domain.time.zones import from_wall
from tocsin.roster.calendar import CalendarLayer, shown, wall
from tocsin.roster.layers import Layer, Rotation, Shift, Weekly, WeeklyShift
from tocsin.roster.model import (
    CalendarSpec,
    OverrideSpec,
    PeriodSpec,
    PersonSpec,
    Roles,
    RosterSpec,
    RotationSpec,
    WeeklySpec,
)
from tocsin.roster.roster import NamedLayer, Override, Person, Reach, Roster


def example_text() -> str:
    """The example of a roster file."""
    return files("tocsin.roster").joinpath("roster.example.toml").read_text(encoding="utf-8")


class RosterFile:
    """The roster file as data, with the lines for errors. `calendars` are the places of those that it needs."""

    def __init__(self, text: str, path: Path) -> None:
        """Raises `ContractError` with a line for each fault."""
        yaml = path.suffix in (".yaml", ".yml")
        self.document: SourceDocument = Document(text, path.name) if yaml else TomlDocument(text, path.name)
        self.spec = validated(RosterSpec, self.document)
        refuse(self.document, _problems(self.spec))

    @property
    def calendars(self) -> list[str]:
        """The file or address of each calendar that it needs."""
        layers = [layer for _, roles in _all_roles(self.spec) for named in roles.values() for layer in named]
        return [_place(layer) for layer in layers if isinstance(layer, CalendarSpec)]

    def roster(self, calendars: Mapping[str, str]) -> Roster:
        """The roster, with the text of each calendar by its place. Raises `ContractError` for what is no calendar."""
        spec = self.spec
        by_tenant = {
            name: self._roles(own.roles, calendars, f"tenants.{name}.roles") for name, own in spec.tenants.items()
        }
        return Roster(
            people={key: _person(key, person, spec.timezone) for key, person in spec.people.items()},
            roles=self._roles(spec.roles, calendars, "roles"),
            roles_of_tenants=by_tenant,
            overrides=tuple(_override(each, spec.timezone) for each in spec.overrides),
            leave=_leave(spec),
        )

    def _roles(self, roles: Roles, calendars: Mapping[str, str], where: str) -> dict[str, tuple[NamedLayer, ...]]:
        return {
            role: tuple(
                NamedLayer(f"{where}.{role}[{number}] ({layer.kind})", self._layer(layer, calendars))
                for number, layer in enumerate(layers, start=1)
            )
            for role, layers in roles.items()
        }

    def _layer(self, spec: WeeklySpec | RotationSpec | CalendarSpec, calendars: Mapping[str, str]) -> Layer:
        zone = spec.timezone or self.spec.timezone
        match spec:
            case WeeklySpec(shifts=shifts):
                pattern = [WeeklyShift(day, *each.hours, each.who) for each in shifts for day in each.days]
                return Weekly(zone, tuple(pattern))
            case RotationSpec():
                return Rotation(zone, spec.people, wall(spec.start), spec.every, spec.hours)
            case CalendarSpec():
                place = _place(spec)
                return CalendarLayer(calendars[place], shown(place), zone, _people_by_name(self.spec))


def _place(layer: CalendarSpec) -> str:
    return layer.url or layer.file or ""


def _person(key: str, spec: PersonSpec, zone: str) -> Person:
    reach = tuple(Reach(each.via, each.to, each.after) for each in spec.reach)
    return Person(key=key, name=spec.name, zone=spec.timezone or zone, reach=reach, quiet=spec.quiet)


def _people_by_name(spec: RosterSpec) -> dict[str, str]:
    """The key of each person by key, name and addresses in lower case."""
    return {
        name.lower(): key
        for key, person in spec.people.items()
        for name in (key, person.name, *(reach.to for reach in person.reach))
    }


def _override(spec: OverrideSpec, zone: str) -> Override:
    return Override(spec.role, spec.tenant, Shift(*_period(spec, zone), spec.who))


def _leave(spec: RosterSpec) -> dict[str, list[tuple[Instant, Instant]]]:
    away: dict[str, list[tuple[Instant, Instant]]] = {}
    for each in spec.leave:
        zone = spec.people[each.who].timezone or spec.timezone
        away.setdefault(each.who, []).append(_period(each, zone))
    return away


def _period(spec: PeriodSpec, zone: str) -> tuple[Instant, Instant]:
    zone = spec.timezone or zone
    last_day = 0 if isinstance(spec.end, datetime) else DAY
    return _instant(spec.start, zone, 0), _instant(spec.end, zone, last_day)


def _instant(moment: date | datetime, zone: str, later: int) -> Instant:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return from_datetime(moment)
    return from_wall(wall(moment) + later, zone)


def _all_roles(spec: RosterSpec) -> Iterator[tuple[KeyPath, Roles]]:
    yield ("roles",), spec.roles
    for tenant, own in spec.tenants.items():
        yield ("tenants", tenant, "roles"), own.roles


def _problems(spec: RosterSpec) -> Iterator[Problem]:
    for path, who in _named_people(spec):
        if who not in spec.people:
            yield path, f"there is nobody {who!r} under `people`"
    for kind, periods in (("overrides", spec.overrides), ("leave", spec.leave)):
        for number, period in enumerate(periods):
            begins, ends = _period(period, spec.timezone)
            if begins >= ends:
                yield (kind, number), "it ends before it begins"


def _named_people(spec: RosterSpec) -> Iterator[tuple[KeyPath, str]]:
    for path, roles in _all_roles(spec):
        for role, layers in roles.items():
            for number, layer in enumerate(layers):
                match layer:
                    case WeeklySpec(shifts=shifts):
                        yield from (((*path, role, number, "shifts"), shift.who) for shift in shifts)
                    case RotationSpec(people=people):
                        yield from (((*path, role, number, "people"), who) for who in people)
                    case CalendarSpec():
                        pass
    yield from ((("overrides", number), each.who) for number, each in enumerate(spec.overrides))
    yield from ((("leave", number), each.who) for number, each in enumerate(spec.leave))
