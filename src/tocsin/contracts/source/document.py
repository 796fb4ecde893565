"""A YAML file as plain data that knows the line of each of its parts.

Every scalar is a string: `NO` is Norway, `18:00` a time of day and `2.10` a clause. What a value means is for the
model to say. Anchors, aliases and merge keys (`<<`) work as in any YAML; a key that is given twice is refused.
"""

import re
from collections.abc import Hashable, Iterator
from typing import Any

import yaml

from tocsin.contracts.errors import ContractError, Path


class _Loader(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer,
              yaml.constructor.SafeConstructor, yaml.resolver.BaseResolver):  # fmt: skip
    """PyYAML's safe loader without its guesses at what a plain scalar means."""

    def __init__(self, stream: str) -> None:
        yaml.reader.Reader.__init__(self, stream)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        yaml.constructor.SafeConstructor.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)


_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])


class Document:
    """The data of a YAML text; `name` is what errors call the file."""

    def __init__(self, text: str, name: str) -> None:
        """Raises `ContractError` for what is no YAML, or gives a key twice."""
        self.name = name
        try:
            loader = _Loader(text)
            self._root = loader.get_single_node()
            _refuse_repeated_keys(self._root)
            self.data: Any = loader.construct_document(self._root) if self._root else None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ContractError(f"{name}:{line}: {error.problem}") from None
        except (yaml.YAMLError, RecursionError) as error:
            raise ContractError(f"{name}:1: this is no YAML: {type(error).__name__}") from None

    def place(self, path: Path) -> str:
        """`file:line: dotted.path`, the line being that of the innermost part of `path` that the file has."""
        node, line = self._root, 1
        for part in path:
            step = _step(node, part)
            if step is None:
                break
            node, line = step
        return ": ".join(filter(None, (f"{self.name}:{line}", ".".join(map(str, path)))))


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    """The child of `node` at `part`, and the line on which it is named."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child = node.value[part]
        return child, child.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):  # the last one counts where a merge key brought another
            if key.value == part:
                return value, key.start_mark.line + 1
    return None


def _refuse_repeated_keys(root: yaml.Node | None) -> None:
    for mapping in _mappings(root, set()):
        seen: set[Hashable] = set()
        for key, _ in mapping.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} is given twice; keep one of the two", problem_mark=key.start_mark
                )
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))


def _mappings(node: yaml.Node | None, seen: set[int]) -> Iterator[yaml.MappingNode]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield node
        for pair in node.value:
            for child in pair:
                yield from _mappings(child, seen)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _mappings(child, seen)
