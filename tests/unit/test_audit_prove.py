"""`tocsin audit prove`: a third party checks the records of a ticket without the log and without Tocsin."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.logged import log, of, written
from tests.unit.test_signed_heads import Desk

from tocsin.messages.record import Record, Topic

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_proof.py"
LOG = [*log(), *log(partition=1, tenant="globex")]

Proof = dict[str, Any]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A log of two partitions that was signed after some of its records, and after all of them."""
    found = Desk(tmp_path_factory.mktemp("desk"))
    for records in ([it for it in LOG if it.offset < 4], LOG):
        assert found.sign(records).exit_code == 0
    return found


def proof_of(desk: Desk, ticket: str, *more: str, records: list[Record] = LOG) -> Proof:
    file = written(desk.folder / "of.jsonl", records)
    keys = ("--heads", str(desk.heads), "--key", f"{desk.key}.pub")
    result = desk.run("prove", ticket, str(file), *keys, "--reason", "claim", *more)
    assert result.exit_code == 0, result.output
    proof: Proof = json.loads(result.stdout)
    return proof


def checked(desk: Desk, proof: Proof, key: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What the verifier says, in a process of its own."""
    file = desk.folder / "proof.json"
    file.write_text(json.dumps(proof))
    command: list[str | Path] = [sys.executable, "-I", VERIFIER, file, key or Path(f"{desk.key}.pub")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def proof(desk: Desk) -> Proof:
    return proof_of(desk, "ACME-000001")


def test_the_verifier_is_short_and_needs_no_tocsin() -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    assert text.count("\n") <= 60
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import", "from"))}
    assert imported == {"base64", "hashlib", "json", "sys", "pathlib", "cryptography"}


def test_every_record_of_the_ticket_is_proven(desk: Desk, proof: Proof) -> None:
    done = checked(desk, proof)
    assert done.returncode == 0, done.stdout + done.stderr
    journal = [json.loads(it.value or b"") for it in of(LOG, Topic.TICKET_EVENTS) if it.partition == 0]
    of_the_ticket = [it for it in journal if it["number"] == "ACME-000001"]
    causes = {offset for it in of_the_ticket for offset in it["offsets"]}
    assert len(of_the_ticket) > 3
    assert len(proof["records"]) == len(of_the_ticket) + len(causes)
    assert f"{len(proof['records'])} records of ACME-000001 hold; 0 were not signed yet" in done.stdout


def test_it_says_nothing_of_other_tickets(proof: Proof) -> None:
    assert {json.loads(it["leaf"])["partition"] for it in proof["records"]} == {0}
    for record in proof["records"]:
        assert json.loads(record["value"]).get("ticket", proof["ticket"]) == proof["ticket"]
    assert "globex" not in json.dumps(proof)
    assert "+15550199" not in json.dumps(proof)  # who rang about another ticket


def test_a_number_that_two_tenants_have_needs_the_tenant(desk: Desk) -> None:
    assert proof_of(desk, "globex-000001", "--tenant", "globex")["tenant"] == "globex"
    file, keys = str(written(desk.folder / "x.jsonl", LOG)), ("--heads", str(desk.heads), "--key", f"{desk.key}.pub")
    nobody = desk.run("prove", "ACME-000009", file, *keys, "--reason", "claim")
    assert (nobody.exit_code, "no ticket ACME-000009" in nobody.stderr) == (1, True)


def test_a_person_who_was_forgotten_is_not_in_the_proof_and_it_holds(desk: Desk, proof: Proof) -> None:
    forgotten = [
        it._replace(value=json.dumps({k: v for k, v in json.loads(it.value or b"").items() if k != "persons"}).encode())
        if it.topic is Topic.TICKET_EVENTS
        else it
        for it in LOG
    ]
    found = proof_of(desk, "ACME-000001", records=forgotten)
    assert any("persons" in it for it in proof["records"])
    assert not any("persons" in it for it in found["records"])
    assert checked(desk, found).returncode == 0


def test_what_is_not_signed_yet_is_counted(desk: Desk) -> None:
    (desk.folder / "again").mkdir()
    again = Desk(desk.folder / "again")
    again.sign([it for it in LOG if it.offset < 4])
    found = proof_of(again, "ACME-000001")
    assert found["unsigned"] > 0
    assert checked(again, found).returncode == 0


def _value(proof: Proof) -> None:
    proof["records"][-1]["value"] = proof["records"][-1]["value"].replace('"v":1', '"v":2')


def _leaf(proof: Proof) -> None:
    leaf = json.loads(proof["records"][0]["leaf"]) | {"time": 1}
    proof["records"][0]["leaf"] = json.dumps(leaf, separators=(",", ":"))


def _persons(proof: Proof) -> None:
    record = next(it for it in proof["records"] if "persons" in it)
    record["persons"] = record["persons"].replace("+1", "+2")


def _path(proof: Proof) -> None:
    path = proof["records"][0]["path"]
    path[0] = path[0][::-1]


def _index(proof: Proof) -> None:
    proof["records"][0]["index"] += 1


def _root(proof: Proof) -> None:
    proof["heads"][0]["head"]["root"] = "00" * 32


def _head(proof: Proof) -> None:
    proof["records"][0]["head"] = 1


def _ticket(proof: Proof) -> None:
    proof["ticket"] = "another"


@pytest.mark.parametrize("forge", [_value, _leaf, _persons, _path, _index, _root, _head, _ticket])
def test_a_proof_that_was_changed_does_not_hold(desk: Desk, proof: Proof, forge: Callable[[Proof], None]) -> None:
    forged = json.loads(json.dumps(proof))
    forge(forged)
    assert forged != proof
    done = checked(desk, forged)
    assert (done.returncode, "DOES NOT HOLD" in done.stderr) == (1, True), done.stdout + done.stderr


def test_a_proof_by_another_key_does_not_hold(desk: Desk, proof: Proof) -> None:
    desk.run("keygen", str(desk.folder / "another.pem"))
    assert "the signature of the head" in checked(desk, proof, desk.folder / "another.pem.pub").stderr


def test_of_a_log_that_is_not_what_was_signed_nothing_is_proven(desk: Desk) -> None:
    changed = [LOG[0]._replace(timestamp=1), *LOG[1:]]
    file, keys = written(desk.folder / "y.jsonl", changed), ("--heads", str(desk.heads), "--key", f"{desk.key}.pub")
    result = desk.run("prove", "ACME-000001", str(file), *keys, "--reason", "claim")
    assert (result.exit_code, "is not what was signed up to offset" in result.stderr) == (1, True)
    gone = [it for it in LOG if it.offset != 1]
    written(file, gone)
    result = desk.run("prove", "ACME-000001", str(file), *keys, "--reason", "claim")
    assert (result.exit_code, "soc.inbox/0 has no record at offset 1 any more" in result.stderr) == (1, True)


def test_what_retention_has_taken_is_not_proven_and_that_is_said(desk: Desk) -> None:
    later = written(desk.folder / "z.jsonl", [it for it in LOG if it.offset >= 3])
    keys = ("--heads", str(desk.heads), "--key", f"{desk.key}.pub")
    result = desk.run("prove", "ACME-000001", str(later), *keys, "--reason", "claim")
    why = "soc.inbox/0 begins at offset 3, and the proof needs what stood from 0 on"
    assert (result.exit_code, why in result.stderr) == (1, True), result.output
