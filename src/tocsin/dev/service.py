"""A process of ours that must not end before we do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tocsin.dev.errors import DevError
from tocsin.dev.processes import Child, tocsin_command
from tocsin.render.text import safe

_STOP_SECONDS = 5
_LOG_LINES_SHOWN = 8


class Service(NamedTuple):
    """A `tocsin` that runs; `name` is for people."""

    name: str
    child: Child
    log: Path

    def require(self) -> None:
        """Raise `DevError` with the end of its log where it has ended."""
        if self.child.returncode is not None:
            raise DevError(f"The {self.name} ended with exit status {self.child.returncode}. Its log:\n{self.said()}")

    def said(self) -> str:
        """The end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
        return "\n".join([f"  ... {self.log}", *(f"  {safe(line)}" for line in lines)])


@contextmanager
def served(name: str, log: Path, env: Mapping[str, str], *arguments: str) -> Iterator[Service]:
    """Run `tocsin` with `arguments` while the context is open."""
    child = Child(tocsin_command(*arguments), log, env)
    try:
        yield Service(name, child, log)
    finally:
        child.stop(_STOP_SECONDS)
