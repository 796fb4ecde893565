"""Scenarios that were run, for people and for machines."""

from collections.abc import Iterator
from typing import Any

from tocsin.scenarios.file import Verdict

_INDENT = " " * 8


def lines(tested: Verdict) -> Iterator[str]:
    """A line for a scenario; where it failed, what differs and every alert that came."""
    yield f"{'ok' if tested.passed else 'FAILED':<8}{tested.place}  {tested.scenario.scenario}"
    if tested.passed:
        return
    yield from (f"{_INDENT}{place}: {text}" for place, text in tested.differences)
    yield f"{_INDENT}all alerts that came:" if tested.alerts else f"{_INDENT}no alert came"
    yield from (f"{_INDENT}  {alert}" for alert in tested.alerts)


def document(tested: Verdict) -> dict[str, Any]:
    """The same for machines, with every alert in full."""
    return {
        "scenario": tested.scenario.scenario,
        "clause": tested.scenario.clause,
        "place": tested.place,
        "passed": tested.passed,
        "differences": [{"place": place, "text": text} for place, text in tested.differences],
        "alerts": tested.outcome.alerts,
    }
