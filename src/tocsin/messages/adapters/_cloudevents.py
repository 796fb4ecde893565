"""What both bindings of CloudEvents have in common: from attributes and data to an accepted input.

The `cloudevents` library is not used: it parses before any limit applies, takes repeated keys and stamps
without an offset, and costs several times what the models here do.
"""

import re

from pydantic import ValidationError

from tocsin.domain.commands.inbound import (
    Body,
    CallPlaced,
    CallReceived,
    DeletionDemanded,
    Detection,
    EmailReceived,
    EmailSent,
    EquipmentFailed,
    HealthReported,
    RequestSubmitted,
    StatusRequested,
)
from tocsin.domain.instant import Instant
from tocsin.messages.arrival import Accepted, Arrival, Source
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models import EVENTS
from tocsin.messages.models.errors import rejected
from tocsin.messages.times import rfc3339

_OF_CONTACT = (CallReceived, CallPlaced, EmailReceived, EmailSent)
"""Calls and mails: none is refused over its tenant or its time."""

_JSON = re.compile(r"(?:application|text)/(?:[a-z0-9.-]+\+)?json", re.ASCII)


def is_json(media_type: str) -> bool:
    """Whether data of that media type is JSON."""
    return _JSON.fullmatch(media_type) is not None


def accept(arrival: Arrival, event: dict[str, object]) -> Accepted:
    """The input in `event`, which has the attributes and `data`. Raises `Rejected`."""
    kind = event.get("type")
    model = EVENTS[arrival.record.topic].get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Rejected(DeadLetterReason.UNKNOWN_TYPE, f"no type of {arrival.record.topic}")
    try:
        checked = model.model_validate(event)
    except ValidationError as error:
        raise rejected(error) from None
    body = checked.data.body()
    of_contact = isinstance(body, _OF_CONTACT)
    claimed = checked.data.claimed_tenant if checked.tenant is None else checked.tenant
    tenant = arrival.tenant_of_contact if of_contact else arrival.tenant
    sources = _sources(body, checked.source) if of_contact or claimed is None else ()
    return Accepted(
        tenant=tenant(claimed, *sources),
        source=checked.source,
        id=checked.id,
        time=_time(checked.time, refuse=not of_contact),
        body=body,
    )


def _sources(body: Body, source: str) -> tuple[Source, ...]:
    """Where the tenants file may know `body` from; what cannot be forged by a caller or sender comes first."""
    match body:
        case Detection() | HealthReported():
            return (Source(sensor=source),)
        case CallReceived(line=line, caller=caller):
            return Source(phone=line), Source(phone=caller)
        case CallPlaced(line=line, callee=callee):
            return Source(phone=line), Source(phone=callee)
        case EmailReceived() | EmailSent():
            return mail_sources(body)
        case RequestSubmitted() | StatusRequested() | EquipmentFailed() | DeletionDemanded():
            contact = body.contact
            return (Source(mail_address=contact) if "@" in contact else Source(phone=contact),)
        case _:
            return ()


def mail_sources(mail: EmailReceived | EmailSent) -> tuple[Source, ...]:
    """Where the tenants file may know `mail` from: our mailboxes, then the addresses of the other side."""
    if isinstance(mail, EmailReceived):
        return *(Source(mailbox=address) for address in mail.recipients), Source(mail_address=mail.sender)
    return Source(mailbox=mail.sender), *(Source(mail_address=address) for address in mail.recipients)


def _time(claimed: object, *, refuse: bool) -> Instant | None:
    """When it happened; None where it does not say. What cannot be read refuses it, or counts as not said."""
    if claimed is None:
        return None
    try:
        return rfc3339(claimed if isinstance(claimed, str) else "")
    except ValueError:
        if not refuse:
            return None
        raise Rejected(
            DeadLetterReason.INVALID_TIME, "time is no date-time of RFC 3339 with an offset in the years 1 to 9999"
        ) from None
