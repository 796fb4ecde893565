"""Where intake finds the marking of a message, whatever its format."""

import json
from typing import Any

import pytest
from tests.unit.taking import Take

from tocsin.domain.tlp import Tlp
from tocsin.messages.record import Headers, Topic

ACME = (("tenant", b"acme"),)
FINDING = {"class_uid": 2004, "finding_info": {"title": "Odd log-ins", "uid": "f-1"}, "device": {"hostname": "pc"}}
DETECTION = {"signature": "1:1", "severity": "high", "asset": "pc", "title": "Odd log-ins"}


def event(data: dict[str, Any], **attributes: Any) -> bytes:
    envelope = {"specversion": "1.0", "id": "1", "source": "edr", "type": "tocsin.detection", "tenant": "acme"}
    return json.dumps(envelope | attributes | {"data": data}).encode()


@pytest.mark.parametrize(
    ("osint", "tlp"),
    [
        ([{"tlp": "AMBER STRICT", "type_id": 1, "value": "192.0.2.1"}], Tlp.AMBER_STRICT),
        ([{"tlp": "WHITE"}, {"value": "x"}, {"tlp": "GREEN"}], Tlp.GREEN),
        ([{"tlp": "EX:CHR"}], Tlp.RED),
        ([], None),
        ([7], None),
        ("AMBER", None),
        (None, None),
    ],
)
def test_an_ocsf_finding_has_the_strictest_marking_of_its_intelligence(
    take: Take, osint: object, tlp: Tlp | None
) -> None:
    value = json.dumps(FINDING | {"osint": osint}).encode()
    assert take(Topic.SECURITY_EVENTS, value, headers=ACME).input.tlp is tlp


def test_an_event_of_our_own_has_it_as_an_attribute(take: Take) -> None:
    assert take(Topic.SECURITY_EVENTS, event(DETECTION, tlp="TLP:AMBER")).input.tlp is Tlp.AMBER


def test_so_has_a_binary_one(take: Take) -> None:
    attributes = {"specversion": "1.0", "id": "1", "source": "edr", "type": "tocsin.detection", "tlp": "green"}
    headers: Headers = (*ACME, *((f"ce_{name}", value.encode()) for name, value in attributes.items()))
    assert take(Topic.SECURITY_EVENTS, json.dumps(DETECTION).encode(), headers=headers).input.tlp is Tlp.GREEN


def test_a_call_is_never_refused_for_its_marking(take: Take) -> None:
    data = {"call": "c1", "from": "+14165550100", "to": "+18445525837"}
    taken = take(Topic.CALLS, event(data, type="tocsin.call.missed", tlp={"colour": "pink"})).input
    assert taken.tlp is Tlp.RED


def test_an_event_of_another_type_marks_what_it_holds(take: Take) -> None:
    assert take(Topic.SECURITY_EVENTS, event(FINDING, type="com.example.finding", tlp="red")).input.tlp is Tlp.RED


def test_the_kafka_header_marks_a_message_of_any_format_and_the_stricter_word_holds(take: Take) -> None:
    headers = (*ACME, ("tlp", b"green"))
    assert take(Topic.SECURITY_EVENTS, json.dumps(FINDING).encode(), headers=headers).input.tlp is Tlp.GREEN
    stricter = json.dumps(FINDING | {"osint": [{"tlp": "AMBER"}]}).encode()
    assert take(Topic.SECURITY_EVENTS, stricter, headers=headers).input.tlp is Tlp.AMBER


@pytest.mark.parametrize(
    ("lines", "tlp"),
    [
        ("Subject: Re: [TLP:AMBER] Odd log-ins", Tlp.AMBER),
        ("Subject: Odd log-ins\nX-TLP: amber+strict", Tlp.AMBER_STRICT),
        ("Subject: [TLP:GREEN] Odd log-ins\nX-TLP: red", Tlp.RED),
        ("Subject: Odd log-ins", None),
    ],
)
def test_a_mail_has_it_in_its_subject_or_in_a_header_and_none_in_its_body(
    take: Take, lines: str, tlp: Tlp | None
) -> None:
    mail = f"From: jo@acme.example\nTo: soc@soc.example\n{lines}\n\nTLP:RED, says the text."
    assert take(Topic.EMAILS, mail.encode(), headers=ACME).input.tlp is tlp


def test_a_mail_that_a_gateway_tells_has_it_in_its_subject(take: Take) -> None:
    data = {"from": "jo@acme.example", "to": "soc@soc.example", "subject": "[TLP:RED] Odd log-ins"}
    assert take(Topic.EMAILS, event(data, type="tocsin.email.received")).input.tlp is Tlp.RED


def test_of_a_mail_for_several_tenants_each_has_it(take: Take) -> None:
    mail = "From: x@else.example\nTo: acme@soc.example, globex@soc.example\nSubject: [TLP:RED] x\n\n."
    assert {each.tlp for each in take(Topic.EMAILS, mail.encode()).inputs} == {Tlp.RED}
