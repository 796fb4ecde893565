"""From the bytes of a stranger to the inbox or a dead letter: what intake itself promises."""

import json
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.taking import Take

import tocsin
from tocsin.domain.commands.inbound import AdoptContract, CallMissed, Detection
from tocsin.domain.instant import parse
from tocsin.messages import inbox
from tocsin.messages.dead_letters import DeadLetterReason
from tocsin.messages.intake import CHUNK_BYTES_MAX, CHUNK_RECORDS_MAX, Intake, IntakeFlooded, Limits
from tocsin.messages.record import Record, Topic
from tocsin.settings import Settings
from tocsin.streams.core.pipeline import pipeline
from tocsin.streams.core.port import Source
from tocsin.tenants.directory import TenantDirectory

STAMP = parse("2026-03-01T09:00:00Z")
SAMPLES = Path(tocsin.__file__).parent / "dev" / "samples"
DATA = Path(__file__).parents[1] / "data"
DETECTION: dict[str, Any] = {"signature": "1:2001219", "severity": "high", "asset": "10.0.0.1", "title": "SSH scan"}


def detection(**attributes: object) -> bytes:
    event = {"specversion": "1.0", "id": "d-1", "source": "edr", "type": "tocsin.detection", "tenant": "acme"}
    return json.dumps({**event, "data": DETECTION, **attributes}).encode()


def call(**attributes: object) -> bytes:
    event = {"specversion": "1.0", "id": "c-1", "source": "pbx", "type": "tocsin.call.missed"}
    data = {"call": "c-1", "from": "+14165550123", "to": "+18445525837"}
    return json.dumps({**event, "data": data, **attributes}).encode()


def record(value: bytes | None, offset: int = 0, topic: Topic = Topic.SECURITY_EVENTS, **more: Any) -> Record:
    return Record(topic, 2, offset, STAMP, more.get("key"), value, more.get("headers", ()))


def test_a_detection_goes_to_its_tenants_partition_of_the_inbox(take: Take) -> None:
    taken = take(Topic.SECURITY_EVENTS, detection(time="2026-03-01T08:59:00Z"))
    (adoption, output) = taken.outputs
    assert output.key == b"acme"
    assert output.partition == adoption.partition == (murmur2(b"acme") & 0x7FFFFFFF) % 3
    assert output.timestamp == STAMP
    assert taken.input.body == Detection(**DETECTION, key="edr/signature/1:2001219/10.0.0.1")
    assert taken.input.happened_at == parse("2026-03-01T08:59:00Z")
    assert (taken.input.tenant, taken.input.source, taken.input.id) == ("acme", "edr", "d-1")


