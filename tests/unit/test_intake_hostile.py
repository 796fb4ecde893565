"""Hostile input: a dead letter with its reason or a harmless acceptance each, and nothing else disturbed."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.taking import Take

from tocsin.domain.commands.inbound import AdoptContract, Detection
from tocsin.domain.instant import parse
from tocsin.messages import inbox
from tocsin.messages.intake import Intake
from tocsin.messages.record import INPUT_TOPICS, Headers, Record, Topic
from tocsin.messages.registry import EVENTS as MODELS
from tocsin.tenants.directory import TenantDirectory

STAMP = parse("2026-03-01T09:00:00Z")
USUAL = settings().max_examples
MEBIBYTE = 1024 * 1024
CONTROLS = map(chr, [*range(9), *range(11, 32), *range(127, 160)])
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NOT_ALLOWED_ANYWHERE = [*CONTROLS, *DIRECTION_MARKS]

EVENTS: dict[str, dict[str, Any]] = {
    "tocsin.detection": {
        "signature": "1:1", "severity": "high", "asset": "a", "title": "t", "key": "k", "risk": "r",
        "sophistication": "s",
    },
    "tocsin.call.missed": {
        "call": "c", "from": "+14165550123", "to": "+18445525837", "contact": "p", "ticket": "T", "client_ticket": "C",
        "priority": "P1", "summary": "s",
    },
    "tocsin.call.placed": {
        "call": "c", "from": "+18445525837", "to": "+14165550123", "outcome": "reached", "purpose": "callback",
        "analyst": "ada", "ticket": "T", "returns": "c0",
    },
    "tocsin.email.received": {
        "message_id": "<m>", "in_reply_to": "<l>", "references": ["<k>"], "from": "a@b.example", "to": ["c@d.example"],
        "subject": "s", "ticket": "T", "client_ticket": "C", "priority": "P1",
    },
    "tocsin.email.sent": {
        "message_id": "<m>", "in_reply_to": "<l>", "references": ["<k>"], "from": "a@b.example", "to": ["c@d.example"],
        "subject": "s", "ticket": "T", "client_ticket": "C", "purpose": "response", "analyst": "ada",
    },
    "tocsin.desk.reclassify": {"ticket": "T", "analyst": "ada", "priority": "P1", "reason": "r"},
    "tocsin.desk.hold": {"ticket": "T", "analyst": "ada", "reason": "r"},
    "tocsin.desk.assign": {"ticket": "T", "analyst": "ada", "assignee": "bob"},
    "tocsin.desk.link": {"ticket": "T", "analyst": "ada", "other": "U"},
    "tocsin.desk.note": {"ticket": "T", "analyst": "ada", "note": "n"},
    "tocsin.desk.action_plan": {"ticket": "T", "analyst": "ada", "note": "n", "timeframe": "f"},
    "tocsin.desk.rule_out": {"ticket": "T", "analyst": "ada", "reason": "r"},
    "tocsin.desk.propose_work": {"ticket": "T", "analyst": "ada", "work": "w"},
    "tocsin.agreement.given": {"ticket": "T", "analyst": "ada", "work": "w", "agreed_by": "p"},
    "tocsin.request.submitted": {
        "contact": "a@b.example", "ticket": "T", "client_ticket": "C", "subject": "s", "priority": "P1", "server": "x",
    },
    "tocsin.status.requested": {"contact": "a@b.example", "ticket": "T", "client_ticket": "C"},
    "tocsin.equipment.failed": {"device": "d", "kind": "sensor", "contact": "a@b.example", "excluded_by": "x"},
    "tocsin.deletion.demanded": {"contact": "a@b.example", "subject": "s", "after_end": True},
    "tocsin.health.reported": {"server": "x", "subject": "storage", "condition": "warning", "detail": "d"},
}  # fmt: skip
"""Every text field of our own schema, with a good value."""

FREE_TEXT = {"summary", "note", "timeframe", "detail", ("tocsin.desk.reclassify", "reason")}
CLOSED_LISTS = {"severity", "outcome", "purpose", "after_end"}
FIELDS = [(kind, name) for kind, data in EVENTS.items() for name in data if name not in CLOSED_LISTS]


def topic_of(kind: str) -> Topic:
    return next(topic for topic, kinds in MODELS.items() if kind in kinds)


def event(kind: str = "tocsin.detection", **attributes: Any) -> dict[str, Any]:
    envelope = {"specversion": "1.0", "id": "1", "source": "s", "type": kind, "tenant": "acme"}
    return {**envelope, "data": EVENTS[kind], **attributes}


def encoded(**attributes: Any) -> bytes:
    return json.dumps(event(**attributes)).encode()


@pytest.mark.parametrize("kind", EVENTS)
def test_every_kind_of_event_is_accepted_in_both_bindings(take: Take, kind: str) -> None:
    structured = take(topic_of(kind), json.dumps(event(kind)).encode()).input
    envelope = {f"ce_{name}": str(value).encode() for name, value in event(kind).items() if name != "data"}
    headers = (*envelope.items(), ("content-type", b"application/json; charset=utf-8"))
    binary = take(topic_of(kind), json.dumps(EVENTS[kind]).encode(), headers=headers).input
    assert structured.body == binary.body
    assert (structured.tenant, structured.source, structured.id) == (binary.tenant, binary.source, binary.id)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xfe{}", "not_utf8"),
        (b'{"title": "\xed\xa0\x80"}', "not_utf8"),
        ("{}".encode("utf-16"), "not_utf8"),
        (b"certainly not JSON", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"a": 1} {"b": 2}', "not_json"),
        (b'{"a": "\n"}', "not_json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not_json"),
        (b"[]", "empty"),
        (b"null", "unknown_shape"),
        (b"{}", "unknown_shape"),
        (b'{"message": "hello"}', "unknown_shape"),
        (b'{"id": "1", "id": "2"}', "duplicate_key"),
        (b'{"data": {"deep": [{"x": 1, "x": 1}]}}', "duplicate_key"),
        (b'{"a": NaN}', "not_finite"),
        (b'{"a": -Infinity}', "not_finite"),
        (b'{"a": 1e999}', "not_finite"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
        (b"[" * 60_000, "too_deep"),
        (b'"' + b'\\"' * 30_000, "not_json"),
        (b"[" * 65 + b'"' + b'\\"' * 30_000, "too_deep"),
        (b"{" + b",".join(b'"k%d":1' % n for n in range(5_000)) + b"}", "too_many_keys"),
        (b"{" + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}", "too_large"),
        (b'{"a": "' + b"x" * MEBIBYTE + b'"}', "too_large"),
        (b"\0" * 65_536, "not_json"),
    ],
    ids=range(27),
)
def test_a_value_that_is_no_message_is_a_dead_letter(take: Take, value: Any, reason: str) -> None:
    assert take(Topic.SECURITY_EVENTS, value).reason == reason


def test_brackets_within_text_are_no_depth(take: Take) -> None:
    title = json.dumps('\\"[{' * 60)
    value = encoded().replace(b'"t"', title.encode())
    assert take(Topic.SECURITY_EVENTS, value).input.body.title == '\\"[{' * 60


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"specversion": "0.3"}, "invalid_envelope"),
        ({"specversion": 1.0}, "invalid_envelope"),
        ({"id": ""}, "invalid_envelope"),
        ({"id": 7}, "invalid_envelope"),
        ({"id": "x" * 257}, "invalid_envelope"),
        ({"source": None}, "invalid_envelope"),
        ({"source": "a\u202eb"}, "unsafe_text"),
        ({"id": "a\ud800b"}, "unsafe_text"),
        ({"id": "a\nb"}, "unsafe_text"),
        ({"type": "tocsin.call.missed"}, "unknown_type"),
        ({"type": "tocsin.tick"}, "unknown_type"),
        ({"type": ["tocsin.detection"]}, "unknown_type"),
        ({"type": None}, "unknown_type"),
        ({"datacontenttype": "text/plain"}, "unsupported_content"),
        ({"datacontenttype": 7}, "unsupported_content"),
        ({"data_base64": "e30="}, "invalid_envelope"),
        ({"data": None}, "invalid_data"),
        ({"data": []}, "invalid_data"),
        ({"data": "e30="}, "invalid_data"),
        ({"data": {}}, "invalid_data"),
        ({"time": "99999-03-01T09:00:00Z"}, "invalid_time"),
        ({"time": "2026-03-01T09:00:00"}, "invalid_time"),
        ({"time": "2026-03-01 09:00:00Z"}, "invalid_time"),
        ({"time": "20260301T090000Z"}, "invalid_time"),
        ({"time": "2026-02-30T09:00:00Z"}, "invalid_time"),
        ({"time": "2026-03-01T09:00:00+25:00"}, "invalid_time"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "invalid_time"),
        ({"time": "1500-01-01T09:00:00Z"}, "invalid_time"),
        ({"time": "9999-12-31T23:59:60Z"}, "invalid_time"),
        ({"time": "yesterday"}, "invalid_time"),
        ({"time": ""}, "invalid_time"),
        ({"time": 1772355600}, "invalid_time"),
        ({"time": {"a": []}}, "invalid_time"),
    ],
)
def test_an_envelope_that_is_wrong_is_a_dead_letter(take: Take, attributes: dict[str, object], reason: str) -> None:
    assert take(Topic.SECURITY_EVENTS, encoded(**attributes)).reason == reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("severity", "worst"),
        ("severity", "very high"),
        ("severity", 3),
        ("severity", None),
        ("signature", ""),
        ("signature", 2001219),
        ("signature", "s" * 257),
        ("asset", ["a"]),
        ("title", {"a": 1}),
        ("title", True),
        ("title", "t" * 1_025),
        ("key", 1.5),
    ],
)
def test_data_of_the_wrong_type_or_length_is_a_dead_letter(take: Take, field: str, value: Any) -> None:
    data = {**EVENTS["tocsin.detection"], field: value}
    assert take(Topic.SECURITY_EVENTS, encoded(data=data)).reason == "invalid_data"


@pytest.mark.parametrize("name", sorted(EVENTS["tocsin.detection"].keys() - {"key", "risk", "sophistication"}))
def test_data_that_lacks_what_it_needs_is_a_dead_letter(take: Take, name: str) -> None:
    data = {key: value for key, value in EVENTS["tocsin.detection"].items() if key != name}
    assert take(Topic.SECURITY_EVENTS, encoded(data=data)).reason == "invalid_data"


@pytest.mark.parametrize(
    "time",
    [
        "99999-03-01T09:00:00Z",
        "1500-01-01T09:00:00Z",
        "2026-03-01T09:00:00",
        "yesterday",
        "",
        7,
        ["x"],
        {"a": "b"},
        False,
        None,
    ],
)
@pytest.mark.parametrize("kind", ["tocsin.call.missed", "tocsin.call.placed", "tocsin.email.received"])
def test_a_call_or_mail_is_never_refused_over_its_time(take: Take, kind: str, time: object) -> None:
    taken = take(topic_of(kind), json.dumps(event(kind, time=time)).encode()).input
    assert (taken.happened_at, taken.dated_by_arrival) == (STAMP, True)


@pytest.mark.parametrize(
    ("kind", "field", "length"),
    [
        ("tocsin.call.missed", "summary", 8_192),
        ("tocsin.call.missed", "contact", 1_024),
        ("tocsin.email.received", "subject", 1_024),
        ("tocsin.request.submitted", "subject", 1_024),
    ],
)
def test_what_a_person_said_at_length_is_cut_not_refused(take: Take, kind: str, field: str, length: int) -> None:
    value = json.dumps(event(kind, data=EVENTS[kind] | {field: "x" * 20_000})).encode()
    assert getattr(take(topic_of(kind), value).input.body, field) == "x" * length


def test_a_time_in_the_future_counts_as_now(take: Take) -> None:
    taken = take(Topic.SECURITY_EVENTS, encoded(time="9999-12-31T23:59:59Z")).input
    assert (taken.happened_at, taken.dated_by_arrival) == (STAMP, False)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z"),
        ("2026-03-01t08:00:00.5z", "2026-03-01T08:00:00.500Z"),
        ("2026-03-01T08:00:00.123456789-05:30", "2026-03-01T13:30:00.123Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_read_as_rfc_3339_writes_it(take: Take, written: str, instant: str) -> None:
    assert take(Topic.SECURITY_EVENTS, encoded(time=written)).input.happened_at == min(parse(instant), STAMP)


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_control_characters_and_direction_marks_are_refused_in_every_text_field(
    take: Take, kind: str, field: str
) -> None:
    free_text = field in FREE_TEXT or (kind, field) in FREE_TEXT
    refused = [*NOT_ALLOWED_ANYWHERE, "\ud800", "\udfff"] + ([] if free_text else ["\t", "\n"])
    values = [json.dumps(event(kind, data=EVENTS[kind] | {field: f"a{character}b"})).encode() for character in refused]
    taken = take(topic_of(kind), *values)
    reasons = [dict(letter.headers)["tocsin-reason"] for letter in taken.letters]
    assert reasons == [b"unsafe_text"] * len(values)


@pytest.mark.parametrize(("kind", "field"), [(kind, name) for kind, name in FIELDS if name in FREE_TEXT])
def test_free_text_may_have_lines_and_every_script(take: Take, kind: str, field: str) -> None:
    text = "First line\n\tsecond line\r\nعربى עברית 日本語 🙂"
    body = take(topic_of(kind), json.dumps(event(kind, data=EVENTS[kind] | {field: text})).encode()).input.body
    assert getattr(body, field) == text


def test_a_mark_in_a_list_is_refused_too(take: Take) -> None:
    kind = "tocsin.email.received"
    for field in ("to", "references"):
        data = EVENTS[kind] | {field: ["fine", "not\u202efine"]}
        assert take(Topic.EMAILS, json.dumps(event(kind, data=data)).encode()).reason == "unsafe_text"


def test_unknown_fields_of_sensors_calls_and_mails_are_ignored(take: Take) -> None:
    for kind in ("tocsin.detection", "tocsin.call.missed", "tocsin.email.sent"):
        data = EVENTS[kind] | {"surprise": "\u202e", "sender": "x", "caller": "x", "answered": True}
        plain = take(topic_of(kind), json.dumps(event(kind)).encode()).input
        assert take(topic_of(kind), json.dumps(event(kind, data=data, newext=1)).encode()).input.body == plain.body


def test_an_unknown_field_of_a_desk_command_is_a_slip_and_refused(take: Take) -> None:
    data = EVENTS["tocsin.desk.note"] | {"tikcet": "T"}
    taken = take(Topic.DESK, json.dumps(event("tocsin.desk.note", data=data)).encode())
    assert taken.reason == "invalid_data"
    assert dict(taken.letters[0].headers)["tocsin-detail"] == b"data.tikcet: Extra inputs are not permitted"


def test_a_dead_letters_detail_repeats_nothing_that_a_stranger_wrote(take: Take) -> None:
    personal = "Jane Doe \u202e\x1b[31m"
    values = [
        json.dumps(event("tocsin.desk.note", data=EVENTS["tocsin.desk.note"] | {personal: personal})).encode(),
        json.dumps(event("tocsin.desk.note", data={"ticket": personal})).encode(),
        encoded(time=personal),
        encoded(tenant=personal),
        encoded(type=personal),
        encoded(data={"severity": personal}),
        json.dumps({personal: personal})[:-1].encode(),
    ]
    taken = take(Topic.SECURITY_EVENTS, *values[2:])
    letters = taken.letters + take(Topic.DESK, *values[:2]).letters
    assert len(letters) == len(values)
    for letter in letters:
        detail = dict(letter.headers)["tocsin-detail"] or b""
        assert b"Jane" not in detail
        assert b"\x1b" not in detail
        assert detail.isascii()


def test_a_key_or_headers_beyond_their_bounds_are_a_dead_letter(take: Take) -> None:
    assert take(Topic.SECURITY_EVENTS, encoded(), key=b"k" * 1_025).reason == "too_large"
    assert take(Topic.SECURITY_EVENTS, encoded(), headers=(("h", b"v"),) * 65).reason == "too_large"
    assert take(Topic.SECURITY_EVENTS, encoded(), headers=(("h", b"v" * 16_384),)).reason == "too_large"
    assert take(Topic.SECURITY_EVENTS, encoded(), key=b"k" * 1_024, headers=(("h", b"v"),) * 64).reason is None


def test_headers_that_are_not_utf8_are_a_dead_letter(take: Take) -> None:
    headers = (("ce_specversion", b"1.0"), ("ce_id", b"\xff"), ("ce_type", b"tocsin.detection"))
    assert take(Topic.SECURITY_EVENTS, b"{}", headers=headers).reason == "invalid_envelope"


def test_binary_events_with_other_content_are_a_dead_letter(take: Take) -> None:
    headers = (("ce_specversion", b"1.0"), ("content-type", b"application/xml"))
    assert take(Topic.SECURITY_EVENTS, b"<a/>", headers=headers).reason == "unsupported_content"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"contract_hash": "0" * 64}, "invalid_contract"),
        ({"contract": "{}"}, "invalid_contract"),
        ({"contract": "nonsense"}, "not_json"),
        ({"contract": "[" * 10_000}, "too_deep"),
        ({"contract": '{"a":1,"a":2}'}, "duplicate_key"),
        ({"plan": "no such plan"}, "invalid_contract"),
        ({"contacts": [{"name": "\u202e"}]}, "unsafe_text"),
        ({"contacts": [{"name": "Ada", "admin": True}]}, "invalid_data"),
        ({"unless_adopted": "yes"}, "invalid_data"),
        ({"tenant": "globex"}, None),
        (
            {"servers": [{"name": "x", "plan": "no", "covered_from": "2026-01-01", "covered_until": "2027-01-01"}]},
            "invalid_contract",
        ),
    ],
    ids=range(12),
)
def test_only_a_contract_that_can_be_followed_is_adopted(
    take: Take, example_tenants: TenantDirectory, change: dict[str, Any], reason: str
) -> None:
    from tocsin.contracts.codec import contract_hash  # noqa: PLC0415 - used here only

    adoption = example_tenants.adoption("acme")
    contact = {"name": "Ada", "phones": ["+1 416 555 0123"], "emails": "ADA@acme.example", "location": "Toronto"}
    data = {"contract": adoption.contract, "plan": adoption.plan, "contacts": [contact], **change}
    data.setdefault("contract_hash", contract_hash(data["contract"]))
    value = json.dumps({**event(), "type": "tocsin.contract.adopt", "data": data}).encode()
    taken = take(Topic.DESK, value)
    assert taken.reason == reason
    if reason is None:
        body = taken.input.body
        assert isinstance(body, AdoptContract)
        assert (body.contract, body.unless_adopted) == (adoption.contract, False)
        assert [(it.phones, it.emails) for it in body.contacts] == [(("+14165550123",), ("ada@acme.example",))]


def _with_calendar(text: str, **change: object) -> str:
    contract = json.loads(text)
    for calendar in contract["calendars"].values():
        calendar.update(change)
    return json.dumps(contract)


def _without_calendars(text: str) -> str:
    return json.dumps(json.loads(text) | {"calendars": {}})


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: _with_calendar(text, week=[[]] * 7),
        lambda text: _with_calendar(text, timezone="Nowhere/Nothing"),
        _without_calendars,
    ],
    ids=["never opens", "unknown zone", "no calendar"],
)
def test_a_contract_whose_clocks_could_not_run_is_not_adopted(
    take: Take, example_tenants: TenantDirectory, spoilt: Callable[..., Any]
) -> None:
    from tocsin.contracts.codec import contract_hash  # noqa: PLC0415 - used here only

    adoption = example_tenants.adoption("globex")
    text = spoilt(adoption.contract)
    data = {"contract": text, "plan": adoption.plan, "contract_hash": contract_hash(text)}
    value = {**event(), "type": "tocsin.contract.adopt", "data": data}
    assert take(Topic.DESK, json.dumps(value).encode()).reason == "invalid_contract"


def test_an_adoption_may_name_its_tenant_in_its_data(take: Take, example_tenants: TenantDirectory) -> None:
    adoption = example_tenants.adoption("globex")
    data = {"contract": adoption.contract, "plan": adoption.plan, "contract_hash": adoption.contract_hash}
    value = {**event(), "type": "tocsin.contract.adopt", "tenant": None, "data": data}
    assert take(Topic.DESK, json.dumps(value).encode()).reason == "no_tenant"
    named = value | {"data": data | {"tenant": "globex"}}
    assert take(Topic.DESK, json.dumps(named).encode()).input.tenant == "globex"
    misnamed = value | {"data": data | {"tenant": "glo bex"}}
    assert take(Topic.DESK, json.dumps(misnamed).encode()).reason == "invalid_tenant"


def test_hostile_input_leaves_no_memory_behind(take: Take) -> None:
    hostile = [
        b"{" + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"x" * MEBIBYTE,
        b"{" + b",".join(b'"k%d":1' % n for n in range(5_000)) + b"}",
        json.dumps(event("tocsin.desk.note", data={f"k{n}": "x" for n in range(900)})).encode(),
        b'{"specversion":"1.0","data":' + b"[" * 63 + b"1" + b",1" * 30_000 + b"]" * 63 + b"}",
        b"From: " + b"(" * 60_000,
        b"Subject: x\nFrom: a@b\nReferences: " + b"<a@b> " * 10_000,
    ]
    take(Topic.SECURITY_EVENTS, encoded())
    tracemalloc.start()
    try:
        for topic in INPUT_TOPICS:
            for value in hostile:
                take(topic, value)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * MEBIBYTE


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def documents(sure: dict[str, st.SearchStrategy], *perhaps: str, **more: st.SearchStrategy) -> st.SearchStrategy:
    return st.fixed_dictionaries(sure, optional=dict.fromkeys(perhaps, json_values) | more)


kinds = st.sampled_from(list(EVENTS))
alerts = st.dictionaries(st.sampled_from(["signature_id", "gid", "severity", "signature"]), json_values)
shaped = st.one_of(
    documents(
        {"specversion": st.just("1.0"), "id": st.just("1"), "source": st.just("s"), "type": kinds},
        "time", "tenant", "data", "datacontenttype",
    ),
    kinds.flatmap(
        lambda kind: documents({name: st.just(value) | json_values for name, value in EVENTS[kind].items()}).map(
            lambda data: event(kind, data=data)
        )
    ),
    documents(
        {"event_type": st.just("alert") | json_values},
        "timestamp", "src_ip", "dest_ip", "host", "in_iface", alert=alerts,
    ),
    documents(
        {"class_uid": st.sampled_from([2004, 2001]) | json_values},
        "time", "time_dt", "severity_id", "finding_info", "finding", "resources", "metadata", "message",
    ),
)  # fmt: skip
mail_lines = st.sampled_from(
    [b"From", b"To", b"Cc", b"Subject", b"Message-ID", b"In-Reply-To", b"References", b"Auto-Submitted", b"Date"]
).flatmap(
    lambda name: (st.binary(max_size=60) | st.text(max_size=30).map(str.encode)).map(lambda it: name + b": " + it)
)
values = st.one_of(
    st.binary(),
    shaped.map(lambda document: json.dumps(document).encode()),
    st.lists(mail_lines, min_size=1).map(b"\r\n".join),
)
headers = st.lists(
    st.tuples(
        st.sampled_from(["tenant", "sensor", "content-type", "ce_specversion", "ce_type", "ce_id", "ce_time"])
        | st.text(),
        st.sampled_from([b"acme", b"message/rfc822", b"application/json", b"1.0", b"tocsin.detection"]) | st.binary(),
    ),
    max_size=4,
).map(tuple)


@settings(max_examples=6 * USUAL)
@given(st.sampled_from(INPUT_TOPICS), values, headers, st.none() | st.binary())
def test_whatever_arrives_becomes_one_readable_record_or_one_dead_letter_or_is_ignored(
    topic: Topic, value: bytes, header: Headers, key: bytes | None
) -> None:
    intake = Intake(_Directory(), 3)
    (chunk,) = intake.fold([Record(topic, 0, 5, STAMP, key, value, header)])
    assert chunk.position == 6
    if not chunk.outputs:
        assert intake.ignored.total() == 1
        return
    *adoptions, output = chunk.outputs
    if output.topic is Topic.DEAD_LETTERS:
        assert dict(output.headers)["tocsin-reason"] != b"adapter_failed"
        assert (output.value, adoptions) == (value, [])
    else:
        taken = inbox.decode(Record(Topic.INBOX, 0, 0, STAMP, output.key, output.value))
        assert taken.tenant.encode() == output.key
        assert taken.happened_at <= STAMP
        assert len(adoptions) == 1


class _Directory:
    """As little as intake asks for."""

    def tenant_of(self, **source: str | None) -> str | None:
        return "acme" if source.get("sensor") else None

    def owner_of_topic(self, _name: str) -> None:
        return None

    def home_networks(self, _tenant: str) -> tuple[()]:
        return ()

    def timezone_of_sensor(self, _sensor: str) -> str:
        return "America/Toronto"

    def region(self, _tenant: str) -> str | None:
        return None

    def is_ours(self, address: str) -> bool:
        return address.endswith("@soc.example")

    def tenant_named(self, _name: str) -> str | None:
        return None

    def is_our_mailbox(self, _address: str) -> bool:
        return False

    authserv_ids = ("mx.soc.example",)

    def is_mail_domain(self, _domain: str) -> bool:
        return False

    def must_prove(self, address: str) -> bool:
        return address.endswith("@acme.example")

    def adoption(self, _tenant: str) -> AdoptContract:
        return AdoptContract(contract="{}", contract_hash="", plan="", unless_adopted=True)


def test_the_good_events_of_these_tests_are_good(take: Take) -> None:
    assert isinstance(take(Topic.SECURITY_EVENTS, encoded()).input.body, Detection)


@pytest.mark.parametrize("name", ["tenant", "traceparent", "tracestate", "ce_specversion", "ce_id", "content-type"])
def test_a_header_without_a_value_counts_as_none(take: Take, name: str) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "tocsin.call.missed", "tenant": "acme"}
    value = json.dumps({**event, "data": EVENTS["tocsin.call.missed"]}).encode()
    assert take(Topic.CALLS, value, headers=((name, None),)).inputs == take(Topic.CALLS, value).inputs
    assert len(take(Topic.CALLS, b"rubbish", headers=((name, None),)).letters) == 1
