"""Compares what came of a scenario with what it expects."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from tocsin.domain.instant import Instant, parse, show
from tocsin.scenarios.notation import ALL, Expectation, ScenarioSpec
from tocsin.scenarios.run import Entry, Outcome

_TOLD = ("rule", "objective", "priority", "role", "clause")
_TIMES = ("at", "deadline")
_NO_DATE = "none"

Show = Callable[[Instant], str]
"""How a time is written for the reader."""


class Difference(NamedTuple):
    """Something that is not as it was expected; `path` is its place in the scenario."""

    path: tuple[str | int, ...]
    text: str


def differences(scenario: ScenarioSpec, came: Outcome, shown: Show = show) -> list[Difference]:
    """What is not as the scenario expects; empty if all is."""
    alerts, no_alerts = _missing(scenario.expected, "expected", came.alerts, came, shown)
    _, no_events = _missing(scenario.events, "events", came.events, came, shown)
    return [
        *_refusals(scenario, came),
        *no_alerts,
        *no_events,
        *_others(scenario, came, alerts, shown),
        *_deadlines(scenario, came, shown),
    ]


def described(entry: Entry, shown: Show = show) -> str:
    """An alert or event in a line: its time, its kind, and what tells it from others."""
    told = (f"{name}: {entry[name]}" for name in ("number", *_TOLD) if entry.get(name))
    return ", ".join((f"{shown(parse(entry['at']))} {entry['kind']}", *told))


def _refusals(scenario: ScenarioSpec, came: Outcome) -> Iterator[Difference]:
    for index, spec in enumerate(scenario.inputs):
        if spec.refused and index not in came.refused:
            yield Difference(("inputs", index), "it was accepted, and should have been refused")
        elif index in came.refused and not spec.refused:
            yield Difference(("inputs", index), f"it was refused: {came.refused[index]}")


def _paired(expected: Sequence[Expectation], entries: Sequence[Entry], came: Outcome) -> dict[int, int]:
    """The entry that each of `expected` is, by their indices: as many pairs as there can be."""
    expected_of: dict[int, int] = {}

    def found(index: int, tried: set[int]) -> bool:
        for place, entry in enumerate(entries):
            if place not in tried and not _unlike(expected[index], entry, came):
                tried.add(place)
                if place not in expected_of or found(expected_of[place], tried):
                    expected_of[place] = index
                    return True
        return False

    for index in range(len(expected)):
        found(index, set())
    return {index: place for place, index in expected_of.items()}


def _unlike(wanted: Expectation, entry: Entry, came: Outcome) -> list[str]:
    """The members in which `entry` is another one than `wanted`."""
    members: list[tuple[str, Any]] = [("kind", wanted.kind), ("at", show(wanted.at)), *wanted.members()]
    wrong = [name for name, value in members if not _same(name, value, entry.get(name))]
    if wanted.ticket is not None and came.labels.get(wanted.ticket) != entry["number"]:
        wrong.append("ticket")
    return wrong


def _same(name: str, wanted: object, value: object) -> bool:
    if name.removeprefix("data.") in _TIMES and isinstance(wanted, str) and isinstance(value, str):
        try:
            return parse(wanted) == parse(value)
        except ValueError:
            return False
    if isinstance(wanted, dict) and isinstance(value, dict):
        return all(_same(each, part, value.get(each)) for each, part in wanted.items())
    return _texts(wanted) == _texts(value)


def _texts(value: object) -> list[str]:
    """A member as a list of texts, since a scenario writes texts only; empty for one that is missing."""
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, float):
        return [f"{value:g}"]
    return [] if value in (None, "") else [str(value)]


def _missing(
    expected: Sequence[Expectation], key: str, entries: Sequence[Entry], came: Outcome, shown: Show
) -> tuple[set[int], list[Difference]]:
    """The places of the entries that are expected, and those of `expected` that did not come."""
    taken = _paired(expected, entries, came)
    free = [entry for place, entry in enumerate(entries) if place not in taken.values()]
    lacking = [index for index in range(len(expected)) if index not in taken]
    found = [Difference((key, index), _not_there(expected[index], free, came, shown)) for index in lacking]
    return set(taken.values()), found


def _not_there(wanted: Expectation, free: Sequence[Entry], came: Outcome, shown: Show) -> str:
    told = ", ".join((f"{shown(wanted.at)} {wanted.kind}", *(f"{name}: {value}" for name, value in wanted.members())))
    near = [entry for entry in free if entry["kind"] == wanted.kind]
    if not near:
        return f"this did not come: {told}"
    nearest = min(near, key=lambda it: (len(_unlike(wanted, it, came)), abs(parse(it["at"]) - wanted.at)))
    other = _unlike(wanted, nearest, came)
    is_so = "".join(f", {name}: {nearest.get(name)}" for name in other if name not in ("at", "ticket", *_TOLD))
    return f"this did not come: {told}; the nearest differs in {', '.join(other)}: {described(nearest, shown)}{is_so}"


def _others(scenario: ScenarioSpec, came: Outcome, taken: set[int], shown: Show) -> Iterator[Difference]:
    for place, alert in enumerate(came.alerts):
        if place not in taken and {ALL, alert["kind"]} & set(scenario.and_no_other):
            yield Difference(("and_no_other",), f"this alert came, too: {described(alert, shown)}")


def _deadlines(scenario: ScenarioSpec, came: Outcome, shown: Show) -> Iterator[Difference]:
    for rule, wanted in scenario.deadlines.items():
        for label, moment in wanted.items() if isinstance(wanted, dict) else [(None, wanted)]:
            found = _last_deadlines(rule, label, came)
            place = ("deadlines", rule) if label is None else ("deadlines", rule, label)
            expected = moment if isinstance(moment, str) else shown(moment)
            if len(found) != 1:
                what = "nothing was promised by it" if not found else "several tickets have it; say which, by label"
                yield Difference(place, f"{rule} is not due {expected}: {what}")
            elif found[0] != (None if moment == _NO_DATE else moment):
                due = _NO_DATE if found[0] is None else shown(found[0])
                yield Difference(place, f"{rule} is due {due}, not {expected}")


def _last_deadlines(rule: str, label: str | None, came: Outcome) -> list[Instant | None]:
    """The deadline of the last cycle of `rule`, of each ticket that is meant and has one."""
    tickets = [it for it in came.tickets if label is None or it.number == came.labels.get(label)]
    clocks = ([clock for clock in ticket.clocks if clock.rule == rule] for ticket in tickets)
    return [max(each, key=lambda clock: clock.cycle).deadline for each in clocks if each]
