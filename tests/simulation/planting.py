"""Plants a bug: the source of one function is changed, and the function that this gives put in its place.

A change whose text is no longer found raises: a bug that is not planted would never be found, and never missed.
"""

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch


class MisplacedError(LookupError):
    """The text that a bug replaces does not stand exactly once in the function that it is for."""


class Change(NamedTuple):
    """In the source of the function `where` (`module:Class.method`), `old` becomes `new`."""

    where: str
    old: str
    new: str


class Bug:
    """A mistake that somebody could really make: its name, a sentence that says what it is, and how to make it."""

    def __init__(self, name: str, mistake: str, *changes: Change) -> None:
        self.name = name
        self.mistake = mistake
        self.changes = changes


@contextmanager
def planted(bug: Bug | None) -> Iterator[None]:
    """The code with `bug` in it, meanwhile. Raises `MisplacedError`."""
    with ExitStack() as stack:
        for change in bug.changes if bug else ():
            owner, name = _owner(change.where)
            stack.enter_context(patch.object(owner, name, _changed(change, inspect.getattr_static(owner, name))))
        yield


def _owner(where: str) -> tuple[Any, str]:
    module, _, path = where.partition(":")
    *outer, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for part in outer:
        owner = getattr(owner, part)
    return owner, name


def _changed(change: Change, found: Any) -> Any:
    """The function, static method or property `found`, from its changed source."""
    function: Any = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(change.old) != 1:
        raise MisplacedError(f"{change.where} holds {source.count(change.old)} times, and not once: {change.old!r}")
    made: dict[str, Any] = {}
    code = compile(source.replace(change.old, change.new), f"<{change.where}>", "exec")
    exec(code, function.__globals__, made)  # noqa: S102 - the source is the project's own, the change a test's
    return made[function.__name__]
