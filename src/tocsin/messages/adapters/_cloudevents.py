"""The part that both bindings of CloudEvents share: makes an accepted input of attributes and data.

The `cloudevents` library is not used: it parses before any limit applies, takes repeated keys and stamps
without an offset, and costs several times what the models here do.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace
from pydantic import ValidationError

from tocsin.domain.commands.inbound import CallPlaced, EmailSent
from tocsin.domain.instant import Instant
from tocsin.domain.tlp import strictest, tlp_of
from tocsin.domain.trace import Trace, trace_of
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import CloudEvent
from tocsin.messages.models.errors import rejected
from tocsin.messages.record import Topic
from tocsin.messages.registry import EVENTS
from tocsin.messages.sent import Sent
from tocsin.messages.times import rfc3339

_OURS = "tocsin."
_SENT = (CallPlaced, EmailSent)
_HEADERS = ("ce_", "content-type")
"""Beginnings of the names of headers that belong to the event, and not to its data."""

_JSON = re.compile(r"(?:application|text)/(?:[a-z0-9.-]+\+)?json", re.ASCII)


def is_json(media_type: str) -> bool:
    """True if data of that media type is JSON."""
    return _JSON.fullmatch(media_type) is not None


def read(arrival: Arrival, event: dict[str, object]) -> Accepted | Sequence[Arrival]:
    """The input in `event`, its attributes and `data`, or the message of another format in it. Raises `Rejected`."""
    kind = event.get("type")
    model = EVENTS[arrival.record.topic].get(kind) if isinstance(kind, str) else None
    if model is not None:
        return accept(arrival, event, model)
    arrival.judge_type(kind)
    unknown = Rejected(DeadLetterReason.UNKNOWN_TYPE, f"no type of {arrival.record.topic}")
    data = event.get("data")
    if not isinstance(kind, str) or kind.startswith(_OURS) or not isinstance(data, dict):
        raise unknown
    part = arrival.part(data, sender=event.get("source"), without_headers=_HEADERS, otherwise=unknown)
    if isinstance(tenant := event.get("tenant"), str):
        part.headers = {**part.headers, "tenant": tenant.encode("utf-8", "replace")}
    if trace := _trace(event):
        part.headers = {**part.headers, "traceparent": trace.parent.encode(), "tracestate": trace.state.encode()}
    if isinstance(tlp := event.get("tlp"), str):
        part.headers = {**part.headers, "tlp": tlp.encode("utf-8", "replace")}
    return [part]


def accept(arrival: Arrival, event: dict[str, object], model: type[CloudEvent]) -> Accepted:
    """The input in `event`, which is one of ours. Raises `Rejected`."""
    try:
        checked = model.model_validate(event)
    except ValidationError as error:
        raise rejected(error) from None
    data = checked.data
    if data.makes in _SENT and arrival.record.topic is not Topic.SENT:
        if arrival.record.own:
            raise Rejected(DeadLetterReason.NOT_FROM_US, "no topic of a client's own takes what we sent")
        if arrival.sent is Sent.ON_ITS_TOPIC:
            raise Rejected(DeadLetterReason.NOT_FROM_US, f"what we sent is taken on {Topic.SENT} alone (sent_topic)")
    claimed = data.claimed_tenant if checked.tenant is None else checked.tenant
    tenant_of = arrival.tenant_of_contact if data.always_taken else arrival.tenant
    several = data.tenants(arrival) if claimed is None else ()
    time = _time(checked.time, refuse=not data.always_taken)
    first, *others = (
        Accepted(
            tenant=tenant,
            source=checked.source,
            id=checked.id,
            time=time,
            body=data.body(tenant),
            trace=_trace(event),
            tlp=strictest(tlp_of(event.get("tlp")), data.tlp_of_data),
        )
        for tenant in several or (tenant_of(claimed, *data.tenant_keys(checked.source)),)
    )
    return replace(first, also=tuple(others)) if others else first


def _trace(event: dict[str, object]) -> Trace | None:
    """The trace of the extension for distributed tracing. One that is none is left out, and refuses nothing."""
    parent = event.get("traceparent")
    return None if parent is None else trace_of(parent, event.get("tracestate"))


def _time(claimed: object, *, refuse: bool) -> Instant | None:
    """The event time; None if the event has none. An unreadable time refuses the event, or counts as none."""
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
