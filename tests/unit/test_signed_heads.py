"""Signed heads: what stood before the last one can neither change nor vanish, and is named where it does."""

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.logged import log, of, written

from tocsin.audit import growing
from tocsin.audit.head import Head, read_head
from tocsin.audit.leaf import leaf_of
from tocsin.cli import main_group
from tocsin.cli._audit_sign import outliving_brokers
from tocsin.cli._exit import CommandError
from tocsin.client.errors import UnavailableError
from tocsin.messages.record import Record, Topic

LOG = log()
INBOX, JOURNAL = of(LOG, Topic.INBOX), of(LOG, Topic.TICKET_EVENTS)
EARLIER = [*INBOX[:5], *JOURNAL[:6]]
"""The log when it was signed for the first time."""

Edit = Callable[[list[Record]], list[Record]]


class Desk:
    """The folder of somebody who signs, and of somebody who checks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.heads, self.key = folder, folder / "heads.jsonl", folder / "heads.pem"
        self.run("keygen", str(self.key))

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main_group, ["audit", *arguments], env={"USER": "ann"})

    def sign(self, records: list[Record], *more: str) -> Result:
        file = str(written(self.folder / "log.jsonl", records))
        places = ("--key", str(self.key), "--heads", str(self.heads))
        return self.run("sign", file, *places, "--reason", "audit", *more)

    def verify(self, records: list[Record], *more: str) -> Result:
        file = str(written(self.folder / "export.jsonl", records))
        return self.run("verify", file, "--heads", str(self.heads), "--key", f"{self.key}.pub", *more)

    def told(self, records: list[Record]) -> str:
        """The faults of a log in which there are some."""
        result = self.verify(records)
        assert result.exit_code == 1, result.output
        return result.stderr

    def kept(self) -> list[Head]:
        return [read_head(line).head for line in self.heads.read_bytes().splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A log that was signed when it was short and again as it is now."""
    found = Desk(tmp_path)
    for records in (EARLIER, LOG):
        assert found.sign(records).exit_code == 0
    return found


# ---- what holds


def test_a_log_is_what_was_signed(desk: Desk) -> None:
    result = desk.verify(LOG, "--json")
    assert result.exit_code == 0, result.output
    first, *told = map(json.loads, result.stdout.splitlines())
    assert first == {"heads": 4, "faults": []}
    assert [(it["topic"], it["signed_records"], it["unsigned_records"]) for it in told] == [
        ("soc.inbox", len(INBOX), 0),
        ("soc.ticket-events", len(JOURNAL), 0),
    ]


