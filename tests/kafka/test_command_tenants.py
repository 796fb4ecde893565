"""`tocsin tenants plan` and `adopt` beside a worker that runs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import HANG_SECONDS
from workers import Worker

from tocsin.contracts.library import ContractLibrary
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory

TOCSIN = Path(sys.executable).with_name("tocsin")


def tocsin(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix]
    return subprocess.run(
        [TOCSIN, *arguments, *options], capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )


@pytest.fixture
def tenants_file(tmp_path: Path) -> Path:
    file = tmp_path / "tenants.toml"
    file.write_text('[tenants.acme]\ncontract = "sentinelone"\nplan = "professional"\n')
    return file


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[Worker]:
    running = Worker(settings, tmp_path / "worker.log", TOCSIN, "run")
    yield running
    running.kill()


def planned(settings: Settings, tenants_file: Path, *whom: str) -> tuple[str, list[dict[str, Any]]]:
    """The hash of the plan, and the plan of each tenant."""
    done = tocsin(settings, "tenants", "plan", *whom, "--tenants-file", str(tenants_file), "--json")
    assert done.returncode == 0, done.stderr
    *tenants, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert last["changes"] == sum(each["changes"] for each in tenants)
    return last["plan"], tenants


def adopt(settings: Settings, tenants_file: Path, given: str, *options: str) -> subprocess.CompletedProcess[str]:
    files = ("--tenants-file", str(tenants_file))
    return tocsin(settings, "tenants", "adopt", *options, *files, "--plan", given, "--timeout", "100")


def test_a_tenants_file_holds_without_stopping_a_worker(worker: Worker, settings: Settings, tenants_file: Path) -> None:
    given, _ = planned(settings, tenants_file, "--all")
    adopted = adopt(settings, tenants_file, given, "--all")
    assert (adopted.returncode, adopted.stdout) == (0, "acme: adopted.\n"), adopted.stderr
    journal = tocsin(settings, "tail", "ticket-events", "--from", "beginning", "--json", "--until-end")
    *_, event = [json.loads(line)["value"] for line in journal.stdout.splitlines()]
    expected = TenantDirectory.from_file(tenants_file, ContractLibrary.load(None), "esentire").adoption("acme")
    assert (event["type"], event["tenant"]) == ("ContractAdopted", "acme")
    assert (event["data"]["name"], event["data"]["plan"]) == ("sentinelone", "professional")
    assert event["data"]["contract"] == expected.contract_hash
    assert worker.process.poll() is None


def test_a_plan_is_made_adopted_once_and_holds_no_longer_than_what_it_was_made_of(
    worker: Worker, settings: Settings, tenants_file: Path
) -> None:
    first, [new] = planned(settings, tenants_file, "--all")
    assert (new["tenant"], new["changes"], new["before"]) == ("acme", True, None)
    assert adopt(settings, tenants_file, first, "--all").returncode == 0
    second, [same] = planned(settings, tenants_file, "acme")
    assert (same["changes"], second != first) == (False, True)
    said = tocsin(settings, "tenants", "plan", "acme", "--tenants-file", str(tenants_file))
    assert (said.returncode, "Nothing to do" in said.stdout) == (0, True)
    again = adopt(settings, tenants_file, second, "acme")
    assert (again.returncode, again.stdout) == (0, "acme: unchanged. It has adopted that already.\n")
    stale = adopt(settings, tenants_file, first, "--all")
    assert stale.returncode == 1
    assert "Nothing was adopted: these tenants have adopted something else since it was made" in stale.stderr
    assert "acme adopted sentinelone / professional at " in stale.stderr
    tenants_file.write_text(tenants_file.read_text().replace("professional", "enterprise"))
    changed = adopt(settings, tenants_file, second, "acme")
    assert changed.returncode == 1
    assert "Nothing was adopted: the files say something else for these tenants than when it was made" in changed.stderr
    assert worker.process.poll() is None


def test_a_plan_says_what_would_become_of_an_open_ticket_and_readopting_it_does_that(
    worker: Worker, settings: Settings, tenants_file: Path
) -> None:
    given, _ = planned(settings, tenants_file, "acme")
    assert adopt(settings, tenants_file, given, "acme").returncode == 0
    missed = {
        "specversion": "1.0",
        "id": "c-1",
        "source": "pbx",
        "type": "tocsin.call.missed",
        "tenant": "acme",
        "data": {"call": "c-1", "from": "+14165550100", "to": "+14165550199"},
    }
    call = tenants_file.with_name("call.jsonl")
    call.write_text(json.dumps(missed) + "\n")
    published = tocsin(settings, "publish", "calls", str(call))
    assert published.returncode == 0, published.stderr
    number = opened(settings)
    tenants_file.write_text(tenants_file.read_text().replace("professional", "enterprise"))
    given, [plan] = planned(settings, tenants_file, "acme")
    assert any(rule["about"] == "promises" for rule in plan["rules"])
    [ticket] = plan["tickets"]
    assert (ticket["number"], ticket["contract"], ticket["refusal"]) == (number, "sentinelone", None)
    said = {each["rule"]: each["if_readopted"] for each in ticket["promises"] if each["then"] != "ends"}
    assert adopt(settings, tenants_file, given, "acme").returncode == 0
    assert deadlines(settings, number) != said, "an open ticket stays under its contract"
    moved = tocsin(settings, "desk", "readopt", number, "--analyst", "Ann Lee", "--timeout", "100")
    assert moved.returncode == 0, moved.stderr
    assert deadlines(settings, number) == said
    _, [nothing] = planned(settings, tenants_file, "acme")
    assert (nothing["changes"], nothing["tickets"]) == (False, [])


def opened(settings: Settings) -> str:
    """The number of the one ticket there is, once the worker has opened it."""
    for _ in range(HANG_SECONDS):
        listed = tocsin(settings, "ticket", "list", "--json").stdout.splitlines()
        if listed:
            return str(json.loads(listed[0])["number"])
    raise TimeoutError("no ticket was opened")


def deadlines(settings: Settings, number: str) -> dict[str, str | None]:
    shown = json.loads(tocsin(settings, "ticket", "show", number, "--json").stdout)
    return {clock["rule"]: clock["deadline"] for clock in shown["clocks"] if clock["state"] not in ("met", "late")}


def test_without_a_worker_there_is_no_answer(settings: Settings, tenants_file: Path) -> None:
    given, _ = planned(settings, tenants_file, "acme")
    arguments = ("tenants", "adopt", "acme", "--tenants-file", str(tenants_file), "--timeout", "0.5", "--json")
    unanswered = tocsin(settings, *arguments, "--plan", given)
    assert unanswered.returncode == 3
    assert json.loads(unanswered.stdout) == {"tenant": "acme", "outcome": "unanswered", "reason": None}
