"""`tocsin tenants adopt` beside a worker that runs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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


def test_a_tenants_file_holds_without_stopping_a_worker(worker: Worker, settings: Settings, tenants_file: Path) -> None:
    adopted = tocsin(settings, "tenants", "adopt", "--all", "--tenants-file", str(tenants_file), "--timeout", "100")
    assert (adopted.returncode, adopted.stdout) == (0, "acme: adopted.\n"), adopted.stderr
    journal = tocsin(settings, "tail", "ticket-events", "--from", "beginning", "--json", "--until-end")
    *_, event = [json.loads(line)["value"] for line in journal.stdout.splitlines()]
    expected = TenantDirectory.from_file(tenants_file, ContractLibrary.load(None), "esentire").adoption("acme")
    assert (event["type"], event["tenant"]) == ("ContractAdopted", "acme")
    assert (event["data"]["name"], event["data"]["plan"]) == ("sentinelone", "professional")
    assert event["data"]["contract"] == expected.contract_hash
    assert worker.process.poll() is None


def test_without_a_worker_there_is_no_answer(settings: Settings, tenants_file: Path) -> None:
    arguments = ("tenants", "adopt", "acme", "--tenants-file", str(tenants_file), "--timeout", "0.5", "--json")
    unanswered = tocsin(settings, *arguments)
    assert unanswered.returncode == 3
    assert json.loads(unanswered.stdout) == {"tenant": "acme", "outcome": "unanswered", "reason": None}
