"""What deciding gives: events, each with the ticket that it belongs to."""

import json
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from tocsin.domain.commands.inbound import Input
from tocsin.domain.events.ticket import Event, WorkDone
from tocsin.domain.vocabulary import Channel, Evidence

_NAMESPACE = uuid5(NAMESPACE_URL, "https://tocsin.example/")


def derived_id(name: str) -> str:
    """The id of the ticket or alert of that name: a UUID of version 5."""
    return str(uuid5(_NAMESPACE, name))


def ticket_id(tenant: str, source: str, input_id: str) -> str:
    """The id of the ticket that this input opens, if it opens one."""
    return derived_id(json.dumps([tenant, source, input_id]))


class Decision(NamedTuple):
    """An event and the id of the ticket that it belongs to; None for one of the tenant's own."""

    ticket: str | None
    event: Event


def work_done(  # noqa: PLR0913 - the facts of one event, by name
    evidence: Evidence, asked: Input, channel: Channel, analyst: str, *, note: str = "", message: str | None = None
) -> WorkDone:
    """Work as it shows itself in a call, a mail or at the desk."""
    return WorkDone(
        evidence=evidence,
        happened_at=asked.happened_at,
        channel=channel,
        analyst=analyst,
        note=note,
        message=message,
    )
