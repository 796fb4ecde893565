"""The error of a wrong contract or tenants file, and the problems in it."""

KeyPath = tuple[str | int, ...]
"""The keys and indices that lead to a place in a document."""

Problem = tuple[KeyPath, str]
"""A place in a document, and a text that says what is wrong there and what to do."""


class ContractError(ValueError):
    """A contract or tenants file is wrong. The message has a line for each fault: `file:line: where: what to do`."""