def test_heads_that_were_signed_in_two_goes_have_the_root_of_one_go(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    other.sign(LOG)
    assert [it.root for it in desk.kept()[2:]] == [it.root for it in other.kept()]


def test_what_came_after_the_last_head_is_counted_and_no_fault(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    other.sign(EARLIER)
    told = [json.loads(it) for it in other.verify(LOG, "--json").stdout.splitlines()[1:]]
    assert [(it["signed_records"], it["unsigned_records"]) for it in told] == [(5, 3), (6, len(JOURNAL) - 6)]


def test_where_nothing_is_new_nothing_is_signed(desk: Desk) -> None:
    assert "Nothing new" in desk.sign(LOG).stdout
    assert len(desk.kept()) == 4


def test_the_person_of_a_record_of_the_journal_can_be_forgotten(desk: Desk) -> None:
    forgotten = [it._replace(value=without_persons(it.value or b"")) if it in JOURNAL else it for it in LOG]
    assert forgotten != LOG
    assert desk.verify(forgotten).exit_code == 0


def without_persons(value: bytes) -> bytes:
    return json.dumps({name: told for name, told in json.loads(value).items() if name != "persons"}).encode()


# ---- one flipped byte, one removed and one reordered record


@pytest.mark.parametrize("at", range(len(INBOX)))
def test_one_flipped_byte_of_the_inbox_is_named_by_its_offset(desk: Desk, at: int) -> None:
    value = INBOX[at].value or b""
    changed = INBOX[at]._replace(value=value.replace(b'"specversion":"1.0"', b'"specversion":"1.1"'))
    assert changed != INBOX[at]
    told = desk.told([*INBOX[:at], changed, *INBOX[at + 1 :], *JOURNAL])
    since, until = (0, 5) if at < 5 else (5, 8)
    named = f"soc.inbox/0: the record at offset {at} has been changed, between the heads at offsets {since} and {until}"
    assert named in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("at", [0, 5, 6, len(JOURNAL) - 1])
def test_one_flipped_byte_of_the_journal_is_named_by_its_offset(desk: Desk, at: int) -> None:
    record = JOURNAL[at]
    changed = record._replace(value=(record.value or b"").replace(b'"v":1', b'"v":2'))
    told = desk.told([*INBOX, *JOURNAL[:at], changed, *JOURNAL[at + 1 :]])
    assert f"offset {record.offset} has been changed (hash chain)" in told
    assert f"the record at offset {record.offset} has been changed, between the heads" in told


@pytest.mark.parametrize("at", range(1, len(INBOX) - 1))
def test_one_removed_record_is_named_by_its_neighbours(desk: Desk, at: int) -> None:
    told = desk.told([*INBOX[:at], *INBOX[at + 1 :], *JOURNAL])
    assert f"one record missing behind offset {at - 1}" in told
    assert "soc.ticket-events" not in told


def test_the_first_and_the_last_record_cannot_be_removed(desk: Desk) -> None:
    assert "offsets 0 to 0 are missing at the beginning" in desk.told([*INBOX[1:], *JOURNAL])
    assert "one record missing behind offset 6" in desk.told([*INBOX[:-1], *JOURNAL])


@pytest.mark.parametrize("at", range(len(INBOX) - 1))
def test_two_records_in_another_order_are_named(desk: Desk, at: int) -> None:
    told = desk.told([*INBOX[:at], INBOX[at + 1], INBOX[at], *INBOX[at + 2 :], *JOURNAL])
    assert f"offset {at} stands behind offset {at + 1}: reordered, or twice" in told


def test_records_that_took_each_others_offsets_are_both_named(desk: Desk) -> None:
    one, other = (INBOX[at]._replace(offset=INBOX[3 - at].offset) for at in (2, 1))
    told = desk.told([INBOX[0], one, other, *INBOX[3:], *JOURNAL])
    assert "the record at offset 1 has been changed" in told
    assert "the record at offset 2 has been changed" in told


def test_a_record_that_was_put_in_is_named(desk: Desk) -> None:
    into_a_gap = JOURNAL[1]._replace(offset=3)
    assert into_a_gap.offset not in {it.offset for it in JOURNAL}
    told = desk.told([*INBOX, *JOURNAL[:3], into_a_gap, *JOURNAL[3:]])
    assert "one record put in, at offset 3, between the heads at offsets 0 and 7" in told


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: it._replace(timestamp=it.timestamp + 1),
        lambda it: it._replace(key=b"globex"),
        lambda it: it._replace(key=None),
        lambda it: it._replace(headers=(*it.headers, ("x", b"1"))),
        lambda it: it._replace(value=None),
    ],
    ids=["stamp", "key", "no key", "header", "tombstone"],
)
def test_nothing_of_a_record_can_be_changed(desk: Desk, edit: Callable[[Record], Record]) -> None:
    told = desk.told([*INBOX[:6], edit(INBOX[6]), *INBOX[7:], *JOURNAL])
    assert "the record at offset 6 has been changed, between the heads at offsets 5 and 8" in told


def test_a_journal_that_was_written_anew_with_a_chain_that_holds_is_found(desk: Desk) -> None:
    anew = [*JOURNAL[:3], *rewritten(JOURNAL[3:], json.loads(JOURNAL[2].value or b"")["hash"])]
    chain_alone = desk.run("verify", str(written(desk.folder / "anew.jsonl", anew)))
    assert chain_alone.exit_code == 0
    told = desk.told([*INBOX, *anew])
    assert f"the record at offset {JOURNAL[3].offset} has been changed" in told
    assert "hash chain" not in told


