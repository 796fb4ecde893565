"""The records of `soc.inbox`: how an accepted input is written to the log and read back.

A record is a structured CloudEvent. It is read strictly: a type or a field that this version does not know was
written by a newer one, and folding on without it would falsify the state, so `decode` raises.
"""

import re
from dataclasses import MISSING, Field, fields
from datetime import datetime
from typing import Any, get_type_hints

import msgspec

from tocsin.domain.commands.inbound import Body, Input, Tick
from tocsin.domain.instant import Instant, from_datetime, to_datetime
from tocsin.messages.names import BODIES, RENAMED, TOLD_BY_TYPE, MessageType, type_of
from tocsin.messages.record import Record


class InboxRecordUnreadable(ValueError):  # noqa: N818 - says what is the matter; the worker stops on it
    """A record of the inbox that this version cannot read. The worker must stop, not skip it."""


class _Attributes(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    specversion: str = ""
    type: MessageType
    tenant: str = ""
    source: str = ""
    id: str = ""
    time: datetime | None = None
    salt: str = ""
    origin: str = ""


class _Envelope(_Attributes, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Written(_Attributes, kw_only=True, omit_defaults=True, gc=False):
    data: msgspec.Struct


def _wire_field(kind: MessageType, body_field: Field[Any], hints: dict[str, Any]) -> tuple[str, Any, Any]:
    default = TOLD_BY_TYPE.get(kind, {}).get(body_field.name, body_field.default)
    if default is MISSING:
        return (body_field.name, hints[body_field.name], msgspec.NODEFAULT)
    return (body_field.name, hints[body_field.name], default)


def _wire_struct(kind: MessageType) -> type[msgspec.Struct]:
    """The shape of `data` under `kind`: the body's fields by their wire names, defaults left out."""
    body = BODIES[kind]
    hints = get_type_hints(body)
    return msgspec.defstruct(
        definition_name(kind),
        [_wire_field(kind, body_field, hints) for body_field in fields(body)],
        rename=RENAMED.get(body, {}),
        kw_only=True,
        omit_defaults=True,
        forbid_unknown_fields=True,
    )


def definition_name(kind: MessageType) -> str:
    """What `data` of that type is called in schemas: `CallMissed` for `tocsin.call.missed`."""
    return re.sub(r"[._]?([a-z]+)", lambda match: match[1].title(), kind.removeprefix("tocsin."))


_STRUCTS = {kind: _wire_struct(kind) for kind in MessageType}
_DECODERS = {kind: (msgspec.json.Decoder(_STRUCTS[kind]), BODIES[kind]) for kind in MessageType}
_envelope_decoder = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()


def encode(  # noqa: PLR0913 - the attributes of one record, by name
    body: Body, *, tenant: str, source: str, input_id: str, time: Instant | None, salt: str, origin: str
) -> bytes:
    """The value of the inbox record for `body`.

    `time` None: the input has no readable time of its own and is dated by its inbox stamp. `salt` is hex,
    `origin` is `topic/partition/offset` of what was accepted. `AdoptContract` by intake itself has an empty origin.
    """
    kind = type_of(body)
    return _encoder.encode(
        _Written(
            specversion="1.0",
            type=kind,
            tenant=tenant,
            source=source,
            id=input_id,
            time=None if time is None else to_datetime(time),
            salt=salt,
            origin=origin,
            data=msgspec.convert(body, _STRUCTS[kind], from_attributes=True),
        )
    )


TICK = _encoder.encode(_Envelope(specversion="1.0", type=MessageType.TICK))
"""The value of a tick; its key is null. The broker's stamp on it is its whole meaning."""


def decode(record: Record) -> Input:
    """The input that an inbox record holds. Raises `InboxRecordUnreadable`.

    It happened at its `time`, but never later than its stamp; without a `time` at its stamp, and marked.
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
    decoder, body_type = _DECODERS[envelope.type]
    dated_by_arrival = envelope.time is None and body_type is not Tick
    happened_at = record.timestamp if envelope.time is None else min(from_datetime(envelope.time), record.timestamp)
    return Input(
        tenant=envelope.tenant,
        source=envelope.source,
        id=envelope.id,
        recorded_at=record.timestamp,
        happened_at=happened_at,
        offset=record.offset,
        body=msgspec.convert(decoder.decode(envelope.data), body_type, from_attributes=True),
        dated_by_arrival=dated_by_arrival,
        salt=envelope.salt,
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an inbox record, derived from what `encode` writes."""
    kinds = list(MessageType)
    (_, *data), definitions = msgspec.json.schema_components(
        [_Attributes, *(_STRUCTS[kind] for kind in kinds)], ref_template="#/$defs/{name}"
    )
    record = definitions.pop(_Attributes.__name__)
    record["properties"] |= {"time": {"type": "string", "format": "date-time"}, "data": {}}
    by_type = [
        {"properties": {"type": {"const": kind.value}, "data": schema}}
        for kind, schema in zip(kinds, data, strict=True)
    ]
    described = {**record, "description": "One accepted input, an adoption or a tick. Absent means its default."}
    return {**described, "oneOf": by_type, "$defs": definitions}
