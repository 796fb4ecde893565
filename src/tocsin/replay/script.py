"""Scripts of histories: a header, then one short line for each input.

    contract: esentire
    promise: A missed call that is not returned in 20 minutes alerts the shift lead.
    clause: Telephone Support
    shows: standard.objectives.callback
    tenant: acme
    date: 2026-03-02
    defaults: call.placed from=+18445525837 purpose=callback analyst=Ada

    09:00 call.missed from=+14165550100 to=+18445525837 as=c1
    09:20 ! callback_overdue
    09:20 ! escalated role="shift lead"
    09:25 ! cleared
    +25m  call.placed to=+14165550100 outcome=reached returns=c1

- An input is a time, a type without `tocsin.`, and the members of its `data` by their names on the wire. A tenant may
  stand before the type; `-` is none. A line with a date alone moves to that day.
- A time is `09:00`, `09:00:00.001`, `+5m` after the line before (`ms`, `s`, `m`, `h`, `d`), or RFC 3339.
- Four members are no data: `as` names the input, `at` is the time at which it happened, `source` tells it, `tlp` is its
  marking.
- `ticket=1` is the tenant's first ticket. A call without `call` is called by the input's name.
- `alert=!2` of a receipt (`delivery.failed`) is the second alert, `alert=!` the last `escalated`.
- `!` announces an alert. If there is one such line, then these are all the alerts, in their order.
- `defaults` are members of every input of a type (`call.*`: of all such types).
- Further parts of the header: `plan`, `timezone` (of the times and of the tenant; default UTC), `note`, `until`,
  `events` (the types of journal events that are expected; default all), `support_log: yes` (the support log is
  expected too), and `tenants`, below it a tenants file with every line indented. Lines that are indented continue the
  part before.
"""

import re
import shlex
from datetime import date, datetime, time
from difflib import get_close_matches
from fnmatch import fnmatchcase
from textwrap import dedent
from typing import Any, NamedTuple

from tocsin.domain import instant
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from tocsin.domain.time.zones import zone
from tocsin.messages.models.base import CloudEvent
from tocsin.messages.record import Topic
from tocsin.messages.registry import EVENTS
from tocsin.replay.members import members_of, scalar, types_of

Entry = dict[str, Any]

_PREFIX = "tocsin."
_KINDS: dict[str, tuple[Topic, type[CloudEvent]]] = {
    kind.removeprefix(_PREFIX): (topic, event)
    for topic, kinds in EVENTS.items()
    if topic is not Topic.SENT
    for kind, event in kinds.items()
}
_REQUIRED = ("promise", "clause", "shows", "contract", "tenant", "date")
_PARTS = (*_REQUIRED, "plan", "timezone", "note", "until", "events", "support_log")
_BLOCKS = ("defaults", "tenants")
_HEADER = re.compile(rf"({'|'.join((*_PARTS, *_BLOCKS))}):(.*)")
_LATER = re.compile(r"\+(\d+)(ms|s|m|h|d)")
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_TICKETS = ("ticket", "other", "into")
_ABOUT_THE_INPUT = ("as", "at", "source", "tlp")


class ScriptError(ValueError):
    """A line of the script is wrong; the message names its number."""


class Script(NamedTuple):
    """A script, read: its header, the recorded lines, and the alerts that it announces."""

    header: dict[str, str]
    lines: list[Entry]
    announced: list[Entry]

    @property
    def tenants(self) -> str | None:
        """The tenants file; None if the contract of unknown tenants is enough."""
        if "tenants" in self.header:
            return self.header["tenants"]
        if "plan" not in self.header:
            return None
        told = {name: self.header[name] for name in ("contract", "plan", "timezone") if name in self.header}
        return "".join(
            [f"[tenants.{self.header['tenant']}]\n", *(f'{name} = "{value}"\n' for name, value in told.items())]
        )

    @property
    def options(self) -> dict[str, str]:
        """The options with which `tocsin replay file` replays it."""
        contract = {} if self.tenants else {"contract": self.header["contract"]}
        return contract | {name: self.header[name] for name in ("until",) if name in self.header}


def parse(text: str) -> Script:
    """The script in `text`. Raises `ScriptError`."""
    header: dict[str, str] = {}
    body: list[tuple[int, str]] = []
    part = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not body and (found := _HEADER.fullmatch(line)):
            part = found[1]
            header[part] = found[2].strip()
        elif not body and part and (line[:1].isspace() or not line):
            header[part] += f"\n{line}"
        elif line.strip() and not line.lstrip().startswith("#"):
            body.append((number, line))
    try:
        reader = _ScriptReader(_header(header))
    except (ValueError, OverflowError) as error:
        raise ScriptError(f"header: {error}") from None
    return reader.read(body)


