"""JSON Schemas of every message and an AsyncAPI document of the topics, made from the models that do the work.

What is written under `schemas/` is generated, never edited: `tocsin schemas` writes it, `tocsin schemas --check` says
whether it is current.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from tocsin.domain.contract.model import Contract
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.snapshot import PartitionState
from tocsin.messages import inbox
from tocsin.messages.alert import AlertEvent
from tocsin.messages.dead_letters import HEADER_PREFIX, DeadLetterReason
from tocsin.messages.models import EVENTS
from tocsin.messages.models.base import CloudEvent
from tocsin.messages.record import Topic
from tocsin.schemas.journal import journal_schema

JsonSchema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Message(NamedTuple):
    """One kind of message on one topic. `in_headers`: the schema is that of the Kafka headers, not of the value."""

    name: str
    topic: Topic
    schema: JsonSchema
    in_headers: bool = False


class _TopicText(NamedTuple):
    title: str
    key: str
    by_worker: bool  # the worker writes it; otherwise it reads it


_TOPICS = {
    Topic.SECURITY_EVENTS: _TopicText(
        "Detections: our own schema, OCSF Detection and Security Findings, or Suricata EVE alerts",
        "any",
        by_worker=False,
    ),
    Topic.CALLS: _TopicText("Calls received and placed", "any", by_worker=False),
    Topic.EMAILS: _TopicText("Mail received and sent: our own schema, or raw RFC 5322", "any", by_worker=False),
    Topic.DESK: _TopicText("What analysts, the portal and the command line say", "any", by_worker=False),
    Topic.INBOX: _TopicText("The log: every accepted input, ticks, adoptions", "tenant", by_worker=True),
    Topic.TICKET_EVENTS: _TopicText("The journal: what was decided, hash-chained", "ticket", by_worker=True),
    Topic.ALERTS: _TopicText("Alerts, for paging systems and people", "ticket", by_worker=True),
    Topic.TICKETS: _TopicText("State of each ticket; a restart restores from it", "ticket", by_worker=True),
    Topic.TENANTS: _TopicText(
        "State of tenants, callers and partitions",
        "tenant/NAME, caller/NAME/NUMBER, contract/HASH or partition/N",
        by_worker=True,
    ),
    Topic.DEAD_LETTERS: _TopicText("Input that could not be accepted, as it came", "original", by_worker=True),
}

_STATE = {
    "ticket": (Topic.TICKETS, Ticket),
    "tenant": (Topic.TENANTS, Tenant),
    "caller": (Topic.TENANTS, Caller),
    "contract": (Topic.TENANTS, Contract),
    "partition": (Topic.TENANTS, PartitionState),
}
"""What a restart restores from. Times in it are milliseconds since 1970."""


def messages() -> Iterator[Message]:
    """Every message of every topic. A further kind of message is a further line."""
    for topic, kinds in EVENTS.items():
        for kind, model in kinds.items():
            yield Message(kind.removeprefix("tocsin."), topic, _input_schema(kind, model))
    yield Message("inbox", Topic.INBOX, inbox.json_schema())
    yield Message("ticket-event", Topic.TICKET_EVENTS, journal_schema())
    yield Message("alert", Topic.ALERTS, _inlined(msgspec.json.schema(AlertEvent)))
    for name, (topic, state) in _STATE.items():
        yield Message(f"state.{name}", topic, _inlined(msgspec.json.schema(state)))
    yield Message("dead-letter.headers", Topic.DEAD_LETTERS, _dead_letter_headers(), in_headers=True)


def files() -> dict[str, str]:
    """The content of each file under `schemas/`, by its name."""
    everything = list(messages())
    texts = {f"{message.name}.schema.json": _text(_titled(message)) for message in everything}
    return texts | {"asyncapi.json": _text(_asyncapi(everything))}


def _input_schema(kind: str, model: type[CloudEvent]) -> JsonSchema:
    schema = model.model_json_schema(by_alias=True)
    schema["properties"]["type"] = {"const": kind}
    schema["description"] = f"{schema['description']} A CloudEvent, structured or binary."
    return schema


def _dead_letter_headers() -> JsonSchema:
    texts = {
        "reason": {"enum": [reason.value for reason in DeadLetterReason]},
        "detail": {"type": "string", "description": "What is wrong, in ASCII, without what the message says."},
        "origin-topic": {"type": "string", "description": "Where it stood, by the topic's default name."},
        "origin-partition": {"type": "string", "pattern": "^[0-9]+$"},
        "origin-offset": {"type": "string", "pattern": "^[0-9]+$"},
        "origin-timestamp": {"type": "string", "description": "Its Kafka stamp, in milliseconds since 1970."},
        "truncated-from": {"type": "string", "description": "The value's bytes, where only its beginning is kept."},
        "key-truncated-from": {"type": "string", "description": "The key's bytes, where only its beginning is kept."},
    }
    always = [name for name in texts if "truncated" not in name]
    return {
        "description": "Why an input could not be accepted. Its own headers stand beside these.",
        "type": "object",
        "properties": {HEADER_PREFIX + name: schema for name, schema in texts.items()},
        "required": [HEADER_PREFIX + name for name in always],
    }


def _inlined(schema: JsonSchema) -> JsonSchema:
    """`schema` with its outermost type in place of a reference to it."""
    definitions = dict(schema["$defs"])
    return {**definitions.pop(schema["$ref"].rpartition("/")[2]), "$defs": definitions}


def _titled(message: Message) -> JsonSchema:
    return {"$schema": _DIALECT, **message.schema, "title": message.name}


def _asyncapi(everything: list[Message]) -> JsonSchema:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tocsin",
            "version": "1",
            "description": "What goes in and what comes out. Topics stand here by their default names.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_channel(topic): _channel_object(topic, everything) for topic in _TOPICS},
        "operations": {
            f"{'send' if text.by_worker else 'receive'}-{_channel(topic)}": {
                "action": "send" if text.by_worker else "receive",
                "channel": {"$ref": f"#/channels/{_channel(topic)}"},
            }
            for topic, text in _TOPICS.items()
        },
    }


def _channel(topic: Topic) -> str:
    return topic.removeprefix("soc.")


def _channel_object(topic: Topic, everything: list[Message]) -> JsonSchema:
    return {
        "address": topic.value,
        "description": _TOPICS[topic].title,
        "messages": {
            message.name: _message_object(message, _TOPICS[topic].key)
            for message in everything
            if message.topic is topic
        },
    }


def _message_object(message: Message, key: str) -> JsonSchema:
    schema = {
        "schemaFormat": "application/schema+json;version=draft-2020-12",
        "schema": {"$ref": f"./{message.name}.schema.json"},
    }
    return {
        "name": message.name,
        "headers" if message.in_headers else "payload": schema,
        "bindings": {"kafka": {"key": {"type": ["string", "null"], "description": key}}},
    }


def _text(document: JsonSchema) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
