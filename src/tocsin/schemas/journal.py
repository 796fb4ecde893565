"""The JSON Schema of the journal, made from the domain's events."""

from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.structs import fields

from tocsin.domain.events import Event
from tocsin.domain.events.clock import PendingStep
from tocsin.engine.journal import is_time

_TEXT = {"type": "string"}
_OR_NULL = {"type": ["string", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_HEADER = {
    "v": {"const": 1, "description": "Version of this form."},
    "type": _TEXT,
    "at": {**_TIME, "description": "The partition's clock."},
    "tenant": _TEXT,
    "ticket": _OR_NULL,
    "number": _OR_NULL,
    "seq": {"type": "integer", "description": "Of the ticket's events, or of the tenant's own; without gaps."},
    "input": {**_OR_NULL, "description": "Id of the input that caused it; null for a timer."},
    "offsets": {"type": "array", "items": {"type": "integer"}, "description": "Of the causing inbox records."},
    "data": {"type": "object"},
    "dated_by_arrival": {"const": True, "description": "The input had no readable time of its own."},
    "traceparent": {**_TEXT, "description": "Of the input that caused it; for a timer, that started the clock."},
    "tracestate": _TEXT,
    "persons": {"type": "object", "description": "What tells of persons; may be removed, the chain still verifies."},
    "persons_digest": {**_HASH, "description": "SHA-256 of `persons` with its salt."},
    "prev": {"type": "string", "description": "Hash of the partition's record before; empty for its first."},
    "hash": {**_HASH, "description": "SHA-256 of this record without `persons` and `hash`."},
}
_NOT_ALWAYS = ("dated_by_arrival", "traceparent", "tracestate", "persons", "persons_digest")


def journal_schema() -> dict[str, Any]:
    """The JSON Schema of a record of `soc.ticket-events`."""
    kinds = sorted((kind for kind in get_args(Event) if kind.JOURNALED), key=lambda kind: kind.TYPE)
    _, definitions = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    by_type = [_of_event(kind, definitions.pop(kind.__name__)) for kind in kinds]
    return {
        "description": "Something that was decided, in the past tense. What is not known is left out of `data`.",
        "type": "object",
        "properties": _HEADER,
        "required": [name for name in _HEADER if name not in _NOT_ALWAYS],
        "additionalProperties": False,
        "oneOf": by_type,
        "$defs": definitions,
    }


def _of_event(kind: type[Event], schema: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    told = {name: _written(hints[name], of_field) for name, of_field in schema["properties"].items()}
    needed = {field.name for field in fields(kind) if field.required and NoneType not in get_args(hints[field.name])}
    about_persons = set(kind.PERSONAL)
    properties = {"type": {"const": kind.TYPE}, "data": _object(told, set(told) - about_persons, needed)}
    if about_persons:
        properties["persons"] = _object({**told, "salt": _TEXT}, about_persons | {"salt"}, needed | {"salt"})
    return {"description": schema["description"], "properties": properties}


def _object(told: dict[str, Any], names: set[str], needed: set[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: told[name] for name in sorted(names)},
        "required": sorted(names & needed),
        "additionalProperties": False,
    }


def _written(hint: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a field as the journal writes it: times as RFC 3339, without null."""
    if not is_time(hint):
        return {name: part for name, part in schema.items() if name != "default"}
    if schema.get("type") != "array":
        return _TIME
    step = {"type": "object", "properties": {"step": {"type": "integer"}, "at": _TIME}, "required": ["step", "at"]}
    return {"type": "array", "items": step if PendingStep in get_args(hint) else _TIME}
