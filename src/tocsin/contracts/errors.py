"""What is wrong with a file that an operator has written."""

from collections.abc import Iterator

from pydantic import ValidationError

Path = tuple[str | int, ...]
"""The keys and indices that lead to a place in a document."""


class ContractError(ValueError):
    """A contract or tenants file is wrong. The message has one line a fault: `file:line: where: what to do`."""


def faults(error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Where and what, for each fault that pydantic found. A value is never repeated: it may be personal."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    for fault in found:
        size = len(fault["loc"])
        if fault["type"] == "too_short" and any(it["loc"][:size] == fault["loc"] != it["loc"] for it in found):
            continue  # pydantic does not count the items that are faulty themselves
        if fault["type"] == "extra_forbidden":
            yield fault["loc"], "there is no such key here; look for a slip in its spelling, or remove it"
        else:
            yield fault["loc"], fault["msg"].removeprefix("Value error, ")
