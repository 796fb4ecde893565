"""The commands of docs/recovery.md, typed by the rehearsals in their order."""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from patience import HANG_SECONDS
from tests.tools.page import blocks, typed
from workers import Worker, Workers

from tocsin.settings import Settings

PAGE = "recovery.md"
_LONG = 3 * HANG_SECONDS


class Commands:
    """The blocks of a section, of which each is typed once. `settings` are known to them; they begin in `folder`."""

    def __init__(self, section: str, settings: Settings, folder: Path) -> None:
        self._left = deque(blocks(PAGE, section))
        self._settings = settings
        self._folder = folder

    @classmethod
    @contextmanager
    def of(cls, section: str, settings: Settings, folder: Path) -> Iterator[Self]:
        """The commands; at the end all of them have been typed."""
        commands = cls(section, settings, folder)
        yield commands
        assert not commands._left, f"not rehearsed: {commands._left}"

    async def type(self, status: int = 0, **written: str) -> str:
        """Type the next block; what it said. `written` are words of the page, and what they stand for here."""
        script = self._next(written)
        done = await asyncio.to_thread(typed, script, self._folder, self._environment(), _LONG)
        assert done.returncode == status, f"{script}{done.stdout}"
        return done.stdout

    def begin(self, workers: Workers, **written: str) -> Worker:
        """Type the next block, whose command goes on until it is stopped."""
        shell = "import os, sys; os.execvp('bash', ['bash', '-c', sys.argv[1]])"
        return workers.start(self._settings, "-c", shell, self._next(written), **self._environment())

    def _next(self, written: dict[str, str]) -> str:
        script = self._left.popleft()
        for word, here in written.items():
            assert word in script
            script = script.replace(word, here)
        return script

    def _environment(self) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        path = f"{Path(sys.executable).parent}:{bare['PATH']}"
        return {**bare, **self._settings.environment(), "PATH": path, "USER": "ada"}