def _header(parts: dict[str, str]) -> dict[str, str]:
    if missing := [name for name in _REQUIRED if not parts.get(name)]:
        raise ValueError(f"it lacks {', '.join(missing)}")
    header = {name: " ".join(parts[name].split()) for name in _PARTS if name in parts}
    if "until" in header:
        instant.parse(header["until"])
    return header | {name: dedent(parts[name]).strip() + "\n" for name in _BLOCKS if name in parts}


class _ScriptReader:
    """Reads the lines below the header; times and names follow from the lines before."""

    def __init__(self, header: dict[str, str]) -> None:
        self._header = header
        self._zone = zone(header.get("timezone", "UTC"))
        self._date = date.fromisoformat(header["date"])
        self._now: Instant = 0
        self._lines: list[Entry] = []
        self._announced: list[Entry] = []

    def read(self, body: list[tuple[int, str]]) -> Script:
        """The whole script."""
        for number, line in body:
            try:
                self._take(shlex.split(line))
            except (ValueError, OverflowError) as error:
                raise ScriptError(f"line {number}: {error}") from None
        return Script(self._header, self._lines, self._announced)

    def _take(self, words: list[str]) -> None:
        if len(words) == 1:
            self._date = date.fromisoformat(words[0])
            return
        at = self._time(words[0])
        if words[1] == "!":
            if not words[2:]:
                raise ValueError("an alert needs its kind")
            self._announced.append({"at": instant.show(at), "kind": words[2], **_members(words[3:])})
            return
        if at < self._now:
            raise ValueError("earlier than the line before; a date on a line of its own moves to another day")
        self._now = at
        tenant, kind, rest = self._header["tenant"], words[1], words[2:]
        if kind not in _KINDS and rest and "=" not in rest[0]:
            tenant, kind, rest = kind, rest[0], rest[1:]
        self._lines.append(self._record(tenant, kind, _members(rest)))

    def _time(self, word: str) -> Instant:
        if later := _LATER.fullmatch(word):
            return self._now + int(later[1]) * _UNITS[later[2]]
        if "T" in word:
            return instant.parse(word)
        return instant.from_datetime(datetime.combine(self._date, time.fromisoformat(word), self._zone))

    def _record(self, tenant: str, kind: str, members: dict[str, str]) -> Entry:
        if kind not in _KINDS:
            raise ValueError(f"{kind!r} is no type; there is {', '.join(get_close_matches(kind, _KINDS) or _KINDS)}")
        topic, event_model = _KINDS[kind]
        schemas = members_of(event_model)
        if unknown := [name for name in members if name not in (*schemas, *_ABOUT_THE_INPUT)]:
            raise ValueError(f"{kind} has no {', '.join(unknown)}; it has {', '.join(schemas)}")
        told = self._defaults(kind) | members
        name = told.get("as", f"i{len(self._lines) + 1}")
        if "call" in schemas:
            told.setdefault("call", name)
        told |= {member: _number(tenant, told[member]) for member in _TICKETS if member in told}
        data = {member: _value(told[member], schemas[member]) for member in schemas if member in told}
        event = {
            "specversion": "1.0",
            "id": name,
            "source": told.get("source", topic.removeprefix("soc.")),
            "type": f"{_PREFIX}{kind}",
            **({} if tenant == "-" else {"tenant": tenant}),
            "time": instant.show(self._time(told["at"]) if "at" in told else self._now),
            **({"tlp": told["tlp"]} if "tlp" in told and "tlp" not in schemas else {}),
            "data": data,
        }
        return {"topic": topic.value, "recorded_at": instant.show(self._now), "value": event}

    def _defaults(self, kind: str) -> dict[str, str]:
        told: dict[str, str] = {}
        for line in self._header.get("defaults", "").splitlines():
            pattern, *words = shlex.split(line)
            told |= _members(words) if fnmatchcase(kind, pattern) else {}
        return told


def _members(words: list[str]) -> dict[str, str]:
    for word in words:
        if "=" not in word:
            raise ValueError(f"{word!r} is no member; write it like analyst=Ada, or subject='two words'")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _value(text: str, schema: Entry) -> object:
    """The JSON value of a member; a list is written with commas."""
    value = scalar(text, schema)
    return value.split(",") if isinstance(value, str) and "array" in types_of(schema) else value


def _number(tenant: str, ticket: str) -> str:
    return f"{tenant.upper()}-{int(ticket):06d}" if ticket.isdecimal() else ticket
