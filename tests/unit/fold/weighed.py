"""What a piece of state weighs in memory: every object that is reached from it, once."""

import sys
from collections import Counter, deque
from collections.abc import Iterator
from enum import Enum
from types import FunctionType, MethodType, ModuleType
from typing import Any

_SHARED = (type, FunctionType, MethodType, ModuleType, Enum)


def weighed(root: object) -> Counter[str]:
    """The bytes of all objects under `root`, by the name of their type."""
    bytes_of: Counter[str] = Counter()
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, _SHARED):
            continue
        seen.add(id(each))
        bytes_of[type(each).__name__] += sys.getsizeof(each)
        waiting.extend(_under(each))
    return bytes_of


def _under(each: Any) -> Iterator[object]:
    """What `each` holds: its items, and its attributes."""
    if isinstance(each, dict):
        yield from each.keys()
        yield from each.values()
    elif isinstance(each, list | tuple | set | frozenset | deque):
        yield from each
    yield from getattr(each, "__dict__", {}).values()
    for kind in type(each).__mro__:
        slots = getattr(kind, "__slots__", ())
        yield from (getattr(each, name) for name in slots if hasattr(each, name))