@given(st.lists(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", fullmatch=True), min_size=1), st.integers(1, 50))
def test_every_kafka_client_finds_a_tenants_partition(tenants: list[str], partitions: int) -> None:
    intake = Intake(Nobody(), partitions)
    records = [record(detection(tenant=tenant), offset) for offset, tenant in enumerate(tenants)]
    for chunk in intake.fold(records):
        for output in chunk.outputs:
            assert output.partition == (murmur2(output.key) & 0x7FFFFFFF) % partitions


def test_a_tenants_contract_is_in_the_log_before_its_first_input_and_once(example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1)
    names = ["acme", "globex", "acme", "nobody-knows"]
    records = [record(detection(tenant=name), offset) for offset, name in enumerate(names)]
    (chunk,) = intake.fold(records)
    inputs = [inbox.decode(Record(Topic.INBOX, 0, 0, STAMP, it.key, it.value)) for it in chunk.outputs]
    assert [(it.tenant, type(it.body)) for it in inputs] == [
        ("acme", AdoptContract),
        ("acme", Detection),
        ("globex", AdoptContract),
        ("globex", Detection),
        ("acme", Detection),
        ("nobody-knows", AdoptContract),
        ("nobody-knows", Detection),
    ]
    assert inputs[0].body == example_tenants.adoption("acme")
    assert inputs[0].body.unless_adopted
    (later,) = intake.fold([record(detection(), 9)])
    assert len(later.outputs) == 1


def test_an_adoption_that_was_not_committed_is_written_again(example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1)
    lost = next(iter(intake.fold([record(detection())])))
    again = next(iter(intake.fold([record(detection())])))
    assert len(lost.outputs) == len(again.outputs) == 2
    assert lost == again


def test_inputs_of_a_worker_write_a_tenants_contract_once_between_them() -> None:
    make = pipeline(Settings()).make
    security, calls = (make(Source(topic, 0), 3) for topic in (Topic.SECURITY_EVENTS, Topic.CALLS))
    rung = record(call(tenant="acme"), topic=Topic.CALLS)
    in_doubt = next(iter(security.fold([record(detection())])))
    (first,) = calls.fold([rung])
    assert (len(in_doubt.outputs), len(first.outputs)) == (2, 2)  # nobody counts on what may not be committed
    (later,) = security.fold([record(detection())])
    (again,) = make(Source(Topic.CALLS, 1), 3).fold([rung])
    assert (len(later.outputs), len(again.outputs)) == (1, 1)


def test_an_adoption_made_twice_has_the_same_id(example_tenants: TenantDirectory) -> None:
    first, second = (next(iter(Intake(example_tenants, 1).fold([record(detection())]))) for _ in range(2))
    assert first == second


def test_chunks_are_bounded_in_records_and_bytes_and_lose_nothing(example_tenants: TenantDirectory) -> None:
    many = [record(detection(id=str(offset)), offset) for offset in range(CHUNK_RECORDS_MAX + 10)]
    chunks = list(Intake(example_tenants, 1).fold(many))
    assert [chunk.position for chunk in chunks] == [CHUNK_RECORDS_MAX, CHUNK_RECORDS_MAX + 10]
    assert [len(chunk.outputs) for chunk in chunks] == [CHUNK_RECORDS_MAX + 1, 10]
    large = [record(b"x" * 1_000_000, offset) for offset in range(12)]
    chunks = list(Intake(example_tenants, 1).fold(large))
    assert [chunk.position for chunk in chunks] == [5, 10, 12]
    assert all(sum(len(it.value or b"") for it in chunk.outputs) < CHUNK_BYTES_MAX + 1_000_000 for chunk in chunks)


def test_no_records_make_no_chunk(example_tenants: TenantDirectory) -> None:
    assert list(Intake(example_tenants, 1).fold([])) == []


def test_a_message_without_an_id_gets_the_hash_of_tenant_topic_and_bytes(take: Take) -> None:
    line = (SAMPLES / "suricata-first-2015.eve.jsonl").read_bytes().splitlines()[0]
    of_acme = take(Topic.SECURITY_EVENTS, line, headers=(("tenant", b"acme"),)).input
    of_globex = take(Topic.SECURITY_EVENTS, line, headers=(("tenant", b"globex"),)).input
    assert of_acme.id == sha256(b"acme\0soc.security-events\0" + line).hexdigest()
    assert of_globex.id != of_acme.id


def test_the_salt_is_derived_from_the_original_bytes(take: Take) -> None:
    value = detection()
    assert take(Topic.SECURITY_EVENTS, value).input.salt == sha256(b"tocsin persons" + value).hexdigest()[:32]


def test_a_record_of_the_inbox_names_where_it_came_from(take: Take) -> None:
    output = take(Topic.SECURITY_EVENTS, detection()).outputs[-1]
    assert json.loads(output.value or b"")["origin"] == "soc.security-events/2/100"


def test_the_tenant_is_named_by_the_event_before_the_header_before_the_sources(take: Take) -> None:
    header = (("tenant", b"globex"),)
    sensor = {"source": "acme-sensor-1", "tenant": None}
    assert take(Topic.SECURITY_EVENTS, detection(tenant="initech"), headers=header).input.tenant == "initech"
    assert take(Topic.SECURITY_EVENTS, detection(**sensor), headers=header).input.tenant == "globex"
    assert take(Topic.SECURITY_EVENTS, detection(**sensor)).input.tenant == "acme"


def test_a_detection_or_desk_command_without_a_tenant_is_a_dead_letter(take: Take) -> None:
    assert take(Topic.SECURITY_EVENTS, detection(tenant=None)).reason == "no_tenant"
    resume = detection(tenant=None, type="tocsin.desk.resume", data={"ticket": "ACME-000001", "analyst": "ada"})
    assert take(Topic.DESK, resume).reason == "no_tenant"


@pytest.mark.parametrize("name", ["T", "Acme", "ACME", "acme_corp", "acme.example", "acme-2", "1"])
def test_a_tenants_name_has_letters_of_either_case_digits_and_a_few_marks(take: Take, name: str) -> None:
    assert take(Topic.SECURITY_EVENTS, detection(tenant=name)).input.tenant == name


@pytest.mark.parametrize(
    "name", ["ac me", "zürich", "", "a" * 64, "-acme", ".acme", "a/b", "acme\n", 7, ["acme"], {"a": "b"}, True]
)
def test_a_tenants_name_that_cannot_be_is_a_dead_letter(take: Take, name: str) -> None:
    assert take(Topic.SECURITY_EVENTS, detection(tenant=name)).reason == "invalid_tenant"


@pytest.mark.parametrize("name", ["ac me", 7, None])
def test_a_call_that_fits_no_tenant_is_not_lost_but_unassigned(take: Take, name: str) -> None:
    data = {"call": "c-1", "from": "+15551230000", "to": "+15551239999"}
    taken = take(Topic.CALLS, call(tenant=name, data=data)).input
    assert taken.tenant == "unassigned"


def test_a_request_finds_its_tenant_by_who_asks(take: Take) -> None:
    def request(contact: str) -> bytes:
        kind, data = "tocsin.request.submitted", {"contact": contact, "subject": "Help"}
        return detection(tenant=None, type=kind, data=data)

    by_mail = take(Topic.DESK, request("Gerd <Gerd@globex.example>")).input
    assert (by_mail.tenant, by_mail.body.contact) == ("globex", "gerd@globex.example")
    by_phone = take(Topic.DESK, request("+49 30 901821")).input
    assert (by_phone.tenant, by_phone.body.contact) == ("globex", "+4930901821")
    assert take(Topic.DESK, request("Jane")).reason == "no_tenant"


def test_a_server_that_reports_its_health_is_known_by_its_source(take: Take) -> None:
    data = {"server": "nvr-1", "subject": "storage", "condition": "warning"}
    value = detection(tenant=None, source="globex-edr", type="tocsin.health.reported", data=data)
    assert take(Topic.SECURITY_EVENTS, value).input.tenant == "globex"


def test_a_call_finds_its_tenant_by_line_or_caller(take: Take) -> None:
    assert take(Topic.CALLS, call()).input.tenant == "acme"
    by_line = {"call": "c-1", "from": "anonymous", "to": "+353 21 475 7102"}
    assert take(Topic.CALLS, call(data=by_line)).input.tenant == "acme"
    by_caller = {"call": "c-1", "from": "+49 30 901821", "to": "+15551239999"}
    assert take(Topic.CALLS, call(data=by_caller)).input.tenant == "globex"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+1 (416) 555-0123", "+14165550123"),
        ("tel:+1-416-555-0123", "+14165550123"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("anonymous", "withheld"),
        ("Restricted", "withheld"),
        ("<unknown>", "withheld"),
        ("sip:anonymous@anonymous.invalid", "withheld"),
        ("sip:ada@pbx.acme.example", "sip:ada@pbx.acme.example"),
        ("+266696687", "withheld"),
        ("+7378742833", "withheld"),
        ("-", "withheld"),
        ("4165550123", "+14165550123"),
        ("1001", "1001"),
        ("", "withheld"),
        (None, "withheld"),
    ],
)
def test_a_number_is_kept_as_e164_where_it_is_one(take: Take, written: str, kept: str) -> None:
    data = {"call": "c-1", "from": written, "to": "+1 844 552 5837"}
    body = take(Topic.CALLS, call(data=data)).input.body
    assert body == CallMissed(
        call="c-1", caller=kept, line="+18445525837", as_written=not kept.startswith(("+", "withheld"))
    )


def test_a_call_without_from_is_withheld(take: Take) -> None:
    assert take(Topic.CALLS, call(data={"call": "c-1", "to": "+18445525837"})).input.body.caller == "withheld"


def test_a_dead_letter_keeps_the_bytes_and_says_why_and_where_from(take: Take) -> None:
    headers = (("tenant", b"acme"), ("trace", b"7"), ("tocsin-reason", b"of an earlier time"))
    taken = take(Topic.CALLS, b'{"a": nonsense}', headers=headers, key=b"k")
    (letter,) = taken.outputs
    assert (letter.key, letter.value, letter.partition) == (b"k", b'{"a": nonsense}', None)
    assert letter.timestamp == STAMP
    assert letter.headers == (
        ("tocsin-reason", b"not_json"),
        ("tocsin-detail", b"Expecting value in line 1, column 7"),
        ("tocsin-origin-topic", b"soc.calls"),
        ("tocsin-origin-partition", b"2"),
        ("tocsin-origin-offset", b"100"),
        ("tocsin-origin-timestamp", str(STAMP).encode()),
        ("tenant", b"acme"),
        ("trace", b"7"),
    )


def test_a_dead_letter_fits_into_what_a_broker_takes(take: Take) -> None:
    huge = take(Topic.CALLS, b"x" * 3_000_000, key=b"k" * 2_000_000, headers=(("h", b"v" * 2_000_000),))
    (letter,) = huge.letters
    size = (
        len(letter.value or b"")
        + len(letter.key or b"")
        + sum(len(name) + len(value or b"") for name, value in letter.headers)
    )
    assert size < 1_000_000
    assert dict(letter.headers)["tocsin-truncated-from"] == b"3000000"
    assert dict(letter.headers)["tocsin-key-truncated-from"] == b"2000000"


def test_dead_letters_and_accepted_inputs_are_counted_when_they_are_committed(example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1)
    chunks = intake.fold([record(detection()), record(b"{"), record(b""), record(None)])
    next(chunks)
    assert (intake.accepted, intake.dead_letters) == (0, {})
    assert next(chunks, None) is None
    assert (intake.accepted, intake.dead_letters) == (1, {"not_json": 1, "empty": 2})


def test_a_flood_of_dead_letters_halts_intake_before_it_drains_the_topic(example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1, Limits(flood=3))
    good, bad = record(detection()), record(b"{")
    assert sum(len(chunk.outputs) for chunk in intake.fold([bad, bad, good, bad, bad])) == 6
    with pytest.raises(IntakeFlooded, match=r"3 dead letters in a row up to soc\.security-events/2/0"):
        list(intake.fold([bad]))
    with pytest.raises(IntakeFlooded):
        list(intake.fold([bad]))
    assert intake.dead_letters == {DeadLetterReason.NOT_JSON: 4}
    assert len(list(intake.fold([good]))) == 1


def test_without_a_limit_no_flood_halts_intake(example_tenants: TenantDirectory) -> None:
    (chunk, last) = Intake(example_tenants, 1).fold([record(b"{")] * (CHUNK_RECORDS_MAX + 1))
    assert (len(chunk.outputs), len(last.outputs)) == (CHUNK_RECORDS_MAX, 1)


def test_a_bad_message_disturbs_no_other(take: Take) -> None:
    taken = take(Topic.SECURITY_EVENTS, detection(), b"\xff", detection(id="d-2"), b"{", detection(id="d-3"))
    assert [it.id for it in taken.inputs] == ["d-1", "d-2", "d-3"]
    assert len(taken.letters) == 2


def test_every_line_of_the_sample_sensors_is_accepted(take: Take) -> None:
    tenant = (("tenant", b"acme"),)
    lines = [line for file in sorted(SAMPLES.glob("*.eve.jsonl")) for line in file.read_bytes().splitlines()]
    findings = [file.read_bytes() for file in sorted(DATA.glob("ocsf-*.json"))]
    taken = take(Topic.SECURITY_EVENTS, *lines, *findings, headers=tenant)
    assert (len(lines), len(findings)) == (343, 2)
    assert (len(taken.inputs), len(taken.letters)) == (345, 0)
    assert len({it.id for it in taken.inputs}) == 345
    assert not any(it.dated_by_arrival for it in taken.inputs)


def test_the_fixture_of_repeats_has_the_counts_that_it_promises(take: Take) -> None:
    lines = (DATA / "repeats.eve.jsonl").read_bytes().splitlines()
    taken = take(Topic.SECURITY_EVENTS, *lines, headers=(("tenant", b"acme"),))
    distinct = {it.id: it.body for it in taken.inputs}
    assert len(lines) == 15
    assert taken.ignored == {"no_finding": 1}
    assert (len(taken.inputs), len(distinct), len(taken.letters)) == (14, 10, 0)
    assert len({(body.signature, body.asset) for body in distinct.values()}) == 5


class Nobody:
    """A directory without tenants, so that properties do not pay for contracts."""

    def tenant_of(self, **_source: str | None) -> str | None:
        return None

    def owner_of_topic(self, _name: str) -> None:
        return None

    def home_networks(self, _tenant: str) -> tuple[Any, ...]:
        return (ip_network("10.0.0.0/8"),)

    def timezone_of_sensor(self, _sensor: str) -> str | None:
        return None

    def region(self, _tenant: str) -> str | None:
        return None

    def is_ours(self, _address: str) -> bool:
        return False

    def tenant_named(self, _name: str) -> str | None:
        return None

    def is_our_mailbox(self, _address: str) -> bool:
        return False

    authserv_ids: tuple[str, ...] = ()

    def is_mail_domain(self, _domain: str) -> bool:
        return False

    def must_prove(self, _address: str) -> bool:
        return False

    def adoption(self, _tenant: str) -> AdoptContract:
        return AdoptContract(contract="{}", contract_hash="", plan="", unless_adopted=True)
