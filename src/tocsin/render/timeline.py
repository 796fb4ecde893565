"""Records as lines for people: time, ticket, facts. Text of strangers is escaped."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from tocsin.domain.instant import to_datetime
from tocsin.messages.record import HEADER_PREFIX, Output, Record, Topic
from tocsin.render.text import safe

_Document = dict[str, Any]

_HASH = re.compile(r"|[0-9a-f]{64}")
_NUMBER_WIDTH = 14
_NAME_WIDTH = 20
_VALUE_LENGTH_MAX = 80
_BYTES_SHOWN = 200


def readable(record: Record | Output) -> str:
    """One line for `record`, without its end."""
    what = _DESCRIPTIONS.get(record.topic, _message)(record, _document(record.value))
    stamp = to_datetime(record.timestamp).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return f"{stamp}Z  {what}".rstrip()


def _alert(record: Record | Output, event: _Document) -> str:
    data = event.get("data", {})
    shown = {
        "priority": data.get("priority"),
        "tlp": data.get("tlp"),
        "objective": data.get("objective"),
        "deadline": data.get("deadline"),
        "owed_by": data.get("owed_by"),
        "to": data.get("role"),
        "climbed": data.get("climbed"),
        "present": data.get("present"),
        "silence": data.get("silence"),
        "related": ", ".join(data.get("related", ())),
        "unknown": ", ".join(data.get("unknown", ())),
        "actions": ", ".join(data.get("actions", ())),
        "client": "must be reachable" if data.get("client_reachable") else None,
        "clause": ", ".join(filter(None, (data.get("source"), data.get("clause")))) or None,
        "contract": data.get("contract"),
        "title": data.get("title"),
    }
    return _line(data.get("number"), f"! {data.get('kind')}", shown)


def _journal_event(record: Record | Output, event: _Document) -> str:
    return _line(event.get("number") or event.get("tenant"), event.get("type"), facts(event))


def told(event: _Document) -> str:
    """An event of the journal in words: its ticket's number, its type, and its facts."""
    return f"{event['number']} {event['type']} {_in_words(facts(event))}"


def facts(event: _Document) -> _Document:
    """The facts of an event of the journal, persons included, and what a silence is about in words."""
    parts = (event.get(part) for part in ("data", "persons"))
    known = {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    return {name: _about(value) if name == "match" else value for name, value in known.items() if name != "salt"}


def _about(match: object) -> object:
    if not isinstance(match, dict):
        return match
    named = (f"{name} {', '.join(map(str, value))}" for name, value in match.items() if isinstance(value, list))
    return "; ".join(named) or "all that may be silenced"


def _dead_letter(record: Record | Output, _: _Document) -> str:
    headers = {
        name.removeprefix(HEADER_PREFIX): (value or b"").decode("utf-8", "replace") for name, value in record.headers
    }
    origin = "/".join(headers.get(f"origin-{part}", "?") for part in ("topic", "partition", "offset"))
    told_of = {"reason": headers.get("reason"), "detail": headers.get("detail"), "origin": origin}
    return f"{_line('', 'x dead letter', told_of)} value={_excerpt(record.value)}"


def _message(record: Record | Output, event: _Document) -> str:
    """A message of any other topic: a CloudEvent with its type, anything else as bytes."""
    if not isinstance(event.get("type"), str):
        return f"{_line(_key(record), '', {})} {_excerpt(record.value)}".lstrip()
    return _line(event.get("tenant") or _key(record), event["type"], event.get("data", {}))


def _state(record: Record | Output, state: _Document) -> str:
    """A record of a state topic: the stage and priority of a ticket, or the key of another state."""
    if record.value is None:
        return _line(_key(record), "forgotten", {})
    return _line(state.get("number") or _key(record), state.get("stage"), {"priority": state.get("priority")})


_DESCRIPTIONS: dict[Topic, Callable[[Record | Output, _Document], str]] = {
    Topic.ALERTS: _alert,
    Topic.TICKET_EVENTS: _journal_event,
    Topic.DEAD_LETTERS: _dead_letter,
    Topic.TICKETS: _state,
    Topic.TENANTS: _state,
}


def _line(number: object, name: object, facts: object) -> str:
    shown = _in_words(facts) if isinstance(facts, dict) else safe(str(facts), _VALUE_LENGTH_MAX)
    return f"{_text(number):<{_NUMBER_WIDTH}} {_text(name):<{_NAME_WIDTH}} {shown}".rstrip()


def _in_words(facts: _Document) -> str:
    """`name=value` for each text and number; lists and hashes are left out."""
    return " ".join(
        f"{_text(name)}={_text(value)}"
        for name, value in facts.items()
        if isinstance(value, str | int | float) and value is not False and not _HASH.fullmatch(str(value))
    )


def _text(value: object) -> str:
    return "" if value is None else safe(str(value), _VALUE_LENGTH_MAX)


def _key(record: Record | Output) -> str:
    return "" if record.key is None else record.key.decode("utf-8", "replace")


def _excerpt(value: bytes | None) -> str:
    return "(none)" if value is None else safe(value[: _BYTES_SHOWN * 4].decode("utf-8", "replace"), _BYTES_SHOWN)


def _document(value: bytes | None) -> _Document:
    try:
        document = msgspec.json.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return {}
    return document if isinstance(document, dict) else {}
