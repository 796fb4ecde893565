"""A YAML file as plain data that knows the line of each of its parts.

Every scalar is a string: `NO` is Norway, `18:00` a time of day and `2.10` a clause. The model says what a value means.
Anchors, aliases and merge keys (`<<`) work as in any YAML, up to a size. A key that is given twice is refused.
"""

import re
from typing import Any, ClassVar

import yaml

from tocsin.contracts.errors import ContractError, KeyPath

_PARTS_MAX = 100_000
"""The most parts of a file, each alias counted in full: 50 times those of the largest shipped contract."""

_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", None)


class _Loader(yaml.CSafeLoader):
    """PyYAML's safe loader on libyaml, without its guesses at the meaning of a plain scalar."""

    yaml_constructors: ClassVar = {tag: make for tag, make in yaml.SafeLoader.yaml_constructors.items() if tag in _TAGS}


_Loader.yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("^<<$"))]}


class Document:
    """The data of a YAML text; `name` is what errors call the file."""

    def __init__(self, text: str, name: str) -> None:
        """Raises `ContractError` for what is no YAML, gives a key twice, or repeats too much through aliases."""
        self.name = name
        try:
            loader = _Loader(text)
            self._root = loader.get_single_node()
            if self._root:
                _checked_size(self._root, {})
            self.data: Any = loader.construct_document(self._root) if self._root else {}
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ContractError(f"{name}:{line}: {error.problem}") from None
        except (yaml.YAMLError, RecursionError) as error:
            raise ContractError(f"{name}:1: this is no YAML: {type(error).__name__}") from None

    def place(self, path: KeyPath) -> str:
        """`file:line: dotted.path`, the line being that of the innermost part of `path` that the file has."""
        node, line = self._root, 1
        for part in path:
            step = _step(node, part)
            if step is None:
                break
            node, line = step
        return ": ".join(filter(None, (f"{self.name}:{line}", ".".join(map(str, path)))))


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    """The child of `node` at `part`, and the line that names it."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child = node.value[part]
        return child, child.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):  # the last one counts where a merge key brought another
            if key.value == part:
                return value, key.start_mark.line + 1
    return None


def _checked_size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """The number of parts of `node`. Raises `MarkedYAMLError` if a key is given twice, or there are too many parts.

    `sizes` has those of the nodes seen before, so that an alias costs nothing here.
    """
    if id(node) not in sizes:
        sizes[id(node)] = 0  # for an alias to the part that it stands in; the model refuses that
        sizes[id(node)] = 1 + sum(_checked_size(child, sizes) for child in _children(node))
        if sizes[id(node)] > _PARTS_MAX:
            raise _fault(node, f"its aliases stand for more than {_PARTS_MAX} parts; no such file is meant")
    return sizes[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        names = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in names:
                raise _fault(key, f"{key.value!r} is given twice; keep one of the two")
            names.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _fault(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
