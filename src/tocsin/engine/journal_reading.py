"""Events read back from the journal, for those who rebuild what a ticket was like from what was decided about it."""

from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.structs import fields

from tocsin.domain.events import Event
from tocsin.domain.events.clock import PendingStep
from tocsin.domain.instant import parse
from tocsin.engine.journal import is_time

_KINDS: dict[str, type[Event]] = {kind.TYPE: kind for kind in get_args(Event)}


class NoSuchEvent(ValueError):  # noqa: N818 - the name says what is wrong
    """The record holds no event that this release can read."""


def event_of(document: Mapping[str, Any]) -> Event:
    """The event in a record of the journal. Of persons who were forgotten it has empty texts. Raises `NoSuchEvent`."""
    kind = _KINDS.get(str(document.get("type")))
    parts = [document.get(name) for name in ("data", "persons")]
    if kind is None:
        raise NoSuchEvent(f"there is no event {document.get('type')!r}")
    known = {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    try:
        for name in _times(kind) & known.keys():
            known[name] = _instants(known[name])
        return msgspec.convert({**_unwritten(kind), **known}, kind)
    except (msgspec.ValidationError, ValueError, TypeError, KeyError) as error:
        raise NoSuchEvent(f"{kind.TYPE} is written otherwise than this release does it: {error}") from None


def _instants(value: Any) -> Any:
    """What the journal writes of a time: one, several, or escalation steps with theirs."""
    if isinstance(value, str):
        return parse(value)
    return [PendingStep(each["step"], parse(each["at"])) if isinstance(each, dict) else parse(each) for each in value]


@cache
def _times(kind: type[Event]) -> frozenset[str]:
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(name for name in kind.__struct_fields__ if is_time(hints[name]))


@cache
def _unwritten(kind: type[Event]) -> dict[str, Any]:
    """What the journal does not write of the fields that must be there: None, and persons who were forgotten."""
    hints = get_type_hints(kind)
    wanted = [field.name for field in fields(kind) if field.required]
    nothing = {name: None for name in wanted if NoneType in get_args(hints[name])}
    return nothing | {name: "" if hints[name] is str else () for name in wanted if name in kind.PERSONAL}
