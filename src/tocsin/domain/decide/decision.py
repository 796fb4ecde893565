"""The results of deciding: events, each with the ticket that it belongs to, or a refusal with its reason."""

import json
from dataclasses import dataclass
from hashlib import sha1
from uuid import NAMESPACE_URL, uuid5

import msgspec

from tocsin.domain.commands.inbound import Input
from tocsin.domain.events import Event
from tocsin.domain.events.ticket import WorkDone
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Channel, Stage

_NAMESPACE = uuid5(NAMESPACE_URL, "https://tocsin.example/").bytes
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def derived_id(name: str) -> str:
    """The id of the ticket or alert of that name: a UUID of version 5. `uuid5` itself takes five times as long."""
    digits = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"


def alert_id(ticket: str, kind: str, parts: tuple[str | int, ...], reopenings: int) -> str:
    """The id of the alert of that kind about a ticket; the others tell it from those of its kind.

    That of a clock which was never reopened has the form of earlier releases.
    """
    return derived_id("|".join((ticket, kind, *map(str, (*parts, reopenings) if reopenings else parts))))


def ticket_id(message: Input) -> str:
    """The id of the ticket that `message` opens, if it opens one."""
    return ticket_id_of(message.tenant, message.source, message.id)


def ticket_id_of(tenant: str, source: str, input_id: str) -> str:
    """The same by the parts of the message's identity."""
    parts = ", ".join(map(json.dumps, (tenant, source, input_id)))  # a list as a whole takes over twice as long
    return derived_id(f"[{parts}]")


class Decision(msgspec.Struct, frozen=True, gc=False):  # a named tuple takes four times as long to make
    """An event and the id of the ticket that it belongs to; None for one of the tenant's own."""

    ticket: str | None
    event: Event


def work_done(evidence: str, message: Input, channel: Channel, analyst: str, *, note: str = "") -> WorkDone:
    """The event of work that was done by a call or at the desk."""
    return WorkDone(
        evidence=evidence,
        happened_at=message.happened_at,
        channel=channel,
        analyst=analyst,
        note=note,
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why a command is refused: a word for machines, and a sentence for people."""

    reason: str
    detail: str


Outcome = Event | tuple[Event, ...] | Refusal


def events_of(outcome: Event | tuple[Event, ...]) -> tuple[Event, ...]:
    """The events of an outcome that is no refusal, in their order."""
    return outcome if isinstance(outcome, tuple) else (outcome,)


def together(first: Outcome, second: Outcome) -> Outcome:
    """The events of both. If one is refused, the other's; if both are, the refusal of the second."""
    if isinstance(first, Refusal):
        return second
    return first if isinstance(second, Refusal) else (*events_of(first), *events_of(second))


def refuse_closed(ticket: Ticket) -> Refusal | None:
    """The refusal of a verb that needs a ticket which is not closed; None if it is not."""
    if ticket.stage is not Stage.CLOSED:
        return None
    return Refusal("ticket_closed", f"{ticket.number} is closed; reopen it first")
