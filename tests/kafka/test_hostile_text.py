"""Whatever strangers write into a message is shown harmless: by the commands that ask a broker, and by the worker."""

import asyncio
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from hostile import EVIL, MESSAGES, dangerous
from patience import HANG_SECONDS, until
from workers import Workers, committed, publish

from tocsin.messages.record import Topic
from tocsin.settings import Settings

TOCSIN = Path(sys.executable).with_name("tocsin")


async def test_hostile_messages_are_shown_on_harmless_lines(settings: Settings, workers: Workers) -> None:
    worker = workers.start(settings, TOCSIN, "run")
    await worker.ready()
    for topic, value in MESSAGES:
        await publish(settings, Topic(topic), [(EVIL.encode(), value)])
    await until(lambda: all_told(settings), "every message is applied or refused")

    number = json.loads((await tocsin(settings, "ticket", "list", "--json")).splitlines()[0])["number"]
    whole = ("--from", "beginning", "--until-end")
    commands = [
        *(["tail", topic, *whole] for topic in ("calls", "security-events", "ticket-events", "alerts", "dead-letters")),
        *(["tail", topic, *whole, "--json"] for topic in ("emails", "tickets", "dead-letters")),
        ["inbox", "export"],
        ["ticket", "list"],
        ["ticket", "show", number],
        ["ticket", "show", number, "--json"],
        ["ticket", "show", EVIL],
        ["desk", "note", number, "--note", EVIL],
        ["desk", "reclassify", number, "--priority", EVIL, "--json"],
    ]
    shown = [await tocsin(settings, *command) for command in commands]
    assert "FORGED" in "".join(shown)
    assert dangerous("".join(shown)) == set()
    assert dangerous(worker.text) == set()
    assert dangerous(worker.get("/metrics")[1]) == set()


async def all_told(settings: Settings) -> bool:
    """Each message opened or changed something, or is a dead letter; ticks and adoptions come on top."""
    told = [*await committed(settings, Topic.DEAD_LETTERS), *await committed(settings, Topic.INBOX)]
    applied = await committed(settings, Topic.TICKET_EVENTS)
    inputs = [record for record in told if record.key is not None]
    return len(inputs) >= len(MESSAGES) and bool(applied)


async def tocsin(settings: Settings, *arguments: str) -> str:
    """All that the command says, whether it succeeds or not."""
    run = partial(subprocess.run, capture_output=True, text=True, check=False, timeout=HANG_SECONDS)
    environment = {**os.environ, **settings.environment(), "USER": "ada"}
    done = await asyncio.to_thread(run, [TOCSIN, *arguments], env=environment)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr
