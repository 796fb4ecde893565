"""The records of `soc.inbox`: how an accepted input is written to the log and read back.

A record is a structured CloudEvent. It is read strictly: a type or a field that this version does not know was
written by a newer one, and folding on without it would falsify the state, so `decode` raises.
"""

import re
from datetime import datetime
from typing import Any

import msgspec

from tocsin.domain.commands.inbound import BODIES, OUR_OWN, Body, Input, SwitchRules, Tick
from tocsin.domain.instant import Instant, from_datetime, to_datetime
from tocsin.domain.tlp import Tlp
from tocsin.domain.trace import Trace
from tocsin.messages.record import Record
from tocsin.messages.redriven import Redriven


class InboxRecordUnreadable(ValueError):  # noqa: N818 - says what is the matter; the worker stops on it
    """A record of the inbox that this version cannot read. The worker must stop, not skip it."""


class _Attributes(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    specversion: str = ""
    type: str
    tenant: str = ""
    source: str = ""
    id: str = ""
    time: datetime | None = None
    salt: str = ""
    origin: str = ""
    redriven: str = ""
    arrived: datetime | None = None
    traceparent: str = ""
    tracestate: str = ""
    tlp: Tlp | None = None


class _Envelope(_Attributes, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Written(_Attributes, kw_only=True, omit_defaults=True, gc=False):
    data: Body


def definition_name(kind: str) -> str:
    """The name in schemas of `data` of that type: `CallMissed` for `tocsin.call.missed`."""
    return re.sub(r"[._]?([a-z]+)", lambda match: match[1].title(), kind.removeprefix("tocsin."))


_DECODERS = {kind: msgspec.json.Decoder(body) for kind, body in BODIES.items()}
_envelope_decoder = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()


def encode(  # noqa: PLR0913 - the attributes of one record, by name
    body: Body,
    *,
    tenant: str,
    source: str,
    input_id: str,
    time: Instant | None,
    salt: str,
    origin: str,
    trace: Trace | None = None,
    tlp: Tlp | None = None,
    again: Redriven | None = None,
) -> bytes:
    """The value of the inbox record for `body`.

    `time` None: the input has no readable time of its own and is dated by its inbox stamp. `salt` is hex,
    `origin` is `topic/partition/offset` of what was accepted. `AdoptContract` by intake itself has an empty origin.
    `again` names an input that was published again from a dead letter; without a time it is dated by its first arrival.
    """
    return _encoder.encode(
        _Written(
            specversion="1.0",
            type=body.TYPE,
            tenant=tenant,
            source=source,
            id=input_id,
            time=None if time is None else to_datetime(time),
            salt=salt,
            origin=origin,
            redriven=again.name if again else "",
            arrived=to_datetime(again.refused_at) if again and time is None else None,
            traceparent=trace.parent if trace else "",
            tracestate=trace.state if trace else "",
            tlp=tlp,
            data=body,
        )
    )


_OUR_OWN = frozenset(body.TYPE for body in OUR_OWN)
"""Types of records that are no inputs: nobody dates them but the broker."""

TICK = _encoder.encode(_Envelope(specversion="1.0", type=Tick.TYPE))
"""The value of a tick; its key is null. The broker's stamp on it is its whole meaning."""


def switch(version: int, *, first: bool) -> bytes:
    """The value of the record that switches a partition to the rules `version`; its key is null."""
    data = msgspec.Raw(_encoder.encode(SwitchRules(version=version, first=first)))
    return _encoder.encode(_Envelope(specversion="1.0", type=SwitchRules.TYPE, data=data))


def decode(record: Record) -> Input:
    """The input that an inbox record holds. Raises `InboxRecordUnreadable`.

    It happened at its `time`, but never later than its stamp; without a `time` when it arrived, and marked. It arrived
    at its stamp, or earlier where it was published again.
    """
    try:
        return _decode(record)
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:
        place = f"{record.topic}/{record.partition}/{record.offset}"
        raise InboxRecordUnreadable(
            f"{place} is no input that this version of tocsin can read: it was written by a newer version, "
            f"or not by intake ({error})"
        ) from error


def _decode(record: Record) -> Input:
    envelope = _envelope_decoder.decode(record.value or b"")
    decoder = _DECODERS.get(envelope.type)
    if decoder is None:
        raise ValueError(f"its type is {envelope.type!r}")
    told = envelope.time or envelope.arrived
    happened_at = record.timestamp if told is None else min(from_datetime(told), record.timestamp)
    return Input(
        tenant=envelope.tenant,
        source=envelope.source,
        id=envelope.id,
        recorded_at=record.timestamp,
        happened_at=happened_at,
        offset=record.offset,
        body=decoder.decode(envelope.data),
        dated_by_arrival=envelope.time is None and envelope.type not in _OUR_OWN,
        salt=envelope.salt,
        trace=Trace(envelope.traceparent, envelope.tracestate) if envelope.traceparent else None,
        redriven=envelope.redriven,
        tlp=envelope.tlp,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an inbox record, derived from what `encode` writes."""
    _, definitions = msgspec.json.schema_components([_Attributes, *BODIES.values()], ref_template="#/$defs/{name}")
    record = definitions.pop(_Attributes.__name__)
    record["properties"] |= {
        "type": {"$ref": "#/$defs/MessageType"},
        "time": {"type": "string", "format": "date-time"},
        "data": {},
    }
    by_type = []
    for kind, body in sorted(BODIES.items()):
        name = definition_name(kind)
        definitions[name] = {**definitions.pop(body.__name__), "title": name}
        del definitions[name]["description"]
        by_type.append({"properties": {"type": {"const": kind}, "data": {"$ref": f"#/$defs/{name}"}}})
    definitions["MessageType"] = {
        "title": "MessageType",
        "description": "The CloudEvents `type` of every accepted input.",
        "enum": sorted(BODIES),
    }
    described = {
        **record,
        "description": "One accepted input, an adoption, a switch of the rules or a tick. Absent means its default.",
    }
    return {**described, "oneOf": by_type, "$defs": definitions}
