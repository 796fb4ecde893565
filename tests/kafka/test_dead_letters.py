"""`tocsin dead-letters` on a real broker, beside real workers: what was refused counts once when it is mended."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from patience import HANG_SECONDS, until
from test_own_topics import call, make, send
from test_placement import RUN
from workers import Worker, Workers, committed, contents

from tocsin.client import redriving, tickets
from tocsin.client.redriving import Became, Candidate
from tocsin.domain.instant import parse
from tocsin.domain.state.ticket import Ticket
from tocsin.messages.record import Topic
from tocsin.messages.refused import Wanted
from tocsin.settings import Settings

NOBODY = '[tenants.globex.sources]\ntopics = ["calls.globex"]\n'
MENDED = '[tenants.acme.sources]\nsensors = ["edge-1"]\ntopics = ["calls.globex"]\n[tenants.globex]\n'
WHY = ("--reason-why", "the tenants file is mended")


def eve(asset: str = "192.168.0.2", signature: int = 2001219) -> bytes:
    """An alert as Suricata writes it: no id, no tenant."""
    alert = {
        "action": "allowed",
        "gid": 1,
        "signature_id": signature,
        "rev": 20,
        "signature": "SSH Scan",
        "severity": 1,
    }
    line = {
        "timestamp": "2026-03-01T09:00:00.000000+0000",
        "host": "edge-1",
        "event_type": "alert",
        "src_ip": "222.186.56.46",
        "dest_ip": asset,
        "dest_port": 22,
        "proto": "TCP",
        "alert": alert,
    }
    return json.dumps(line).encode()


@pytest.fixture
async def narrow(settings: Settings, tmp_path: Path) -> Settings:
    """A deduplication window of one input, so that the next one ends it; the tenants file names nobody's sensor."""
    file = tmp_path / "tenants.toml"
    file.write_text(NOBODY)
    await make(settings, "soc.calls.globex", **{"compression.type": "uncompressed"})
    return settings.model_copy(update={"tenants_file": file, "deduplication_window": 1})


def tocsin(settings: Settings, *arguments: str) -> list[str | Path]:
    program = [sys.executable, "-c", "from tocsin.cli import main; main()", "dead-letters", *arguments]
    return [*program, "--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix]


async def said(settings: Settings, *arguments: str, code: int = 0) -> list[Any]:
    def done() -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "USER": "ada"}
        command = tocsin(settings, *arguments, "--json")
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    found = await asyncio.to_thread(done)
    assert found.returncode == code, (found.stdout, found.stderr)
    return [json.loads(text) for text in found.stdout.splitlines()]


async def restarted(worker: Worker, workers: Workers, settings: Settings) -> Worker:
    worker.process.terminate()
    await worker.ended()
    following = workers.start(settings, *RUN)
    await following.ready()
    return following


async def refused(settings: Settings, count: int) -> list[Any]:
    """The dead letters, once there are so many."""
    return list(await until(lambda: _refused(settings, count), f"{count} dead letters"))


async def _refused(settings: Settings, count: int) -> list[Any]:
    rows = await said(settings, "list")
    return rows if len(rows) >= count else []


async def tickets_of(settings: Settings) -> list[Ticket]:
    return [found.ticket for found in await tickets.read(settings, lambda _: True)]


async def taken_in(settings: Settings, tenant: str = "acme") -> list[Any]:
    """What the inbox has of a tenant, adoptions and what the operator did left out."""
    found = contents([record for record in await committed(settings, Topic.INBOX) if record.key == tenant.encode()])
    return [each for each in found if each["type"] not in ("tocsin.contract.adopt", "tocsin.operation")]


async def applied(settings: Settings, count: int) -> list[Any]:
    """What the inbox has of acme, once it is so much and the workers have judged the last of it."""
    found = await until(lambda: _at_least(settings, count), f"{count} inputs are in the log")
    return list(found)


async def _at_least(settings: Settings, count: int) -> list[Any]:
    found = await taken_in(settings)
    return found if len(found) >= count else []


async def test_what_was_refused_for_several_reasons_is_listed_shown_mended_and_redriven(
    narrow: Settings, workers: Workers
) -> None:
    worker = workers.start(narrow, *RUN)
    await worker.ready()
    await send(narrow, "soc.security-events", eve())
    await send(narrow, "soc.calls", call("c", data={"call": "c"}, tenant="acme"))
    await send(narrow, "soc.calls.globex", call("own", tenant="acme"))
    rows = {row["reason"]: row for row in await refused(narrow, 3)}
    assert {row["origin"].rpartition("/")[0] for row in rows.values()} >= {"soc.calls.globex/0"}
    counts = {row["topic"]: row["count"] for row in await said(narrow, "list", "--count-by", "topic")}
    assert counts == {"soc.security-events": 1, "soc.calls": 1, "soc.calls.globex": 1}
    [shown] = await said(narrow, "show", rows["no_tenant"]["place"])
    assert shown["value"] == eve().decode()
    assert "tenants file" in shown["mending"]

    again = await said(narrow, "redrive", "--reason", "no_tenant", *WHY, code=1)
    assert [each["became"] for each in again] == [Became.REFUSED]
    attempts = await refused(narrow, 4)
    assert [each["first"] for each in attempts if each["first"]] == [rows["no_tenant"]["origin"]]

    assert narrow.tenants_file is not None
    narrow.tenants_file.write_text(MENDED)
    await restarted(worker, workers, narrow)
    [planned] = await said(narrow, "redrive", "--reason", "no_tenant", "--dry-run")
    assert planned["became"] == Became.TO_SEND  # once, though it was refused twice
    assert await taken_in(narrow) == []
    done = await said(narrow, "redrive", "--reason", "no_tenant", "--reason", "foreign_tenant", *WHY)
    assert [each["became"] for each in done] == [Became.ACCEPTED] * 2
    edited = narrow.tenants_file.with_name("edited.json")
    edited.write_bytes(call("c", data={}))
    [outcome] = await said(narrow, "redrive", rows["invalid_data"]["place"], "--value", str(edited), *WHY, code=1)
    assert outcome["became"] == Became.REFUSED  # it was no better
    edited.write_bytes(call("c", tenant="acme"))
    [outcome] = await said(narrow, "redrive", rows["invalid_data"]["place"], "--value", str(edited), *WHY)
    assert outcome["became"] == Became.ACCEPTED
    found = await taken_in(narrow)
    assert sorted(each["redriven"].rpartition("/")[0] for each in found) == sorted(r["origin"] for r in rows.values())
    undated = [each for each in found if each["type"] == "tocsin.call.missed"]
    first = [rows[reason]["refused"] for reason in ("foreign_tenant", "invalid_data")]
    assert sorted(parse(each["arrived"]) for each in undated) == sorted(map(parse, first))

    everything = await said(narrow, "redrive", "--all", *WHY)
    assert {each["became"] for each in everything} == {Became.TAKEN_IN}
    assert await taken_in(narrow) == found


