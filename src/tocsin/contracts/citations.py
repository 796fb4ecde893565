"""Every rule of a compiled contract with the clause that it comes from."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import Citation

_LABELS = ("id", "name", "reason", "rules", "priorities", "priority", "objective", "work")
"""The fields that may name a rule in a list; the first that it has does."""


def citations(contract: Contract) -> Iterator[tuple[str, Citation]]:
    """Each rule's place in the contract, such as `plans.standard.objectives.callback.targets.P1`, and its source."""
    yield from _walk(contract, ())


def readings(contract: Contract) -> Iterable[tuple[Citation, list[str]]]:
    """Each source that has a reading, assumed or not, with the places of all rules that share it."""
    places: dict[Citation, list[str]] = {}
    for where, cites in citations(contract):
        if cites.reading:
            places.setdefault(cites, []).append(where)
    return places.items()


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Citation]]:
    if isinstance(value, Citation):
        yield ".".join(part for part in path if part not in ("cites", "citations")), value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _walk(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _walk(child, (*path, str(key)))
    elif isinstance(value, tuple):
        for index, child in enumerate(value, start=1):
            yield from _walk(child, (*path, _label(child, index)))


def _label(value: Any, index: int) -> str:
    label = next((found for name in _LABELS if (found := getattr(value, name, None))), str(index))
    return "+".join(label) if isinstance(label, tuple) else str(label)
