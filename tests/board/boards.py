"""A board in a process of its own, and the pages of it in a browser."""

import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tocsin.settings import Settings

_ADDRESS = re.compile(r"board=(http://\S+)")
_COMMAND = "import sys; from tocsin.cli import main; main(sys.argv[1:])"


class Board:
    """One board process. Its log is `log`."""

    def __init__(self, settings: Settings, log: Path, port: int = 0) -> None:
        self.log = log
        environment = {**os.environ, **settings.environment(), "TOCSIN_BOARD_PORT": str(port)}
        self._before = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            command = [sys.executable, "-c", _COMMAND, "board"]
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=log.parent)

    @property
    def address(self) -> str:
        """Where it serves; empty until it does."""
        assert self.process.poll() is None, f"the board has ended: {self.log.read_text()[-2_000:]}"
        found = _ADDRESS.findall(self.log.read_text()[self._before :])
        return found[-1] if found else ""

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def is_ready(self) -> bool:
        """True once it has read the state."""
        return bool(self.address) and self.get("/readyz")[0] == 200

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and body of a page."""
        request = urllib.request.Request(self.address + path, headers=headers)  # noqa: S310 - the board's own address
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> int:
        """The status with which a form is answered, after what it leads to."""
        body = urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.address + path, body, headers)  # noqa: S310 - as above
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return int(answer.status)

    def kill(self) -> None:
        """End it at once. Harmless when it has ended."""
        self.process.kill()
        self.process.wait()
