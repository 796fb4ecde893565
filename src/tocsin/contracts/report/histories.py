"""The recorded histories, and the rules of a contract that each of them shows."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from tocsin.contracts.report.rules import Rule

EXPECTED = ".expected.json"
"""The ending of the file with the expected outputs of a history."""


class History(NamedTuple):
    """A recorded history: its contract, its name, the file of its inputs, and the names of the rules that it shows."""

    contract: str
    name: str
    path: Path
    shows: tuple[str, ...]

    def shows_rule(self, rule: Rule) -> bool:
        """True if one of `shows` names `rule`; `*` stands for anything."""
        return any(fnmatchcase(name, pattern) for name in rule.names() for pattern in self.shows)


def histories(folder: Path) -> list[History]:
    """The histories in `folder`, which has one folder a contract. Raises `ValueError` for one that is not readable."""
    found = []
    for path in sorted(folder.glob(f"*/*{EXPECTED}")):
        shows = json.loads(path.read_text(encoding="utf-8")).get("shows", [])
        name = path.name.removesuffix(EXPECTED)
        found.append(History(path.parent.name, name, path.with_name(f"{name}.jsonl"), tuple(shows)))
    return found