def rewritten(records: list[Record], head: str) -> list[Record]:
    """The records with another tenant, and hashes that follow on each other."""
    found = []
    for record in records:
        document = json.loads(record.value or b"") | {"tenant": "globex", "prev": head}
        covered = {name: told for name, told in document.items() if name not in ("hash", "persons")}
        head = sha256(json.dumps(covered, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
        found.append(record._replace(value=json.dumps(document | {"hash": head}, ensure_ascii=False).encode()))
    return found


def test_a_range_that_is_missing_is_named_with_how_many_were_signed(desk: Desk) -> None:
    assert "offsets 5 to 7 are missing: 3 signed records" in desk.told([*INBOX[:5], *JOURNAL])
    assert f"offsets 0 to 28 are missing: {len(JOURNAL)} signed records" in desk.told(INBOX)


def test_a_line_that_cannot_be_read_is_named(desk: Desk) -> None:
    file = written(desk.folder / "torn.jsonl", LOG)
    file.write_bytes(file.read_bytes().replace(b'{"topic"', b'["topic"', 3))
    result = desk.run("verify", str(file), "--heads", str(desk.heads), "--key", f"{desk.key}.pub")
    assert (result.exit_code, "line 1" in result.stderr) == (1, True)


# ---- retention


def test_what_has_gone_by_retention_is_vouched_for_by_the_heads_that_saw_it_go(desk: Desk) -> None:
    later = [it for it in LOG if it.offset >= 5]
    assert "offsets 0 to 4 are missing at the beginning" in desk.told(later)
    assert desk.sign(later).exit_code == 0
    result = desk.verify([*later, INBOX[-1]._replace(offset=9)], "--json")
    assert result.exit_code == 0, result.output
    told = [json.loads(it) for it in result.stdout.splitlines()[1:]]
    assert [(it["checked_from"], it["unsigned_records"]) for it in told] == [(5, 1), (7, 0)]


def test_what_has_gone_before_it_was_signed_stops_the_signer(desk: Desk) -> None:
    result = desk.sign([it._replace(offset=it.offset + 100) for it in LOG])
    assert result.exit_code == 1
    assert "soc.inbox/0 begins at offset 100: offsets 8 to 99 have gone and were never signed" in result.stderr


# ---- a log that does not go on


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda it: it[:6], "soc.inbox/0 ends at offset 6; it was signed up to offset 8"),
        (lambda it: [*it[:6], *it[7:]], "soc.inbox/0 is not what was signed up to offset 8"),
        (lambda it: [*it[:6], it[6]._replace(value=b"{}"), it[7]], "soc.inbox/0 is not what was signed up to offset 8"),
    ],
    ids=["shorter", "one removed", "one changed"],
)
def test_a_log_that_does_not_go_on_from_the_last_head_is_not_signed(desk: Desk, edit: Edit, why: str) -> None:
    result = desk.sign([*edit(INBOX), *JOURNAL])
    assert (result.exit_code, why in result.stderr) == (1, True), result.output
    assert len(desk.kept()) == 4


def test_a_signer_outlives_brokers_that_do_not_answer_and_reads_again_what_is_kept(desk: Desk) -> None:
    former = {("soc.inbox", 0): desk.kept()}
    with outliving_brokers(former):
        raise UnavailableError("No Kafka broker answers.")
    assert former == {}
    with pytest.raises(CommandError), outliving_brokers(former):
        raise CommandError("Not signed.")


def test_between_two_heads_are_so_few_records_that_every_broker_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "STRETCH_MAX", 4)
    desk = Desk(tmp_path)
    assert desk.sign(LOG).exit_code == 0
    inbox = [it for it in desk.kept() if it.topic == "soc.inbox"]
    assert [it.size for it in inbox] == [4, 8]
    assert desk.verify(LOG).exit_code == 0


# ---- the heads themselves


def lines_of(desk: Desk) -> list[dict[str, dict[str, object]]]:
    return [json.loads(line) for line in desk.heads.read_bytes().splitlines()]


def put(desk: Desk, lines: list[dict[str, dict[str, object]]]) -> None:
    desk.heads.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_two_heads_of_one_size_with_different_roots_are_a_fork(desk: Desk, tmp_path: Path) -> None:
    kept = desk.heads.read_bytes()
    desk.heads.unlink()
    desk.sign([INBOX[0]._replace(timestamp=1), *INBOX[1:5], *JOURNAL[:6]])
    desk.heads.write_bytes(kept + desk.heads.read_bytes())
    told = desk.told(LOG)
    assert "soc.inbox/0: forked: two heads of 5 records, with the roots" in told
    assert "soc.ticket-events/0: forked" not in told


def test_two_heads_that_follow_on_the_same_one_are_a_fork(desk: Desk) -> None:
    first = desk.heads.read_bytes().splitlines(keepends=True)[:2]
    kept = desk.heads.read_bytes()
    desk.heads.write_bytes(b"".join(first))
    desk.sign([*INBOX[:5], INBOX[5]._replace(timestamp=9), *JOURNAL])
    desk.heads.write_bytes(kept + b"".join(desk.heads.read_bytes().splitlines(keepends=True)[2:]))
    assert "soc.inbox/0: forked: the heads of 6 records" in desk.verify(LOG, "--heads-only").stderr


def test_a_head_whose_growth_is_not_proven_is_a_fork(desk: Desk) -> None:
    """It is signed by the right key: whoever has it could sign two logs."""
    lines = lines_of(desk)
    lines[2]["head"]["growth"] = ["00" * 32]
    put(desk, [*lines[:2], signed_anew(desk, lines[2]["head"]) | {"tags": lines[2]["tags"]}, lines[3]])
    assert "are not of one log" in desk.verify(LOG, "--heads-only").stderr


