"""Child processes that never outlive us, not even if we are killed."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

# Reads until its standard input ends: the kernel closes our end of the pipe, however this process ends.
_WATCH = 'cat >/dev/null; kill -TERM "$0" 2>/dev/null && sleep 3 && kill -KILL "$0" 2>/dev/null'


class Child:
    """A running command in a session of its own, so that Ctrl-C in the terminal reaches only us.

    Its standard output and error are appended to `output`. Use it as a context manager, or call `stop`.
    """

    def __init__(self, command: Sequence[str | Path], output: Path, env: Mapping[str, str] | None = None) -> None:
        with output.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the caller's own, no shell reads it
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self._watcher = subprocess.Popen(  # noqa: S603 - a fixed script; the only argument is a number
            ["/bin/sh", "-c", _WATCH, str(self._process.pid)], stdin=subprocess.PIPE, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """The process id, for signals."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        return self._process.poll()

    def stop(self, patience: float) -> int:
        """Ask it to end, and end it after `patience` seconds. The exit status. Harmless when it has ended."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        return self.kill()

    def kill(self) -> int:
        """End it with SIGKILL and wait for that. The exit status. Harmless when it has ended."""
        self._process.kill()
        status = self._process.wait()
        self._watcher.kill()
        self._watcher.wait()
        if self._watcher.stdin:
            self._watcher.stdin.close()
        return status

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(patience=5)


def tocsin_command(*arguments: str) -> list[str]:
    """The command line of another `tocsin` by the same interpreter."""
    return [sys.executable, "-c", "from tocsin.cli import main; main()", *arguments]
