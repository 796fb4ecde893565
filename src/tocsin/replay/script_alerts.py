"""Receipts of a script name the alert that they are about: `alert=!2` is the second one, `alert=!` the last page.

Its id is derived, and nobody can write it down beforehand; the replay of what stands before tells it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tocsin.domain.vocabulary import AlertKind
from tocsin.replay.script import Script, ScriptError

Entry = dict[str, Any]

_PLACE = "!"
_OF_THE_ALERT = ("dedup_key", "ticket")

AlertsOf = Callable[[Script, str], Sequence[Entry]]
"""The alerts, as CloudEvents, that come of a script until that time (RFC 3339)."""


def with_alerts_named(script: Script, alerts_of: AlertsOf) -> Script:
    """`script` with the ids, keys and tickets of the alerts that its receipts name. Raises `ScriptError`."""
    lines: list[Entry] = []
    for each in script.lines:
        place = each["value"]["data"].get("alert", "")
        if place.startswith(_PLACE):
            before = script._replace(lines=[*lines])
            each = _named(each, place, alerts_of(before, each["recorded_at"]))  # noqa: PLW2901 - the same line
        lines.append(each)
    return script._replace(lines=lines)


def _named(entry: Entry, place: str, alerts: Sequence[Entry]) -> Entry:
    text = place.removeprefix(_PLACE)
    if not text:
        alerts = [each for each in alerts if each["data"]["kind"] == AlertKind.ESCALATED]
    number = len(alerts) if not text else int(text) if text.isdecimal() else 0
    if not 0 < number <= len(alerts):
        raise ScriptError(f"{entry['recorded_at']}: alert={place}, and there are {len(alerts)} such alerts by then")
    alert = alerts[number - 1]
    about = {name: alert["data"][name] for name in _OF_THE_ALERT if alert["data"][name] is not None}
    data = {**about, **entry["value"]["data"], "alert": alert["id"]}
    return {**entry, "value": {**entry["value"], "data": data}}