def signed_anew(desk: Desk, head: dict[str, object]) -> dict[str, dict[str, object]]:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    key = load_pem_private_key(desk.key.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    text = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    signature: dict[str, object] | str = base64.b64encode(key.sign(text)).decode()
    return {"head": head, "signature": signature}  # type: ignore[dict-item]  # a line of JSON


def test_a_head_that_is_missing_is_named(desk: Desk) -> None:
    desk.sign([*LOG, INBOX[-1]._replace(offset=9)])
    lines = lines_of(desk)
    put(desk, [lines[0], *lines[4:]])
    assert "soc.inbox/0: the head of 8 records is missing" in desk.verify(LOG, "--heads-only").stderr
    put(desk, lines[2:])
    assert "the head before that of 8 records is missing" in desk.verify(LOG, "--heads-only").stderr


@pytest.mark.parametrize("name", ["root", "size", "end", "time", "begin", "release", "partition"])
def test_a_head_that_was_changed_is_named(desk: Desk, name: str) -> None:
    lines = lines_of(desk)
    old = lines[3]["head"][name]
    lines[3]["head"][name] = old + 1 if isinstance(old, int) else "0" * len(str(old))
    put(desk, lines)
    assert "line 4" in desk.told(LOG)
    refused = desk.sign(LOG)
    assert (refused.exit_code, "nothing is signed" in refused.stderr) == (1, True)


def test_tags_that_were_changed_are_named(desk: Desk) -> None:
    lines = lines_of(desk)
    lines[0]["tags"] = base64.b64encode(b"x" * 15).decode()  # type: ignore[assignment]  # a line of JSON
    put(desk, lines)
    assert "line 1: the head of soc.inbox/0, 5 records, has had its tags changed" in desk.told(LOG)


def test_the_head_of_another_key_is_named_and_one_of_the_former_key_counts(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    new = Desk(tmp_path / "new")
    new.heads.write_bytes(desk.heads.read_bytes())
    more = [*LOG, INBOX[-1]._replace(offset=9)]
    assert "is signed by another key" in new.told(LOG)
    assert new.sign(more).exit_code == 1
    assert new.sign(more, "--former-key", f"{desk.key}.pub").exit_code == 0
    assert new.verify(more, "--key", f"{desk.key}.pub").exit_code == 0


def test_a_torn_line_is_named(desk: Desk) -> None:
    desk.heads.write_bytes(desk.heads.read_bytes()[:-40])
    assert "line 4: is no signed head" in desk.told(LOG)


# ---- keys


def test_a_new_key_is_for_its_owner_alone_and_replaces_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.key.stat().st_mode & 0o777 == 0o600
    before = desk.key.read_bytes()
    again = desk.run("keygen", str(desk.key))
    assert (again.exit_code, desk.key.read_bytes()) == (2, before)


def test_a_key_that_others_may_read_is_refused(desk: Desk) -> None:
    desk.key.chmod(0o640)
    result = desk.sign(LOG)
    assert (result.exit_code, "chmod 600" in result.stderr) == (2, True)


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused_with_a_sentence(desk: Desk, content: bytes) -> None:
    desk.key.write_bytes(content)
    result = desk.sign(LOG)
    assert (result.exit_code, "holds no private key in PEM" in result.stderr) == (2, True)


def test_whoever_checks_must_say_whose_heads(desk: Desk) -> None:
    result = desk.run("verify", str(written(desk.folder / "x.jsonl", LOG)), "--heads", str(desk.heads))
    assert (result.exit_code, "--key" in result.stderr) == (2, True)


# ---- the leaf


@given(
    st.text(max_size=8).filter(lambda it: it.isprintable() or "\0" in it),
    st.binary(max_size=20),
    st.none() | st.binary(max_size=20),
    st.none() | st.binary(max_size=40),
)
def test_a_third_party_can_write_a_leaf(name: str, header: bytes, key: bytes | None, value: bytes | None) -> None:
    record = Record(Topic.INBOX, 3, 17, 1_772_355_600_000, key, value, ((name, header),))
    document = {
        "topic": "soc.inbox",
        "partition": 3,
        "offset": 17,
        "time": 1_772_355_600_000,
        "key": None if key is None else base64.b64encode(key).decode(),
        "headers": [[name, base64.b64encode(header).decode()]],
        "value": None if value is None else sha256(value).hexdigest(),
    }
    assert leaf_of(record) == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