async def test_a_raw_line_that_is_redriven_after_the_window_and_a_restart_counts_once(
    narrow: Settings, workers: Workers
) -> None:
    worker = workers.start(narrow, *RUN)
    await worker.ready()
    await send(narrow, "soc.security-events", eve())
    await refused(narrow, 1)
    assert narrow.tenants_file is not None
    narrow.tenants_file.write_text(MENDED)
    worker = await restarted(worker, workers, narrow)
    await send(narrow, "soc.security-events", eve())  # whoever sees that it is mended may publish it by hand
    await applied(narrow, 1)
    chosen = await redriving.candidates(narrow, Wanted(reasons=("no_tenant",)))
    for number in range(3):
        await send(narrow, "soc.security-events", eve(f"192.168.0.{10 + number}"))  # of which the window keeps one
        await applied(narrow, 2 + 2 * number)
        assert await _redriven(narrow, chosen) == [Became.ACCEPTED]
        await applied(narrow, 3 + 2 * number)
        worker = await restarted(worker, workers, narrow)
    last = (await applied(narrow, 7))[-1]
    assert last["redriven"] == chosen[0].name
    await until(lambda: _has_tickets(narrow, 4), "each asset has its ticket")
    [ticket] = [each for each in await tickets_of(narrow) if "192.168.0.2" in (each.correlation_key or "")]
    assert ticket.repeats == 1  # the first redriven one: the window had forgotten the one by hand


async def _redriven(settings: Settings, chosen: list[Candidate]) -> list[Became]:
    """Publish them again, as somebody does who has not seen that they were accepted."""
    return [each.became async for each in redriving.redrive(settings, chosen, HANG_SECONDS)]


async def _has_tickets(settings: Settings, count: int) -> bool:
    return len(await tickets_of(settings)) >= count


async def test_a_redrive_that_is_killed_and_said_again_publishes_what_is_left_and_nothing_counts_twice(
    narrow: Settings, workers: Workers
) -> None:
    worker = workers.start(narrow, *RUN)
    await worker.ready()
    lines = [eve(f"10.0.{number // 200}.{number % 200}", number) for number in range(60)]
    await send(narrow, "soc.security-events", *lines)
    await refused(narrow, 60)
    assert narrow.tenants_file is not None
    narrow.tenants_file.write_text(MENDED)
    await restarted(worker, workers, narrow)
    one_by_one = {**os.environ, "USER": "ada", "TOCSIN_DEAD_LETTER_FLOOD": "2"}
    started = await asyncio.create_subprocess_exec(*tocsin(narrow, "redrive", "--all", *WHY), env=one_by_one)
    await applied(narrow, 5)
    started.kill()
    await started.wait()
    before = len(await taken_in(narrow))
    assert before < 60, "it was killed in the middle"
    outcomes = await said(narrow, "redrive", "--all", *WHY)
    assert {each["became"] for each in outcomes} <= {Became.ACCEPTED, Became.TAKEN_IN}
    assert len(outcomes) == 60
    await until(lambda: _has_tickets(narrow, 60), "each has its ticket")
    assert sum(ticket.repeats for ticket in await tickets_of(narrow)) == 0
    operations = [each for each in contents(await committed(narrow, Topic.INBOX)) if each["type"] == "tocsin.operation"]
    assert [each["data"]["operation"] for each in operations] == ["dead-letters redrive"] * 2
    assert {each["data"]["reason"] for each in operations} == {WHY[1]}


async def test_a_step_of_which_nothing_is_accepted_ends_it_before_intake_halts(
    narrow: Settings, workers: Workers
) -> None:
    worker = workers.start(narrow, *RUN)
    await worker.ready()
    await send(narrow, "soc.security-events", *(eve(f"10.0.0.{number}") for number in range(10)))
    await refused(narrow, 10)
    flooded = narrow.model_copy(update={"dead_letter_flood": 6})
    worker = await restarted(worker, workers, flooded)
    environment = {**os.environ, "USER": "ada", "TOCSIN_DEAD_LETTER_FLOOD": "6"}
    done = await asyncio.to_thread(
        subprocess.run,
        tocsin(flooded, "redrive", "--all", *WHY),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "3 refused again" in done.stderr
    assert "It stopped" in done.stderr
    assert "halted" not in worker.get("/readyz")[1]
