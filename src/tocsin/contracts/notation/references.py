"""Finds names in a contract's YAML that do not exist: priorities, calendars, rules, plans and time zones."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from tocsin.contracts.errors import KeyPath, Problem
from tocsin.contracts.notation.calendar import CLIENT, CalendarSpec
from tocsin.contracts.notation.contract import ALL, ContractSpec, PlanSpec
from tocsin.domain.contract.evidence import BUILT_IN
from tocsin.domain.time.zones import UnknownZone, zone
from tocsin.domain.vocabulary import Evidence, Objective, Purpose, as_word

_EVIDENCE = "milestone or evidence"


def unknown_names(contract: ContractSpec) -> Iterator[Problem]:
    """Each name that does not exist, as its place and a text that lists the known names."""
    yield from _unknown(("default_plan",), [contract.default_plan], contract.plans, "plan")
    yield from _unknown(("definitions",), contract.definitions, contract.priorities, "priority")
    for name in contract.calendars:
        yield from calendar_problems(name, contract.calendars)
    yield from _in_milestones(contract)
    for name, plan in contract.plans.items():
        for path, message in _in_plan(plan, contract):
            yield ("plans", name, *path), message


def calendar_problems(name: str, calendars: Mapping[str, CalendarSpec]) -> Iterator[Problem]:
    """The time zones of a calendar that do not exist, calendars that it names and are not there, and circles."""
    calendar, path = calendars[name], ("calendars", name)
    zones = [("timezone", calendar.timezone), *(("maintenance", it.timezone) for it in calendar.maintenance)]
    for key, zone_name in zones:
        if zone_name not in (None, CLIENT) and not is_timezone(zone_name or ""):
            yield (*path, key), f"there is no time zone {zone_name!r}; write an IANA name, or `{CLIENT}`"
    used = {"union": calendar.union, "of": calendar.made_of if calendar.of else (), "without": calendar.without}
    for key, names in used.items():
        yield from _unknown((*path, key), names, calendars, "calendar")
    if name in _needed(calendar, calendars):
        yield path, f"the calendar {name} is made of itself"


def _needed(calendar: CalendarSpec, calendars: Mapping[str, CalendarSpec]) -> set[str]:
    """The calendars of which this one is made, and those of these."""
    found: set[str] = set()
    left = [*calendar.made_of, *calendar.without]
    while left:
        name = left.pop()
        if name not in found and name in calendars:
            found.add(name)
            left += [*calendars[name].made_of, *calendars[name].without]
    return found


def is_timezone(name: str) -> bool:
    """True if the tz database has the time zone `name`."""
    try:
        zone(name)
    except UnknownZone:
        return False
    return True


def _in_milestones(contract: ContractSpec) -> Iterator[Problem]:
    for name, milestone in contract.milestones.items():
        if name in (*BUILT_IN, *Purpose):
            yield ("milestones", name), f"{name!r} is built in; give the milestone another name"
        yield from _unknown(("milestones", name, "follows"), milestone.follows, _evidence(contract), _EVIDENCE)


def _evidence(contract: ContractSpec) -> Collection[str]:
    """The names of all that starts and stops clocks, the contract's own first."""
    return (*contract.milestones, *BUILT_IN)


def _in_objectives(plan: PlanSpec, contract: ContractSpec) -> Iterator[Problem]:
    names = dict.fromkeys((*(it.objective or rule for rule, it in plan.objectives.items()), *Objective))
    for rule, objective in plan.objectives.items():
        for key in ("starts", "stops"):
            yield from _unknown(("objectives", rule, key), getattr(objective, key), _evidence(contract), _EVIDENCE)
        for index, bound in enumerate(objective.at_the_latest):
            place = ("objectives", rule, "at_the_latest", index, "starts")
            yield from _unknown(place, bound.starts, _evidence(contract), _EVIDENCE)
        if objective.after:
            yield from _unknown(("objectives", rule, "after"), [objective.after], names, "objective")
    for index, promise in enumerate(plan.attainment):
        objectives, rules = (tuple(filter(None, [it])) for it in (promise.objective, promise.rule))
        yield from _unknown(("attainment", index, "objective"), objectives, names, "objective")
        yield from _unknown(("attainment", index, "rule"), rules, plan.objectives, "objective")
        yield from _unknown(("attainment", index, "leave_out"), promise.leave_out, plan.exclusions, "exclusion")
    for reason, exclusion in plan.exclusions.items():
        yield from _unknown(("exclusions", reason, "ends"), exclusion.ends, names, "objective")


