"""The AsyncAPI document: every topic with its messages and its key."""

from tocsin.messages.record import Topic
from tocsin.schemas.messages import JsonSchema, MessageSchema


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
        "channels": {_channel(topic): _channel_object(topic, everything) for topic in Topic},
        "operations": {
            f"{'send' if topic.by_worker else 'receive'}-{_channel(topic)}": {
                "action": "send" if topic.by_worker else "receive",
                "channel": {"$ref": f"#/channels/{_channel(topic)}"},
            }
            for topic in Topic
        },
    }


def _channel(topic: Topic) -> str:
    return topic.removeprefix("soc.")


def _channel_object(topic: Topic, everything: list[MessageSchema]) -> JsonSchema:
    return {
        "address": topic.value,
        "description": topic.holds,
        "messages": {
            message.name: _message_object(message, topic.key) for message in everything if message.topic is topic
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
