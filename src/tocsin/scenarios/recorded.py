"""The inputs of a scenario as recorded lines, which are replayed like those of any file."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError

from tocsin.contracts.errors import KeyPath, Problem
from tocsin.contracts.source.loader import faults
from tocsin.domain.instant import show
from tocsin.messages.models.base import CloudEvent
from tocsin.messages.registry import EVENTS
from tocsin.replay.members import members_of, scalar, types_of
from tocsin.scenarios.kinds import CLIENT_MAIL, CLIENT_PHONE, KINDS, TOPIC_OF, Kind
from tocsin.scenarios.notation import InputSpec
from tocsin.tenants.model import TenantSpec

TENANT = "client"
"""The name of the one tenant of a scenario."""

_OTHER_TICKETS = ("other", "into")
_encode = msgspec.json.encode

NumberOf = Callable[[str | None], str | None]
"""The number of the ticket with that label; without one, of the only ticket. None if there is no such, or several."""


class WrongInput(ValueError):  # noqa: N818 - says what is the matter with the file
    """An input is wrong; `problems` are the places within it, and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(*(what for _, what in problems))
        self.problems = problems


class Recorded(NamedTuple):
    """An input as it is replayed: its id, and the line."""

    id: str
    line: bytes


def recorded(index: int, spec: InputSpec, client: TenantSpec, number_of: NumberOf) -> Recorded:
    """The input `spec`, the one of that index. Raises `WrongInput` for what no sensor and no desk could send."""
    (name,) = spec.said()
    if spec.message is not None:
        wire_type, data = spec.message.type, spec.message.data
        if wire_type not in TOPIC_OF:
            raise WrongInput([(("message", "type"), f"there is no message {wire_type!r}; `tocsin schemas` lists all")])
        place: KeyPath = ("message", "data")
    else:
        wire_type, place = KINDS[name].wire_type, (name,)
        told = dict(_members(KINDS[name], getattr(spec, name)))
        data = _of_ticket(
            _defaults(index, KINDS[name], client, spec.ticket) | told, KINDS[name], spec.ticket, number_of
        )
    topic = TOPIC_OF[wire_type]
    model = EVENTS[topic][wire_type]
    input_id = f"input {index + 1}"
    event = {
        "specversion": "1.0",
        "id": input_id,
        "source": topic.removeprefix("soc."),
        "type": wire_type,
        "tenant": TENANT,
        "time": show(spec.at if spec.happened_at is None else spec.happened_at),
        "data": _typed(data, model, place),
    } | ({} if spec.marked is None else {"tlp": spec.marked})
    try:
        model.model_validate_json(_encode(event))
    except ValidationError as error:
        raise WrongInput([((*place, *path[1:]), what) for path, what in faults(error)]) from None
    return Recorded(input_id, _encode({"topic": topic.value, "recorded_at": show(spec.at), "value": event}))


def _defaults(index: int, kind: Kind, client: TenantSpec, label: str | None) -> dict[str, Any]:
    """What a scenario need not say."""
    data = {name: _of_client(value, client) for name, value in kind.defaults.items()}
    if "call" in kind.members:
        data["call"] = f"call {index + 1}"
    if "message_id" in kind.members:
        data["message_id"] = f"mail-{index + 1}@scenario"
    if "key" in kind.members and label:
        data["key"] = label  # what is seen of one ticket is one thing
    return data


def _of_ticket(data: dict[str, Any], kind: Kind, label: str | None, number_of: NumberOf) -> dict[str, Any]:
    """`data` with numbers of tickets in the place of labels."""
    data |= {name: number_of(data[name]) or data[name] for name in _OTHER_TICKETS if isinstance(data.get(name), str)}
    if "ticket" in kind.members and (kind.by_us or label) and (number := number_of(label)):
        data.setdefault("ticket", number)
    if kind.needs_ticket and "ticket" not in data:
        what = f"no input before it has opened the ticket {label!r}" if label else "there is no ticket yet, or several"
        raise WrongInput([((), f"{what}; tell tickets apart by `ticket: a` in the inputs that open them")])
    return data


def _members(kind: Kind, given: dict[str, Any] | str) -> Iterator[tuple[str, Any]]:
    if isinstance(given, dict):
        yield from given.items()
    elif given and kind.main is None:
        raise WrongInput([((), "write its members, like {contact: cleo@client.example}")])
    elif given and kind.main:
        yield kind.main, given


def _of_client(value: object, client: TenantSpec) -> object:
    """A default, with the client's first number and address in place of those of the client that nobody described."""
    phones = [number for contact in client.contacts for number in contact.phones]
    mails = [address for contact in client.contacts for address in contact.emails]
    if value == CLIENT_PHONE and phones:
        return phones[0]
    if value in (CLIENT_MAIL, [CLIENT_MAIL]) and mails:
        return mails[0] if isinstance(value, str) else mails[:1]
    return value


def _typed(data: Mapping[str, Any], model: type[CloudEvent], place: KeyPath) -> dict[str, Any]:
    """The data as JSON has it: a YAML file holds texts only."""
    members = members_of(model)
    if unknown := [name for name in data if name not in members]:
        known = ", ".join(members)
        raise WrongInput([((*place, name), f"there is no such member; there is {known}") for name in unknown])
    typed: dict[str, Any] = {}
    for name, value in data.items():
        try:
            typed[name] = scalar(value, members[name]) if isinstance(value, str) else value
        except ValueError as error:
            raise WrongInput([((*place, name), str(error))]) from None
        if isinstance(value, str) and types_of(members[name]) == {"array"}:
            typed[name] = [value]
    return typed
