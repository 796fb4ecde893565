"""`tocsin audit` beside a worker that runs: the journal as it stands on the topic."""

import asyncio
import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import NewTopic
from patience import HANG_SECONDS, wait_for
from workers import Worker

from tocsin.dev.kafka import LocalKafka
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import admin_client

TOCSIN = Path(sys.executable).with_name("tocsin")
TENANTS = ("acme", "globex", "umbrella")


@pytest.fixture(scope="module")
def shift(broker: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A cluster with topics of its own and a worker, which has told of an overdue callback to each of three tenants."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    settings = Settings(bootstrap=broker.bootstrap, app_id=name, topic_prefix=f"{name}.", partitions=3, web_port=0)
    asyncio.run(topics.create(settings))
    worker = Worker(settings, tmp_path_factory.mktemp("worker") / "worker.log", TOCSIN, "run")
    calls = "\n".join(json.dumps(missed_call(tenant)) for tenant in TENANTS)
    assert tocsin(settings, "publish", "calls", "-", stdin=calls).returncode == 0
    wait_for(lambda: len(lines(tocsin(settings, "audit", "attainment", "--json"))) == len(TENANTS), "it tells of each")
    yield settings
    worker.kill()
    asyncio.run(topics.delete(settings))


def missed_call(tenant: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "c1",
        "source": "pbx",
        "type": "tocsin.call.missed",
        "tenant": tenant,
        "time": "2026-03-01T09:00:00Z",
        "data": {"call": "1", "from": "+14165550100", "to": "+18005550100"},
    }


def tocsin(settings: Settings, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    options = ["--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix]
    return subprocess.run(
        [TOCSIN, *arguments, *options], input=stdin, capture_output=True, text=True, check=False, timeout=HANG_SECONDS
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(text) for text in done.stdout.splitlines()]


def test_the_chain_of_every_partition_is_verified_on_the_topic(shift: Settings) -> None:
    found = lines(tocsin(shift, "audit", "verify", "--json"))
    assert sum(it["records"] for it in found) >= 4 * len(TENANTS)
    assert [it["fault"] for it in found] == [None] * len(found)


def test_what_tail_prints_can_be_verified_as_a_file(shift: Settings, tmp_path: Path) -> None:
    told = tocsin(shift, "tail", "ticket-events", "--from", "beginning", "--until-end", "--json").stdout
    live = {it["partition"]: it["head"] for it in lines(tocsin(shift, "audit", "verify", "--json"))}
    file = tmp_path / "journal.jsonl"
    file.write_text(told)
    assert {it["partition"]: it["head"] for it in lines(tocsin(shift, "audit", "verify", str(file), "--json"))} == live
    file.write_text(told.replace("CallbackOwed", "CallbackOwned", 1))
    broken = tocsin(shift, "audit", "verify", str(file))
    assert broken.returncode == 1
    assert "has been changed" in broken.stderr


def test_the_support_log_and_the_attainment_are_read_from_the_topic(shift: Settings) -> None:
    log = lines(tocsin(shift, "audit", "support-log", "--json"))
    assert sorted(it["number"] for it in log) == sorted(f"{tenant.upper()}-000001" for tenant in TENANTS)
    counted = lines(tocsin(shift, "audit", "attainment", "--tenant", "acme", "--json"))
    assert [(it["month"], it["objective"], it["met"], it["missed"]) for it in counted] == [
        ("2026-03", "callback", 0, 1)
    ]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("key") / "heads.pem"
    subprocess.run([TOCSIN, "audit", "keygen", found], check=True)
    return found


def signs(settings: Settings, key: Path, *more: str) -> list[dict[str, Any]]:
    whose = ("--operator", "ann", "--reason", "audit")
    return lines(tocsin(settings, "audit", "sign", "--key", str(key), *whose, "--json", *more))


def test_what_is_signed_on_the_topics_is_verified_there_and_a_ticket_is_proven(
    shift: Settings, key: Path, tmp_path: Path
) -> None:
    heads = ("--heads", str(tmp_path / "heads.jsonl"))
    first = signs(shift, key, *heads)
    assert {it["topic"] for it in first} == {"soc.inbox", "soc.ticket-events"}
    wait_for(lambda: operations(shift, "audit.sign"), "the log remembers who signed")
    again = signs(shift, key, *heads)
    assert {it["previous"] for it in again} - {""}
    public = ("--key", f"{key}.pub")
    checked = lines(tocsin(shift, "audit", "verify", *heads, *public, "--json"))
    assert checked[0] == {"heads": len(first) + len(again), "faults": []}
    assert [it["faults"] for it in checked[1:]] == [[]] * (len(checked) - 1)
    exported = tocsin(shift, "export", str(tmp_path / "export"), "--operator", "ann", "--reason", "audit")
    assert exported.returncode == 0, exported.stderr
    offline = lines(tocsin(shift, "audit", "verify", str(tmp_path / "export"), *heads, *public, "--json"))
    assert [it["faults"] for it in offline] == [[]] * len(checked)
    assert [it.get("signed_records") for it in offline] == [it.get("signed_records") for it in checked]

    proof = tmp_path / "proof.json"
    whose = ("--operator", "ann", "--reason", "claim")
    done = tocsin(shift, "audit", "prove", "ACME-000001", *heads, *public, *whose)
    assert done.returncode == 0, done.stderr
    proof.write_text(done.stdout)
    verifier = Path(__file__).parents[2] / "docs" / "verify_proof.py"
    found = subprocess.run([sys.executable, verifier, proof, f"{key}.pub"], capture_output=True, text=True, check=False)
    assert (found.returncode, "records of ACME-000001 hold" in found.stdout) == (0, True), found.stderr
    wait_for(lambda: operations(shift, "audit.prove"), "the log remembers who has a proof")


def operations(settings: Settings, name: str) -> list[dict[str, Any]]:
    """What the journal has of operations of that name."""
    told = lines(tocsin(settings, "tail", "ticket-events", "--from", "beginning", "--until-end", "--json"))
    events = [it["value"] for it in told]
    return [it for it in events if it["type"] == "OperationRecorded" and it["data"]["operation"] == name]


async def make_topic(settings: Settings, name: str) -> None:
    async with admin_client(settings) as admin:
        await admin.create_topics([NewTopic(name, 1, 1)])


def test_heads_are_kept_on_a_topic_of_another_party_until_the_signer_is_asked_to_end(
    shift: Settings, key: Path
) -> None:
    name = f"witness-{uuid.uuid4().hex[:8]}"
    asyncio.run(make_topic(shift, name))
    missing = tocsin(shift, "audit", "verify", "--topic", f"{name}-no", "--key", f"{key}.pub")
    assert (missing.returncode, "There is no topic" in missing.stderr) == (1, True)
    command: list[str | Path] = [TOCSIN, "audit", "sign", "--key", key, "--topic", name, "--every", "1 s", "--json"]
    where = ["--bootstrap", shift.bootstrap, "--topic-prefix", shift.topic_prefix]
    options = ["--operator", "ann", "--reason", "audit"]
    with subprocess.Popen([*command, *where, *options], stdout=subprocess.PIPE, text=True) as signer:
        assert signer.stdout
        signed = [json.loads(signer.stdout.readline())]
        while signed[-1]["previous_size"] == 0:  # a tick comes every heartbeat, so the inbox has more soon
            signed.append(json.loads(signer.stdout.readline()))
        signer.send_signal(signal.SIGTERM)
        assert signer.wait(HANG_SECONDS) == 0
        signed += [json.loads(line) for line in signer.stdout]
    checked = lines(tocsin(shift, "audit", "verify", "--topic", name, "--key", f"{key}.pub", "--json"))
    assert checked[0] == {"heads": len(signed), "faults": []}


def test_without_a_broker_a_sentence_says_what_to_do() -> None:
    command: list[str | Path] = [TOCSIN, "audit", "verify", "--bootstrap", "127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG_SECONDS)
    assert (done.returncode, "No Kafka broker answers" in done.stderr) == (69, True)
