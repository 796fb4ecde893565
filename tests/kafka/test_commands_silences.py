"""The commands that silence pages, `tocsin silences` and `tocsin ticket show`, beside a worker that runs."""

import asyncio
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import wait_for
from test_commands_ticket_desk import lines, publish_missed_call, tickets, tocsin
from workers import Worker

from tocsin.dev.kafka import LocalKafka
from tocsin.domain.instant import HOUR, show
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

TOCSIN = Path(sys.executable).with_name("tocsin")


@pytest.fixture(scope="module")
def shift(broker: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A cluster with topics of its own, and a worker, for the tenants acme and globex."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    folder = tmp_path_factory.mktemp("silences")
    file = folder / "tenants.toml"
    file.write_text('[tenants.acme]\ncontract = "esentire"\n[tenants.globex]\ncontract = "esentire"\n')
    settings = Settings(
        bootstrap=broker.bootstrap,
        app_id=name,
        topic_prefix=f"{name}.",
        partitions=3,
        web_port=0,
        tenants_file=file,
    )
    asyncio.run(topics.create(settings))
    worker = Worker(settings, folder / "worker.log", TOCSIN, "run")
    for tenant in ("acme", "globex"):
        publish_missed_call(settings, tenant)
    wait_for(lambda: len(tickets(settings)) == 2, "both are open")
    yield settings
    worker.kill()
    asyncio.run(topics.delete(settings))


def in_force(settings: Settings) -> list[Any]:
    return lines(tocsin(settings, "silences", "--json"))


def alerts(settings: Settings) -> list[Any]:
    done = tocsin(settings, "tail", "alerts", "--from", "beginning", "--until-end", "--json")
    return [each["value"]["data"] for each in lines(done)]


def publish_detection(settings: Settings, tenant: str, asset: str) -> None:
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "ids-7",
        "type": "tocsin.detection",
        "tenant": tenant,
        "data": {"signature": "2013028", "severity": "high", "asset": asset, "title": "Large upload"},
    }
    sent = tocsin(settings, "publish", "security-events", "-", stdin=json.dumps(event))
    assert sent.returncode == 0, sent.stderr


def silence(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return tocsin(settings, "desk", "silence", "--analyst", "kim", "--reason", "known", "--json", *arguments)


def test_a_silence_touches_each_tenant_by_a_message_of_its_own_and_is_listed_until_it_ends(shift: Settings) -> None:
    file = str(shift.tenants_file)
    begun = silence(shift, "--all-tenants", "--tenants-file", file, "--for", "2 h", "--name", "fire-drill")
    assert [(it["tenant"], it["outcome"]) for it in lines(begun)] == [("acme", "applied"), ("globex", "applied")]
    assert [(it["tenant"], it["silence"], it["state"]) for it in in_force(shift)] == [
        ("acme", "fire-drill", "in force"),
        ("globex", "fire-drill", "in force"),
    ]
    ended = tocsin(shift, "desk", "unsilence", "fire-drill", "--analyst", "kim", "--json")
    assert [(it["tenant"], it["why"]) for it in lines(ended)] == [("acme", "ended"), ("globex", "ended")]
    assert in_force(shift) == []


def test_a_quiet_source_pages_nobody_and_its_end_tells_what_it_swallowed(shift: Settings) -> None:
    arguments = ("--analyst", "kim", "--reason", "backups", "--tenant", "acme", "--for", "1 h", "--name", "ids-7")
    quiet = tocsin(shift, "source", "quieten", "--source", "ids-7", *arguments)
    assert quiet.returncode == 0, quiet.stderr
    assert quiet.stdout.startswith("acme: ids-7: from ")
    for tenant in ("acme", "globex"):
        publish_detection(shift, tenant, "backup-1")
    wait_for(lambda: len(tickets(shift)) == 4, "both have a ticket")
    wait_for(lambda: [it["swallowed"] for it in in_force(shift)] == [1], "the list counts")
    assert [it["tenant"] for it in alerts(shift) if it["kind"] == "detection"] == ["globex"]
    ticket = next(it for it in tickets(shift, "--tenant", "acme") if it["channel"] == "sensor")
    [shown] = lines(tocsin(shift, "ticket", "show", ticket["number"], "--json"))
    assert shown["not_told"] == ["detection/0"]
    assert [it["silence"] for it in shown["silences"]] == ["ids-7"]
    assert "ids-7" in tocsin(shift, "ticket", "show", ticket["number"]).stdout
    ended = tocsin(shift, "desk", "unsilence", "ids-7", "--analyst", "kim")
    assert ended.stdout == "acme: ids-7: ended; it has swallowed 1 alerts.\n"
    wait_for(lambda: any(it["kind"] == "unsilenced" for it in alerts(shift)), "what is open is told")
    assert (
        "match=kinds detection; sources ids-7"
        in tocsin(shift, "tail", "ticket-events", "--from", "beginning", "--until-end").stdout
    )


def test_planned_work_is_listed_before_it_begins_and_can_be_called_off(shift: Settings) -> None:
    begins = show(time.time_ns() // 1_000_000 + HOUR)
    arguments = ("--analyst", "kim", "--reason", "patches", "--tenant", "acme", "--name", "patches")
    planned = tocsin(shift, "desk", "maintenance", "--begins", begins, "--for", "2 h", "--server", "mail1", *arguments)
    assert planned.returncode == 0, planned.stderr
    [listed] = in_force(shift)
    assert (listed["state"], listed["begins_at"], listed["match"]) == ("planned", begins, {"servers": ["mail1"]})
    assert "servers mail1" in tocsin(shift, "silences").stdout
    assert tocsin(shift, "desk", "unsilence", "patches", "--analyst", "kim").returncode == 0
    assert "Nothing is silenced." in tocsin(shift, "silences").stderr


def test_a_silence_finds_its_tenant_by_its_ticket_and_what_is_never_silenced_is_refused(shift: Settings) -> None:
    begun = silence(shift, "--ticket", "GLOBEX-000001", "--for", "1 h", "--name", "one")
    assert [it["tenant"] for it in lines(begun)] == ["globex"]
    assert tocsin(shift, "desk", "unsilence", "one", "--analyst", "kim").returncode == 0
    refused = silence(shift, "--tenant", "acme", "--priority", "P1", "--for", "1 h")
    assert refused.returncode == 1
    assert [json.loads(text)["reason"] for text in refused.stdout.splitlines()] == [
        "Refused: P1 is never silenced, by the contract."
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--tenant", "acme"), "every silence has an end"),
        (("--tenant", "acme", "--for", "1 h", "--until", "2026-01-01"), "every silence has an end"),
        (("--for", "1 h"), "Name the tenants"),
        (("--for", "soon", "--tenant", "acme"), "--for"),
    ],
)
def test_a_silence_without_an_end_or_a_tenant_is_not_asked_for(
    shift: Settings, arguments: tuple[str, ...], why: str
) -> None:
    done = silence(shift, *arguments)
    assert done.returncode == 2
    assert why in done.stderr
