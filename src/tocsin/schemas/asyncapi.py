"""The AsyncAPI document: every topic with its messages and its key."""

from typing import NamedTuple

from tocsin.messages.record import Topic
from tocsin.schemas.messages import JsonSchema, MessageSchema


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


def asyncapi(everything: list[MessageSchema]) -> JsonSchema:
    """The AsyncAPI document of all topics, with the messages `everything`."""
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


def _channel_object(topic: Topic, everything: list[MessageSchema]) -> JsonSchema:
    return {
        "address": topic.value,
        "description": _TOPICS[topic].title,
        "messages": {
            message.name: _message_object(message, _TOPICS[topic].key)
            for message in everything
            if message.topic is topic
        },
    }


def _message_object(message: MessageSchema, key: str) -> JsonSchema:
    schema = {
        "schemaFormat": "application/schema+json;version=draft-2020-12",
        "schema": {"$ref": f"./{message.name}.schema.json"},
    }
    return {
        "name": message.name,
        "headers" if message.in_headers else "payload": schema,
        "bindings": {"kafka": {"key": {"type": ["string", "null"], "description": key}}},
    }
