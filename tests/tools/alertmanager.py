"""A real Alertmanager (Debian's, unpacked without root) in a process of its own."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from patience import wait_for
from tests.tools.debian import ALERTMANAGER, KEPT, program

from tocsin.dev.kafka import free_port

_SHARE, _SHARE_HERE = b"/usr/share/prometheus/alertmanager", b"usr/share/prometheus//alertmanager"
"""Where Debian's program looks for its templates, and the same place from the folder of the unpacked package."""

_CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


class Alertmanager:
    """Its address, and the alerts that it has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Raises `MissingProgramError` where there is none."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start it with what it has kept, and wait until it answers."""
        (self._folder / "alertmanager.yml").write_text(_CONFIG)
        executable, folder = runnable(program(ALERTMANAGER, "prometheus-alertmanager"))
        command: list[str | Path] = [
            executable,
            f"--config.file={self._folder}/alertmanager.yml",
            f"--storage.path={self._folder}/data",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
        with (self._folder / "alertmanager.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        wait_for(self._answers, "Alertmanager answers")

    def stop(self) -> None:
        """Kill it: its alerts are in memory alone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def alerts(self) -> list[dict[str, Any]]:
        """What is open there."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=5) as answer:  # noqa: S310 - its own address
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def open(self) -> set[str]:
        """The incidents that are open there, by their key."""
        return {alert["labels"]["dedup_key"] for alert in self.alerts()}

    def silence(self, by: str, **labels: str) -> None:
        """As its button beside an alert does."""
        matchers = [{"name": name, "value": value, "isRegex": False} for name, value in labels.items()]
        times = {"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"}
        content = json.dumps({"matchers": matchers, "createdBy": by, "comment": "mine", **times}).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}/api/v2/silences", content, headers)  # noqa: S310 - its own address
        urllib.request.urlopen(asked, timeout=5).close()  # noqa: S310 - as above

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "alertmanager.log").read_text()
        try:
            self.alerts()
        except OSError:
            return False
        return True


def runnable(found: Path) -> tuple[Path, Path]:
    """The program, and the folder to run it in: what is unpacked and not installed finds its templates from there."""
    if KEPT not in found.parents:
        return found, found.parent
    here = found.with_name("alertmanager-here")
    if not here.exists():
        moved = here.with_suffix(f".{os.getpid()}")
        moved.write_bytes(found.read_bytes().replace(_SHARE, _SHARE_HERE))
        moved.chmod(0o755)
        moved.rename(here)
    return here, found.parents[2]
