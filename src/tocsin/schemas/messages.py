"""The JSON Schema of every message, made from the models that do the work."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from tocsin.domain.alerts.alert import AlertEvent
from tocsin.domain.contract.model import Contract
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.redriven import RedrivenInput
from tocsin.engine.snapshot import PartitionState
from tocsin.messages import inbox
from tocsin.messages.dead_letters import DeadLetterReason
from tocsin.messages.models.base import CloudEvent
from tocsin.messages.record import HEADER_PREFIX, Topic
from tocsin.messages.registry import EVENTS
from tocsin.schemas.journal import journal_schema

JsonSchema = dict[str, Any]


class MessageSchema(NamedTuple):
    """A kind of message on a topic. With `in_headers` the schema is for the Kafka headers, not for the value."""

    name: str
    topic: Topic
    schema: JsonSchema
    in_headers: bool = False


_STATE = {
    "ticket": (Topic.TICKETS, Ticket),
    "tenant": (Topic.TENANTS, Tenant),
    "caller": (Topic.TENANTS, Caller),
    "redriven": (Topic.TENANTS, RedrivenInput),
    "contract": (Topic.TENANTS, Contract),
    "partition": (Topic.TENANTS, PartitionState),
}
"""The state that a restart restores. Times in it are milliseconds since 1970."""


def messages() -> Iterator[MessageSchema]:
    """Every kind of message of every topic."""
    for topic, kinds in EVENTS.items():
        for kind, model in kinds.items():
            yield MessageSchema(kind.removeprefix("tocsin."), topic, _input_schema(kind, model))
    yield MessageSchema("inbox", Topic.INBOX, inbox.json_schema())
    yield MessageSchema("ticket-event", Topic.TICKET_EVENTS, journal_schema())
    yield MessageSchema("alert", Topic.ALERTS, inlined(msgspec.json.schema(AlertEvent)))
    for name, (topic, state) in _STATE.items():
        yield MessageSchema(f"state.{name}", topic, inlined(msgspec.json.schema(state)))
    yield MessageSchema("dead-letter.headers", Topic.DEAD_LETTERS, _dead_letter_headers(), in_headers=True)


def _input_schema(kind: str, model: type[CloudEvent]) -> JsonSchema:
    schema = model.model_json_schema(by_alias=True)
    schema["properties"]["type"] = {"const": kind}
    schema["description"] = f"{schema['description']} A CloudEvent, structured or binary."
    return schema


_ALWAYS = ("reason", "detail", "origin-topic", "origin-partition", "origin-offset", "origin-timestamp")
"""Headers that every dead letter has."""


def _dead_letter_headers() -> JsonSchema:
    texts = {
        "reason": {"enum": [reason.value for reason in DeadLetterReason]},
        "detail": {"type": "string", "description": "What is wrong, in ASCII, without what the message says."},
        "origin-topic": {"type": "string", "description": "Where it stood, by the topic's default name."},
        "origin-partition": {"type": "string", "pattern": "^[0-9]+$"},
        "origin-offset": {"type": "string", "pattern": "^[0-9]+$"},
        "origin-timestamp": {"type": "string", "description": "Its Kafka stamp, in milliseconds since 1970."},
        "origin-element": {
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)*$",
            "description": "Its place in the array that the record holds; the value is that element alone.",
        },
        "truncated-from": {"type": "string", "description": "The value's bytes, where only its beginning is kept."},
        "key-truncated-from": {"type": "string", "description": "The key's bytes, where only its beginning is kept."},
        "headers-truncated-from": {"type": "string", "description": "How many headers it had, where not all are kept."},
        "redriven-from": {
            "type": "string",
            "description": "Where it first stood, if it was published again from a dead letter and refused again.",
        },
        "first-refused": {"type": "string", "description": "When it was refused there, in milliseconds since 1970."},
    }
    always = [name for name in texts if name in _ALWAYS]
    return {
        "description": "Why an input could not be accepted. Its own headers stand beside these.",
        "type": "object",
        "properties": {HEADER_PREFIX + name: schema for name, schema in texts.items()},
        "required": [HEADER_PREFIX + name for name in always],
    }


def inlined(schema: JsonSchema) -> JsonSchema:
    """`schema` with its outermost type itself in place of the reference to it."""
    definitions = dict(schema["$defs"])
    return {**definitions.pop(schema["$ref"].rpartition("/")[2]), "$defs": definitions}
