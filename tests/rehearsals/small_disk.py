"""A real file system of some megabytes, which needs no root: a tmpfs in a namespace of our own."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FILLER = ".filler"


class SmallDisk:
    """The file system is there for processes that are begun `inside` alone; for others the folder is empty."""

    def __init__(self, folder: Path, process: int) -> None:
        self.folder = folder
        self.inside = f"nsenter --target {process} --user --mount --preserve-credentials"
        """What stands before a command that sees it."""

    def fill(self, leave: int = 0) -> None:
        """Let somebody else fill it up to so many bytes."""
        self.empty()
        self._run(
            f"free=$(df --output=avail -B1 . | tail -1); head -c $((free - {leave})) /dev/zero > {_FILLER} || true"
        )

    def empty(self) -> None:
        """Give that room back."""
        self._run(f"rm -f {_FILLER}")

    def program(self, path: Path, program: Path) -> Path:
        """Make at `path` a `program` that runs inside."""
        path.write_text(f'#!/bin/sh\nexec {self.inside} {shlex.quote(str(program))} "$@"\n')
        path.chmod(0o700)
        return path

    def _run(self, script: str) -> None:
        command = [*self.inside.split(), "sh", "-c", f"cd {shlex.quote(str(self.folder))} && {script}"]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """A file system of that `size` at `folder`. Skips the test where namespaces are forbidden."""
    folder.mkdir(parents=True)
    mount = f"mount -t tmpfs -o size={size},mode=0777 tmpfs {shlex.quote(str(folder))} && echo mounted && exec cat"
    holder = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sys.stderr if os.isatty(2) else subprocess.DEVNULL,
    )
    with holder:
        if not holder.stdout or holder.stdout.readline() != b"mounted\n":
            pytest.skip("a small disk needs user namespaces, and this system forbids them")
        try:
            yield SmallDisk(folder, holder.pid)
        finally:
            holder.kill()
