"""A TOML file as plain data that knows the line of each of its parts."""

import re
import tomllib
from functools import cached_property
from typing import Any

from tocsin.contracts.errors import ContractError, KeyPath

_TABLE = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*=")


class TomlDocument:
    """The TOML counterpart of `Document`. For a key in an inline table it knows the line of the table."""

    def __init__(self, text: str, name: str) -> None:
        """Raises `ContractError` for what is no TOML."""
        self.name = name
        self._lines = text.splitlines()
        try:
            self.data: Any = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ContractError(f"{name}: is no TOML: {error}") from None
        except RecursionError:
            raise ContractError(f"{name}: is nested too deeply; no such file is meant") from None

    def place(self, path: KeyPath) -> str:
        """`file:line: dotted.path`, as `Document` has it."""
        known = next((path[:size] for size in range(len(path), 0, -1) if path[:size] in self._lines_of_keys), None)
        line = f":{self._lines_of_keys[known]}" if known else ""
        return f"{self.name}{line}: {'.'.join(map(str, path))}"

    @cached_property
    def _lines_of_keys(self) -> dict[KeyPath, int]:
        lines: dict[KeyPath, int] = {}
        table: KeyPath = ()
        for number, line in enumerate(self._lines, start=1):
            if header := _TABLE.match(line):
                table = tuple(header[2].split("."))
                if header[1] == "[[":
                    lines.setdefault(table, number)
                    table = (*table, sum(place[:-1] == table for place in lines if isinstance(place[-1], int)))
                lines[table] = number
            elif key := _KEY.match(line):
                lines[(*table, key[1])] = number
        return lines
