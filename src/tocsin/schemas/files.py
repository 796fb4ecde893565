"""The files under `schemas/`: generated, never edited. `tocsin schemas` writes them, `--check` compares them."""

import json

import msgspec

from tocsin.report.model import Report
from tocsin.schemas.asyncapi import asyncapi
from tocsin.schemas.messages import JsonSchema, inlined, messages
from tocsin.schemas.operator_files import operator_schemas

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def files() -> dict[str, str]:
    """The content of each file, by its name."""
    everything = list(messages())
    schemas = {message.name: {**message.schema, "title": message.name} for message in everything} | operator_schemas()
    schemas["report"] = {**inlined(msgspec.json.schema(Report)), "title": "Tocsin report of a client"}
    texts = {f"{name}.schema.json": _text({"$schema": _DIALECT, **schema}) for name, schema in schemas.items()}
    return texts | {"asyncapi.json": _text(asyncapi(everything))}


def _text(document: JsonSchema) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
