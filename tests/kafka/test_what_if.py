"""What another contract would have made of the log of a real cluster."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from replayed import run_tocsin
from workers import Workers

from tocsin.client.publishing import NewRecord, publish
from tocsin.client.reading import opened
from tocsin.client.start import BEGINNING
from tocsin.messages.record import Topic
from tocsin.settings import Settings

TOCSIN = Path(sys.executable).with_name("tocsin")


def detection(number: int) -> NewRecord:
    event = {
        "specversion": "1.0",
        "id": f"seen-{number}",
        "source": "edr",
        "type": "tocsin.detection",
        "tenant": "acme",
        "time": "2026-03-01T09:00:00Z",
        "data": {"signature": f"s{number}", "severity": "critical", "asset": f"h{number}", "title": "t"},
    }
    return NewRecord(json.dumps(event).encode(), b"acme", ())


async def alerts_of(settings: Settings, count: int) -> None:
    """Wait until the worker has told of so many."""
    async with opened(settings, Topic.ALERTS, BEGINNING) as reader:
        async for _ in reader.follow():
            count -= 1
            if not count:
                return


async def test_the_log_of_a_cluster_is_folded_under_its_own_and_under_another_plan(
    settings: Settings, workers: Workers
) -> None:
    workers.start(settings, TOCSIN, "run")
    await publish(settings, Topic.SECURITY_EVENTS, [detection(number) for number in range(5)])
    await alerts_of(settings, 5)
    await publish(settings, Topic.SECURITY_EVENTS, [detection(5)])  # by which the clock passes what is due at once
    await alerts_of(settings, 6)
    whole, *_ = await asyncio.to_thread(what_if, settings, "--contract", "esentire")
    assert (whole["same"], whole["appears"], whole["vanishes"], whole["moves"]) == (6, 0, 0, 0)
    whole, *rows = await asyncio.to_thread(what_if, settings, "--contract", "esentire", "--plan", "example")
    assert (whole["same"], whole["plans"]) == (6, {"acme": "example"})
    told = [(row["change"], row["kind"], row["role"]) for row in rows if row["what"] == "alert"]
    assert told == [("appears", "escalated", "analyst")] * 5


def what_if(settings: Settings, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(it) for it in run_tocsin(settings, "replay", "what-if", *arguments, "--json").splitlines()]
