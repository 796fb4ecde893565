"""The files of a history: its inputs, its tenants, and its expected outputs."""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from tocsin.messages.record import Output, Topic
from tocsin.replay import line
from tocsin.replay.script import Script

Entry = dict[str, Any]

_ALERT_MEMBERS = (
    *("kind", "number", "priority", "objective", "deadline", "role", "climbed", "related", "unknown"),
    "clause",
)
_OF_SILENCES = ("silence", "present")
_OF_ATTACKS = ("actions", "client_reachable")
_HASH_LENGTH = 64


def input_files(script: Script) -> dict[str, str]:
    """The files that are replayed, by their endings."""
    files = {".jsonl": "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in script.lines)}
    return files | ({".tenants.toml": script.tenants} if script.tenants else {})


def expected_file(script: Script, outputs: Iterable[Output], support_log: list[Entry]) -> str:
    """The file of the expected outputs: every alert, event and dead letter in `outputs`, and the support log."""
    records = [json.loads(line.write(output)) for output in outputs]
    events = [_event(it["value"]) for it in records if it["topic"] == Topic.TICKET_EVENTS]
    wanted = [name.strip() for name in script.header.get("events", "*").split(",")]
    reasons = [it["headers"]["tocsin-reason"] for it in records if it["topic"] == Topic.DEAD_LETTERS]
    document: Entry = {
        "promise": script.header["promise"],
        "clause": script.header["clause"],
        "shows": [name.strip() for name in script.header["shows"].split(",")],
        "note": script.header.get("note"),
        "options": script.options,
        "alerts": [_alert(it) for it in records if it["topic"] == Topic.ALERTS],
        "events": [it for it in events if any(fnmatchcase(it["type"], pattern) for pattern in wanted)],
        "support_log": support_log,
        "dead_letters": reasons,
    }
    return _text({name: part for name, part in document.items() if part or name == "alerts"})


def unlike(script: Script, outputs: Iterable[Output]) -> list[str]:
    """The differences between the alerts that the script announces and those that came; none if it announces none."""
    came = [
        {"at": it["recorded_at"], **it["value"]["data"]}
        for it in (json.loads(line.write(output)) for output in outputs if output.topic is Topic.ALERTS)
    ]
    if not script.announced:
        return []
    pairs = zip(script.announced, came, strict=False)
    wrong = [f"announced {told}, came {_like(it, told)}" for told, it in pairs if _like(it, told) != told]
    wrong += [f"announced {told}, nothing came" for told in script.announced[len(came) :]]
    more = [_like(it, {"at": "", "kind": "", "number": ""}) for it in came[len(script.announced) :]]
    return [*wrong, *(f"not announced: {it}" for it in more)]


def _like(alert: Entry, told: Entry) -> Entry:
    return {name: _in_script(alert.get(name)) for name in told}


def _in_script(value: object) -> str | None:
    """A member of an alert as a script writes it: a list with commas, None for one that is missing."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return None if value is None else str(value)


def _alert(record: Entry) -> Entry:
    data = record["value"]["data"]
    told = {name: data[name] for name in (*_ALERT_MEMBERS, *_OF_SILENCES) if data.get(name) is not None}
    agreed = {name: data[name] for name in _OF_ATTACKS if data.get("actions")}
    return {"at": record["recorded_at"], **told, **agreed}


def _event(event: Entry) -> Entry:
    """The members of an event that a reader understands: texts, numbers and truth values, but no ids and hashes."""
    told = {name: value for name, value in event["data"].items() if name != "id" and _is_told(value)}
    number = {"number": event["number"]} if event["number"] else {}
    return {"at": event["at"], "type": event["type"], **number, **told}


def _is_told(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and len(value) not in (0, _HASH_LENGTH))


def _text(document: Entry) -> str:
    """JSON with one line for each alert and event."""
    parts = []
    for name, part in document.items():
        if isinstance(part, list) and part and isinstance(part[0], dict):
            rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in part)
            parts.append(f'  "{name}": [\n{rows}\n  ]')
        else:
            parts.append(f'  "{name}": {json.dumps(part, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"
