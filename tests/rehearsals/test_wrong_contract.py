"""A wrong contract was adopted an hour ago: what was opened since is judged by the right one."""

import json
from collections import defaultdict
from pathlib import Path

from patience import until
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, alerts, now
from workers import Workers, publish

import tocsin.contracts
from tocsin.domain.instant import MINUTE, SECOND, Instant, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

WRONG = Path(tocsin.contracts.__file__).parent / "vendors" / "esentire.yaml"
AGREED = WRONG.read_text().replace("name: esentire", "name: agreed", 1).replace("{all: 20 min}", "{all: 60 min}")
"""What was agreed with the client: a missed call is returned within an hour, not within 20 minutes."""

CALLERS = ("open", "returned", "broken")


async def test_what_was_opened_under_a_wrong_contract_is_judged_by_the_right_one_as_if_it_had_held(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "agreed.yaml").write_text(AGREED)
    tenants = tmp_path / "tenants.toml"
    tenants.write_text('[tenants.acme]\ncontract = "esentire"\n')
    files = {"tenants_file": tenants, "contracts_dir": tmp_path / "contracts"}
    settings = settings.model_copy(update=files)
    began = now()
    await workers.start(settings, *RUN).ready()
    await missed(settings, open=25 * MINUTE, returned=25 * MINUTE, broken=65 * MINUTE)
    await until(lambda: told(settings, "callback_overdue", 3), "all three calls are told as overdue")
    await returned(settings)
    await until(lambda: told(settings, "cleared", 1), "one was returned, late by the wrong contract")

    tenants.write_text('[tenants.acme]\ncontract = "agreed"\n')
    with Commands.of("A wrong contract", settings, tmp_path) as commands:
        planned = await commands.type()
        given = planned.rpartition("--plan ")[2].split()[0]
        await commands.type(0, **{"2f68941e5c0291f7-e19be3ad0760eefa": given, "2026-11-30T10:05:00Z": show(began)})
        said = await commands.type(0, **{"2026-11-30T10:05:00Z": show(began)})
    assert "0 of 0 tickets were moved." in said, "all were moved before"
    assert "all that was said follows from them" in said
    kinds = await kinds_by_caller(settings)
    assert kinds["open"][0] == kinds["returned"][0] == kinds["broken"][0] == "callback_overdue"
    assert kinds["open"][-1] == kinds["returned"][-1] == "corrected"
    assert "corrected" not in kinds["broken"], "late by both"
    ids = [each["id"] for each in await alerts(settings)]
    assert len(ids) == len(set(ids))


def caller(name: str) -> str:
    return f"+1416555{CALLERS.index(name):04}"


def event(name: str, kind: str, at: Instant, data: dict[str, str]) -> tuple[bytes, bytes]:
    envelope = {"specversion": "1.0", "id": name, "source": "pbx", "type": f"tocsin.call.{kind}", "tenant": "acme"}
    return b"acme", json.dumps({**envelope, "time": show(at), "data": data}).encode()


async def missed(settings: Settings, **ago: int) -> None:
    """One call of each of these callers was missed so long ago, and nobody has heard of it until now."""
    calls = {name: {"call": name, "from": caller(name), "to": "+18445525837"} for name in ago}
    records = [event(name, "missed", now() - ago[name], data) for name, data in calls.items()]
    await publish(settings, Topic.CALLS, records)


async def returned(settings: Settings) -> None:
    data = {"call": "back", "from": "+18445525837", "to": caller("returned"), "outcome": "reached"}
    data |= {"purpose": "callback", "analyst": "ada"}
    await publish(settings, Topic.CALLS, [event("back", "placed", now() - SECOND, data)])


async def told(settings: Settings, kind: str, count: int) -> bool:
    kinds = [each["data"]["kind"] for each in await alerts(settings)]
    return kinds.count(kind) >= count


async def kinds_by_caller(settings: Settings) -> dict[str, list[str]]:
    """The kinds of the alerts of each caller's ticket, in their order; the calls were missed in that order."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in await alerts(settings):
        if each["data"]["kind"] != "escalated":
            found[CALLERS[int(each["data"]["number"].rpartition("-")[2]) - 1]].append(each["data"]["kind"])
    return found
