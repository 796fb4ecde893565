"""An upgrade from release 0.2.0, the one before, by the steps of docs/stability.md, while clocks run.

The release runs from its own wheel, which was built from commit e9c3b06.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest
from patience import HANG_SECONDS, until
from workers import Workers, committed, contents, publish

from tocsin.domain.instant import MINUTE, SECOND, Instant, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

WHEEL = Path(__file__).parents[1] / "releases" / "0.2.0" / "tocsin-0.2.0-py3-none-any.whl"
PROGRAM = ("-c", "import tocsin.cli; tocsin.cli.main()")
BOTH_KNOW = {
    f"TOCSIN_{name}" for name in ("BOOTSTRAP", "TOPIC_PREFIX", "APP_ID", "PARTITIONS", "TENANTS_FILE", "WEB_PORT")
}
OF_RELEASE = (
    "-c",
    f"""import os, sys
for name in {{it for it in os.environ if it.startswith("TOCSIN_")}} - {BOTH_KNOW}:
    del os.environ[name]  # the release refuses a setting that it does not know
import tocsin.cli
print(f"code={{tocsin.cli.__file__}}", file=sys.stderr)
tocsin.cli.main()
""",
)
CLIENTS = 12
"""Enough that each partition has some of them."""

PROMISE = 20 * MINUTE
"""Within which a missed call is returned."""

STOPPED_AT_THE_SWITCH = 70
NOT_ALL_COULD_BE_JUDGED = 4


@pytest.fixture
def release(tmp_path: Path) -> dict[str, str]:
    """The environment in which the release before runs."""
    with zipfile.ZipFile(WHEEL) as wheel:
        wheel.extractall(tmp_path / "release-0.2.0")
    return {"PYTHONPATH": str(tmp_path / "release-0.2.0")}


@pytest.fixture
def tenanted(bare_settings: Settings, tmp_path: Path) -> Settings:
    """No topic exists yet."""
    tenants = tmp_path / "tenants.toml"
    tenants.write_text("".join(f'[tenants.client-{n}]\ncontract = "esentire"\n' for n in range(CLIENTS)))
    return bare_settings.model_copy(update={"tenants_file": tenants, "web_port": 0})


async def tocsin(settings: Settings, *arguments: str, status: int = 0, release: dict[str, str] | None = None) -> str:
    """What a command says, of this version if no other one is given."""
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path), **settings.environment(), **(release or {})}
    command = [sys.executable, *(OF_RELEASE if release else PROGRAM), *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )
    assert done.returncode == status, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


async def calls_missed(settings: Settings, name: str, due: Instant) -> None:
    """One call of each client is missed; it is owed a return until `due`."""

    def call(number: int) -> bytes:
        data = {"call": f"{name}-{number}", "from": f"+1416555{len(name):02}{number:02}", "to": "+18445525837"}
        said = {"specversion": "1.0", "id": f"{name}-{number}", "source": "test", "type": "tocsin.call.missed"}
        told = {"tenant": f"client-{number}", "time": show(due - PROMISE), "data": data}
        return json.dumps({**said, **told}).encode()

    await publish(settings, Topic.CALLS, [(b"%d" % number, call(number)) for number in range(CLIENTS)])


async def overdue(settings: Settings) -> list[dict[str, Any]]:
    return [it for it in contents(await committed(settings, Topic.ALERTS)) if it["data"]["kind"] == "callback_overdue"]


async def promised(settings: Settings) -> set[tuple[str, str, int, str]]:
    """The deadline of each clock, by number of the ticket, rule and cycle; read off the state by this version."""
    tickets = map(json.loads, (await tocsin(settings, "ticket", "list", "--json")).splitlines())
    return {(it["number"], of["rule"], of["cycle"], of["deadline"]) for it in tickets for of in it["clocks"]}


def now() -> Instant:
    return time.time_ns() // 1_000_000


async def test_open_tickets_keep_their_deadlines_through_an_upgrade_and_each_is_told_once(
    tenanted: Settings, workers: Workers, release: dict[str, str]
) -> None:
    await tocsin(tenanted, "topics", "create", release=release)
    older = workers.start(tenanted, *OF_RELEASE, "run", **release)
    await older.ready()
    assert f"code={release['PYTHONPATH']}" in older.text
    told, soon, late = (now() + seconds * SECOND for seconds in (-60, 60, 900))
    for name, due in (("told", told), ("falls due", soon), ("is owed long", late)):
        await calls_missed(tenanted, name, due)

    async def is_told() -> bool:
        return len(await overdue(tenanted)) == CLIENTS and len(await promised(tenanted)) == 3 * CLIENTS

    await until(is_told, "the release before has told what was late, and keeps the rest")
    before = await promised(tenanted)

    await tocsin(tenanted, "topics", "create")
    await tocsin(tenanted, "rules", "switch", "--yes")
    assert await older.ended() == STOPPED_AT_THE_SWITCH
    await tocsin(tenanted, "rules", "show")
    assert now() < soon, "the clocks ran out before the switch: on this machine the test shows nothing"
    newer = workers.start(tenanted, *PROGRAM, "run")
    await newer.ready()
    assert await promised(tenanted) == before
    await until(lambda: all_told(tenanted), "this version tells what falls due")
    newer.signal(SIGTERM)
    assert await newer.ended() == 0

    deadlines = Counter((each["tenant"], each["data"]["deadline"]) for each in await overdue(tenanted))
    assert deadlines == Counter((f"client-{n}", show(due)) for n in range(CLIENTS) for due in (told, soon))
    alerts = contents(await committed(tenanted, Topic.ALERTS))
    assert max(Counter(each["id"] for each in alerts).values()) == 1
    await tocsin(tenanted, "topics", "check")
    await tocsin(tenanted, "audit", "verify")
    verified = await tocsin(tenanted, "replay", "verify", status=NOT_ALL_COULD_BE_JUDGED)
    assert "judged by the rules 1 of release 0.1 and 0.2" in verified


async def all_told(settings: Settings) -> bool:
    return len(await overdue(settings)) == 2 * CLIENTS
