"""YAML as editors read it, by version 1.2: a time of day is no number, a date is text."""

import re
from typing import Any

import yaml


class _Yaml12(yaml.SafeLoader):
    """PyYAML's safe loader with fewer guesses."""


_Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(("timestamp", "int"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml12.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[0-9]+$"), list("0123456789"))


def as_editors_read(text: str) -> Any:
    """The data in `text`."""
    return yaml.load(text, Loader=_Yaml12)  # noqa: S506 - a safe loader