def _in_plan(plan: PlanSpec, contract: ContractSpec) -> Iterator[Problem]:
    for path, priorities in _priorities(plan):
        yield from _unknown(path, priorities, contract.priorities, "priority")
    if contract.holds:
        for rule, objective in plan.objectives.items():
            yield from _unknown(("objectives", rule, "paused_by"), objective.paused_by, contract.holds, "hold")
    for path, calendar in _calendars(plan):
        if calendar is not None:
            yield from _unknown(path, [calendar], contract.calendars, "calendar")
    yield from _in_objectives(plan, contract)
    yield from _in_lists_of_words(plan)
    for index, row in enumerate(plan.escalation):
        yield from _unknown(("escalation", index, "rules"), row.rules, plan.objectives, "objective")


def _in_lists_of_words(plan: PlanSpec) -> Iterator[Problem]:
    yield from _words_of_two(("exclusions",), {reason: it.also for reason, it in plan.exclusions.items()})
    if plan.equipment is None:
        return
    yield from _words_of_two(("equipment", "kinds"), plan.equipment.kinds)
    for rule, objective in plan.objectives.items():
        if Evidence.EQUIPMENT_FAILED in objective.starts:
            for key in ("kinds", "except_kinds"):
                kinds = getattr(objective, key)
                yield from _unknown(("objectives", rule, key), kinds, plan.equipment.kinds, "kind of equipment")


def _words_of_two(path: KeyPath, named: Mapping[str, Iterable[str]]) -> Iterator[Problem]:
    """Each word that means two of `named`, which are known by their names and by the other words for them."""
    meant: dict[str, str] = {}
    for name, also in named.items():
        for word in dict.fromkeys(map(as_word, (name, *also))):
            if meant.setdefault(word, name) != name:
                yield (*path, name), f"{word!r} means {meant[word]} already"


def _priorities(plan: PlanSpec) -> Iterator[tuple[KeyPath, Iterable[str]]]:
    yield ("default_priority", "value"), [plan.default_priority.value]
    if plan.acknowledgement_expires:
        yield ("acknowledgement_expires", "by_priority"), plan.acknowledgement_expires.by_priority
    if plan.never_silenced:
        yield ("never_silenced", "value"), plan.never_silenced.value
    if plan.detections:
        yield ("detections", "priorities"), plan.detections.priorities.values()
    if plan.health:
        yield ("health", "priorities"), plan.health.priorities.values()
    for rule, objective in plan.objectives.items():
        yield ("objectives", rule, "targets"), set(objective.targets) - {ALL}
        yield ("objectives", rule, "renewed_at"), objective.renewed_at
    for key in ("escalation", "channels", "management"):
        for index, row in enumerate(getattr(plan, key)):
            yield (key, index, "priorities"), row.priorities


def _calendars(plan: PlanSpec) -> Iterator[tuple[KeyPath, str | None]]:
    for rule, objective in plan.objectives.items():
        yield ("objectives", rule, "calendar"), objective.calendar
        for priority, target in objective.targets.items():
            yield ("objectives", rule, "targets", priority, "calendar"), target.calendar
        for index, bound in enumerate(objective.at_the_latest):
            yield ("objectives", rule, "at_the_latest", index, "calendar"), bound.calendar
    if plan.closes_after:
        yield ("closes_after", "calendar"), plan.closes_after.calendar
    for index, channel in enumerate(plan.channels):
        yield ("channels", index, "telephone_calendar"), channel.telephone_calendar
    for index, level in enumerate(plan.response_levels):
        yield ("response_levels", index, "calendar"), level.calendar


def _unknown(path: KeyPath, names: Iterable[str], known: Collection[str], what: str) -> Iterator[Problem]:
    for name in sorted(set(names) - set(known)):
        yield path, f"there is no {what} {name!r}; there is {', '.join(known)}"
