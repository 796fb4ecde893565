"""A contract and an overlay to begin with, and the scenarios that test them."""

from importlib import resources

from tocsin.contracts.library import SCENARIOS

_NAME = "starter"
"""What the files here are named, and call themselves."""


def starter(kind: str, name: str) -> dict[str, str]:
    """The files of a new `contract` or `overlay` by that name, and their texts: it itself, and its scenarios."""
    return {f"{name}{ending}": _text(f"{kind}{ending}").replace(_NAME, name) for ending in (".yaml", SCENARIOS)}


def _text(file: str) -> str:
    return resources.files(__name__).joinpath(file).read_text(encoding="utf-8")
