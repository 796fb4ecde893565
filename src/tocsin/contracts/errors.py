"""The error of a wrong contract or tenants file, and the faults in it."""

from collections.abc import Iterator

from pydantic import ValidationError

KeyPath = tuple[str | int, ...]
"""The keys and indices that lead to a place in a document."""


class ContractError(ValueError):
    """A contract or tenants file is wrong. The message has one line a fault: `file:line: where: what to do`."""


def validation_faults(error: ValidationError) -> Iterator[tuple[KeyPath, str]]:
    """Each fault that pydantic found, as its place and a text. No text repeats a value: it may be personal."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    for fault in found:
        size = len(fault["loc"])
        if fault["type"] == "too_short" and any(it["loc"][:size] == fault["loc"] != it["loc"] for it in found):
            continue  # pydantic does not count the items that are faulty themselves
        if fault["type"] == "extra_forbidden":
            yield fault["loc"], "there is no such key here; look for a slip in its spelling, or remove it"
        else:
            yield fault["loc"], fault["msg"].removeprefix("Value error, ")
