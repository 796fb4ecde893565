"""Own topics: what stands on a topic of a tenant is that tenant's. What says otherwise is refused."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.unit.taking import STAMP, Taken, taken_of
from tests.unit.test_formats import FILES

from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.messages.intake import Intake
from tocsin.messages.origin import Origin, origin
from tocsin.messages.record import Headers, Output, Record, Topic, name_of, split_name
from tocsin.tenants.directory import TenantDirectory

LIBRARY = ContractLibrary.load(None)
FILE = """
[tenants.acme.sources]
topics = ["security-events.acme", "calls.acme", "emails.acme", "desk.acme"]
[tenants.globex.sources]
topics = ["security-events.globex.*", "soc.calls.globex"]
sensors = ["globex-edr"]
mailboxes = ["globex@soc.example"]
phones = ["+49 30 901820"]
mail_domains = ["globex.example"]
"""
RAW_MAIL = (
    b"From: Gerd <gerd@globex.example>\r\nTo: globex@soc.example\r\nSubject: Help\r\n"
    b"Message-ID: <m-1@globex.example>\r\nDate: Sun, 1 Mar 2026 09:00:00 +0000\r\n\r\nPlease help."
)


def directory(tmp_path: Path, text: str) -> TenantDirectory:
    file = tmp_path / "tenants.toml"
    file.write_text(text)
    return TenantDirectory.from_file(file, LIBRARY, "esentire")


@pytest.fixture
def tenants(tmp_path: Path) -> TenantDirectory:
    return directory(tmp_path, FILE)


def take(tenants: TenantDirectory, topic: Topic, value: bytes, headers: Headers = (), own: str = "acme") -> Taken:
    return taken_of(outputs(tenants, [Record(topic, 2, 100, STAMP, None, value, headers, own)]))


def outputs(tenants: TenantDirectory, records: Sequence[Record]) -> list[Output]:
    return [output for chunk in Intake(tenants, 3).fold(records) for output in chunk.outputs]


def event(kind: str, data: Mapping[str, object], **envelope: object) -> bytes:
    return json.dumps(
        {"specversion": "1.0", "id": "1", "source": "theirs", "type": f"tocsin.{kind}", "data": data} | envelope
    ).encode()


DETECTION = {"signature": "1:2", "severity": "high", "asset": "10.0.0.1", "title": "x"}
CALL = {"call": "1", "from": "+4930901820", "to": "+18005550100"}
MAIL = {"message_id": "m", "from": "gerd@globex.example", "to": ["globex@soc.example"], "subject": "s"}
RESPOND = {"ticket": "GLOBEX-000001", "analyst": "eve"}
SILENCE = {"silence": "s", "analyst": "eve", "until": "2026-03-02", "reason": "quiet"}

KINDS = [
    (Topic.SECURITY_EVENTS, "detection", DETECTION),
    (Topic.CALLS, "call.missed", CALL),
    (Topic.EMAILS, "email.received", MAIL),
    (Topic.DESK, "desk.respond", RESPOND),
    (Topic.DESK, "desk.silence", SILENCE),
]


@pytest.mark.parametrize(("topic", "kind", "data"), KINDS)
@pytest.mark.parametrize("claim", [{}, {"tenant": "acme"}], ids=["says nothing", "says it, too"])
def test_the_topic_decides_whose_message_it_is(
    tenants: TenantDirectory, topic: Topic, kind: str, data: dict[str, object], claim: dict[str, object]
) -> None:
    taken = take(tenants, topic, event(kind, data, **claim))
    assert [it.tenant for it in taken.inputs] == ["acme"], taken.letters


@pytest.mark.parametrize(("topic", "kind", "data"), KINDS)
@pytest.mark.parametrize("claim", ["globex", "unassigned", "ACME", "no such name!", "", 7])
def test_a_message_that_names_another_tenant_than_its_topic_is_refused(
    tenants: TenantDirectory, topic: Topic, kind: str, data: dict[str, object], claim: object
) -> None:
    taken = take(tenants, topic, event(kind, data, tenant=claim))
    assert (taken.inputs, taken.reason) == ([], "foreign_tenant")
    by_header = take(tenants, topic, event(kind, data), (("tenant", str(claim).encode()),))
    assert (by_header.inputs, by_header.reason) == ([], "foreign_tenant")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_message_of_any_format_is_of_the_tenant_of_its_topic_or_of_nobody(
    tenants: TenantDirectory, file: Path
) -> None:
    ours = outputs(tenants, [Record(Topic.SECURITY_EVENTS, 0, 0, STAMP, None, file.read_bytes(), own="acme")])
    assert {it.key for it in ours} <= {b"acme"}
    headers = (("tenant", b"globex"),)
    theirs = outputs(tenants, [Record(Topic.SECURITY_EVENTS, 0, 0, STAMP, None, file.read_bytes(), headers, "acme")])
    assert {it.topic for it in theirs} <= {Topic.DEAD_LETTERS}


def test_a_mail_on_an_own_topic_is_of_its_tenant_whoever_it_is_from_and_to(tenants: TenantDirectory) -> None:
    assert [it.tenant for it in take(tenants, Topic.EMAILS, RAW_MAIL).inputs] == ["acme"]
    assert take(tenants, Topic.EMAILS, RAW_MAIL, (("tenant", b"globex"),)).reason == "foreign_tenant"


def test_the_kind_of_a_message_is_that_of_its_topic(tenants: TenantDirectory) -> None:
    assert take(tenants, Topic.CALLS, event("desk.respond", RESPOND)).reason == "unknown_type"


def test_what_stands_on_a_topic_of_nobody_is_of_nobody(tenants: TenantDirectory) -> None:
    taken = take(tenants, Topic.CALLS, event("call.missed", CALL, tenant="acme"), own="acme2")
    assert (taken.inputs, taken.reason) == ([], "no_tenant")


@pytest.mark.parametrize(
    ("name", "tenant"),
    [
        ("soc.security-events.acme", "acme"),
        ("soc.calls.globex", "globex"),
        ("soc.security-events.globex.edr-7", "globex"),
        ("soc.security-events.globex", None),
        ("soc.security-events.acme.edr", None),
        ("soc.emails.globex", None),
    ],
)
def test_a_topic_belongs_to_the_tenant_that_names_it_or_the_beginning_of_its_name(
    tenants: TenantDirectory, name: str, tenant: str | None
) -> None:
    assert tenants.owner_of_topic(name) == tenant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("calls.a", "calls.a"),
        ("calls.a.*", "calls.a.b"),
        ("calls.a.b", "calls.a.*"),
        ("calls.a.*", "calls.a.b.*"),
        ("calls.a*", "soc.calls.ab"),
    ],
)
def test_no_topic_belongs_to_two_tenants(tmp_path: Path, one: str, other: str) -> None:
    text = f'[tenants.x.sources]\ntopics = ["{one}"]\n[tenants.y.sources]\ntopics = ["emails.y", "{other}"]\n'
    with pytest.raises(ContractError, match=r"topics\.1: this topic belongs to 'x' already"):
        directory(tmp_path, text)


def test_a_tenant_may_name_a_topic_twice(tmp_path: Path) -> None:
    both = directory(tmp_path, '[tenants.x.sources]\ntopics = ["calls.x.*", "calls.x.1"]\n')
    assert (both.owner_of_topic("soc.calls.x.1"), both.own_topics.names) == ("x", ("soc.calls.x.1",))


@pytest.mark.parametrize(
    "name", ["calls", "calls.", "calls.*", "inbox.acme", "acme", "calls.a b", "calls.a*b", "calls." + "a" * 200, "*"]
)
def test_a_name_that_no_own_topic_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContractError, match="is no name of a tenant's own topic"):
        directory(tmp_path, f'[tenants.x.sources]\ntopics = ["{name}"]\n')


@pytest.mark.parametrize("topic", list(Topic))
def test_a_name_is_split_as_it_was_made(topic: Topic) -> None:
    assert split_name(name_of(topic, "")) == (topic, "")
    if not topic.by_worker:
        assert split_name(name_of(topic, "acme.edr")) == (topic, "acme.edr")


@pytest.mark.parametrize("value", [event("call.missed", CALL), b"rubbish"], ids=["accepted", "refused"])
def test_what_becomes_of_a_message_tells_the_own_topic_that_it_came_from(
    tenants: TenantDirectory, value: bytes
) -> None:
    *_, output = Intake(tenants, 3).fold([Record(Topic.CALLS, 2, 100, STAMP, None, value, own="acme")])
    last = output.outputs[-1]
    record = Record(last.topic, 0, 0, STAMP, last.key, last.value, last.headers)
    assert origin(record) == Origin(Topic.CALLS, 2, 100, "acme")
