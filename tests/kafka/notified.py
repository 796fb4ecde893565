"""A real notify in a process of its own, and alerts for it."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from patience import HANG_SECONDS, until
from workers import Worker, Workers, committed, publish

from tocsin.messages.record import Topic
from tocsin.notify.lane import group_of
from tocsin.notify.receipts import Receipt, read_receipt
from tocsin.notify.standing import standings
from tocsin.settings import Settings

NOTIFY = ("-c", "import tocsin.cli; tocsin.cli.main(['notify', 'run'])")
QUICK = 'retry_first = "1 s"\nretry_longest = "1 s"'
"""Retries as quick as the file can say."""


def alert(name: str, action: str = "trigger", incident: str = "", **more: Any) -> tuple[bytes, bytes]:
    """Key and value of an alert with that id; by itself it opens an incident of its own."""
    data: dict[str, Any] = {
        "kind": "breached" if action == "trigger" else "cleared",
        "action": action,
        "tenant": "acme",
    }
    data |= {
        "dedup_key": f"acme/{incident or name}",
        "ticket": None,
        "title": f"About {name}",
        "priority": "P1",
        **more,
    }
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": name,
        "source": "tocsin",
        "type": "tocsin.alert.x",
        "subject": "acme",
    }
    event |= {"time": "2026-03-01T09:00:00Z", "tenant": "acme", "data": data}
    return (incident or name).encode(), json.dumps(event).encode()


async def say(settings: Settings, alerts: Sequence[tuple[bytes, bytes]]) -> None:
    await publish(settings, Topic.ALERTS, alerts)


class Notify:
    """A notify process. `file` is its notify file."""

    def __init__(self, workers: Workers, settings: Settings, file: Path) -> None:
        self._workers = workers
        self._settings = settings.model_copy(update={"notify_file": file, "notify_port": 0})
        self.process: Worker

    async def start(self, **environment: str) -> "Notify":
        """Start it, and wait until it has its partitions."""
        self.process = self._workers.start(self._settings, *NOTIFY, **environment)
        await self.process.ready()
        return self

    def metric(self, name: str, **labels: str) -> float:
        """The value of a metric; 0 where it is not there."""
        shown = ",".join(f'{label}="{value}"' for label, value in labels.items())
        found = re.search(
            rf"^{name}{re.escape('{' + shown + '}')} (\S+)$", self.process.get("/metrics")[1], re.MULTILINE
        )
        return float(found[1]) if found else 0.0


async def receipts(settings: Settings) -> list[Receipt]:
    """The receipts that stand there."""
    found = (read_receipt(record.value) for record in await committed(settings, Topic.DELIVERIES))
    return [receipt for receipt in found if receipt is not None]


SECRET = "a-secret-of-sufficient-length"


def webhook(name: str, url: str, more: str = QUICK) -> str:
    """A webhook sink of that name."""
    return f'[sinks.{name}]\nkind = "webhook"\nurl = "{url}"\nsecret = {{file = "secret"}}\n{more}\n'


def mail(name: str, port: int, more: str = QUICK) -> str:
    """A mail sink of that name, by a server on this machine."""
    place = f'host = "127.0.0.1"\nport = {port}\nsecurity = "none"'
    return f'[sinks.{name}]\nkind = "smtp"\n{place}\nfrom = "t@soc.example"\nto = ["soc@soc.example"]\n{more}\n'


def notify_file(folder: Path, *sinks: str, to: str) -> Path:
    """A notify file with one route; the sinks' secrets beside it."""
    (folder / "secret").write_text(SECRET)
    file = folder / "notify.toml"
    file.write_text("\n".join([*sinks, f"[[routes]]\nto = [{to}]\n"]))
    return file


def run_tocsin(settings: Settings, *arguments: str, fails: bool = False) -> str:
    """What the command prints, with its complaints. It fails only where it `fails`."""
    command = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", *arguments]
    environment = {**os.environ, **settings.environment()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=HANG_SECONDS)
    assert (done.returncode != 0) <= fails, done.stdout + done.stderr
    return done.stdout + (done.stderr if fails else "")


async def aside(settings: Settings, *arguments: str, fails: bool = False) -> str:
    """As `run_tocsin`, for a command that speaks to a counterpart in this process."""
    return await asyncio.to_thread(run_tocsin, settings, *arguments, fails=fails)


async def done_with_all(settings: Settings, lane: str) -> None:
    """Wait until the lane has committed that it is done with everything that stands there."""

    async def done() -> bool:
        (standing,) = await standings(settings, [group_of(settings, lane)])
        return standing.waiting == 0

    await until(done, f"{lane} is done with all")
