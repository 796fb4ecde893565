"""The members of a message's `data` by their names on the wire, for those who write them as plain text."""

from functools import cache
from typing import Any

from tocsin.messages.models.base import CloudEvent

Schema = dict[str, Any]


@cache
def members_of(event: type[CloudEvent]) -> Schema:
    """The JSON Schema of each member of the `data`, by its name on the wire."""
    schema = event.model_json_schema(by_alias=True)
    data: Schema = schema["$defs"][schema["properties"]["data"]["$ref"].rpartition("/")[2]]
    return dict(data["properties"])


def types_of(schema: Schema) -> set[str | None]:
    """The JSON types that a member may have."""
    return {each.get("type") for each in (schema, *schema.get("anyOf", ()))}


def scalar(text: str, schema: Schema) -> object:
    """The JSON value that `text` stands for. Raises `ValueError` for what is no truth value where one must stand."""
    types = types_of(schema)
    if "boolean" in types:
        if text not in ("true", "false"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text == "true"
    if "integer" in types and text.isdecimal():
        return int(text)
    return None if "null" in types and text == "null" else text
