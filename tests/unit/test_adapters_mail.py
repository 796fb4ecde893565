"""Raw mail as a contact of the client, or as work of ours."""

import re

import pytest
from tests.unit.taking import PROOF, Take

from tocsin.domain.commands.inbound import EmailReceived, EmailSent
from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import Purpose
from tocsin.messages.record import Topic

STAMP = parse("2026-03-01T09:00:00Z")


def mail(body: str = "Hello", **headers: str | None) -> bytes:
    lines = {"From": "Ada Example <Ada@ACME.example>", "To": "soc@soc.example", "Subject": "Odd log-ins"}
    named = lines | {name.replace("_", "-"): value for name, value in headers.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value is not None)
    return f"{text}\r\n{body}".encode()


def test_a_mail_is_a_contact_dated_by_its_arrival(take: Take) -> None:
    value = mail(Message_ID="<m1@acme.example>", Date="Sun, 01 Mar 2026 08:00:00 +0000", Cc="Bob <bob@acme.example>")
    taken = take(Topic.EMAILS, value).input
    assert (taken.tenant, taken.source) == ("acme", "rfc5322")
    assert re.fullmatch(r"m1@acme\.example/[0-9a-f]{16}", taken.id)
    assert (taken.happened_at, taken.dated_by_arrival) == (STAMP, True)
    assert taken.body == EmailReceived(
        message_id="m1@acme.example",
        sender="ada@acme.example",
        recipients=("soc@soc.example", "bob@acme.example"),
        subject="Odd log-ins",
    )


def test_a_mail_without_a_message_id_gets_the_hash_of_its_bytes(take: Take) -> None:
    taken = take(Topic.EMAILS, mail(), mail(), mail("Hi"))
    first, same, other = (it.id for it in taken.inputs)
    assert first == same != other
    assert len(first) == 64


def test_a_mail_from_us_is_a_response_of_ours(take: Take) -> None:
    subject = "Re: [GLOBEX-000007] Odd"
    value = mail(From="Analyst <ada@soc.example>", To="Gerd <gerd@globex.example>", Subject=subject, **PROOF)
    taken = take(Topic.EMAILS, value).input
    assert taken.tenant == "globex"
    assert taken.body == EmailSent(
        message_id="",
        sender="ada@soc.example",
        recipients=("gerd@globex.example",),
        subject="Re: [GLOBEX-000007] Odd",
        purpose=Purpose.RESPONSE,
        analyst="ada@soc.example",
        ticket="GLOBEX-000007",
    )


@pytest.mark.parametrize("to", ["acme@soc.example", "SOC@soc.example, acme@soc.example", ""])
def test_a_mail_from_us_to_nobody_but_us_answers_nobody(take: Take, to: str) -> None:
    body = take(Topic.EMAILS, mail(From="ada@soc.example", To=to, Subject="[ACME-000001]", **PROOF)).input.body
    assert isinstance(body, EmailSent)
    assert body.automatic
    both = mail(From="ada@soc.example", To="acme@soc.example", Cc="ada@acme.example", **PROOF)
    assert not take(Topic.EMAILS, both).input.body.automatic


def test_the_tenant_is_found_by_mailbox_before_the_senders_domain(take: Take) -> None:
    assert take(Topic.EMAILS, mail(To="acme@soc.example", From="gerd@globex.example")).input.tenant == "acme"
    assert take(Topic.EMAILS, mail(From="x@mail.globex.example")).input.tenant == "globex"
    assert take(Topic.EMAILS, mail(From="who@nowhere.example")).input.tenant == "unassigned"
    assert take(Topic.EMAILS, mail(), headers=(("tenant", b"initech"),)).input.tenant == "initech"


@pytest.mark.parametrize(
    ("subject", "ticket", "client_ticket"),
    [
        ("Re: [ACME-000123] Odd log-ins", "ACME-000123", None),
        ("AW: [acme-000123]", "ACME-000123", None),
        ("[A-1] [ACME-000123]", "ACME-000123", None),
        ("[INC-0012345] RE: Odd log-ins [ACME-000123]", "ACME-000123", None),
        ("CVE-2018-1000001 in GLOBEX-000001, +1-416-5550123: ACME-000123", "ACME-000123", None),
        ("[GLOBEX-000001] [INC-0012345]", None, None),
        ("MACME-000123, ACME-EAST-000123", None, None),
        ("ACME-000123 without brackets", "ACME-000123", None),
        ("CVE-2024-000001 again [Acme-000123 ]", "ACME-000123", None),
        ("https://acme.example/ACME-000123", None, None),
        ("ACME-000123-4 and ACME-0001", None, None),
        ("Odd log-ins (ref: INC0012345)", None, "INC0012345"),
        ("Our reference: 4711/2026. Help", None, "4711/2026"),
        ("Prefer: this", None, None),
        ("Ref: nothing", None, None),
        ("[ACME-000123] Ref#C-9", "ACME-000123", "C-9"),
        ("=?utf-8?q?H=C3=BClfe_=5BACME-000123=5D?=", "ACME-000123", None),
    ],
)
def test_numbers_in_the_subject_are_found(
    take: Take, subject: str, ticket: str | None, client_ticket: str | None
) -> None:
    body = take(Topic.EMAILS, mail(Subject=subject)).input.body
    assert (body.ticket, body.client_ticket) == (ticket, client_ticket)


def test_a_tenants_name_may_have_dots_and_dashes(take: Take) -> None:
    value = mail(Subject="[A-1] [ACME-000009] AW: [Acme_East.2-000123]")
    assert take(Topic.EMAILS, value, headers=(("tenant", b"acme_east.2"),)).input.body.ticket == "ACME_EAST.2-000123"


def test_a_header_names_the_clients_ticket_before_the_subject_does(take: Take) -> None:
    value = mail(Subject="ref: INC1", X_Client_Ticket=" INC0000002 ")
    assert take(Topic.EMAILS, value).input.body.client_ticket == "INC0000002"


def test_the_thread_is_known_by_its_ids_without_brackets(take: Take) -> None:
    value = mail(In_Reply_To="<b@x> (my mail)", References="<a@x>\r\n\t<b@x>")
    body = take(Topic.EMAILS, value).input.body
    assert (body.in_reply_to, body.references) == ("b@x", ("a@x", "b@x"))


@pytest.mark.parametrize(
    ("header", "automatic"), [("auto-replied", True), ("Auto-Generated; x=y", True), ("no", False), (None, False)]
)
def test_an_automatic_mail_is_marked(take: Take, header: str, automatic: bool) -> None:
    assert take(Topic.EMAILS, mail(Auto_Submitted=header)).input.body.automatic is automatic


def test_encoded_words_and_bare_utf8_are_decoded_and_marks_neutralised(take: Take) -> None:
    value = mail(Subject="=?utf-8?q?a=E2=80=AEb?= Hülfe\x1b[31m")
    mark = "\N{REPLACEMENT CHARACTER}"
    assert take(Topic.EMAILS, value).input.body.subject == f"a{mark}b Hülfe{mark}[31m"


@pytest.mark.parametrize(
    "value",
    [
        b"From: (((((\r\nSubject: \xff\xfe\r\n\r\n",
        b"From: <<<>>> @@ ;;\n\n",
        b"From: =?utf-8?b?////?= <a@b>\nSubject: =?x?q?\n",
        b"From: a@b\nTo: a:;,,b@\nCc: \x00\n no header\n\xe9: 7\n",
        b"From root Thu Jan  1 00:00:00 1970\nFrom: a@b\n\n",
        b"\r\n\r\nFrom: a@b\r\n\r\n",
        b"Subject:\nFrom: " + b"(" * 60_000,
        b"From: " + b"a@b," * 15_000,
    ],
    ids=range(8),
)
def test_garbage_with_a_sender_is_still_a_mail(take: Take, value: bytes) -> None:
    assert isinstance(take(Topic.EMAILS, value).input.body, EmailReceived)


@pytest.mark.parametrize("value", [b"Subject: x\n\nno sender", b"From:\n\n", b"From: <>\nSubject: x\n\n"])
def test_a_mail_without_a_sender_is_a_ticket_of_nobodys(take: Take, value: bytes) -> None:
    taken = take(Topic.EMAILS, value).input
    assert isinstance(taken.body, EmailReceived)
    assert taken.tenant == "unassigned"
    assert taken.body.sender.startswith("nobody (")  # each its own, so that none joins the ticket of another


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b"just some text", "not_json"), (b"\xff\xd8\xff\xe0JFIF", "not_utf8"), (b'{"From": "a@b"}', "unknown_shape")],
)
def test_what_is_no_mail_is_a_dead_letter(take: Take, value: bytes, reason: str) -> None:
    assert take(Topic.EMAILS, value).reason == reason


def test_the_content_type_says_that_it_is_a_mail(take: Take) -> None:
    headers = (("Content-Type", b"message/rfc822"),)
    assert take(Topic.EMAILS, b"odd\n\nFrom here on", headers=headers).reason == "unknown_shape"
    assert isinstance(take(Topic.EMAILS, b"X_odd: 1\nFrom: a@b\n\n", headers=headers).input.body, EmailReceived)


def test_recipients_and_references_are_bounded(take: Take) -> None:
    value = mail(
        To=", ".join(f"u{n}@x.example" for n in range(110)), References=" ".join(f"<{n}@x>" for n in range(200))
    )
    body = take(Topic.EMAILS, value).input.body
    assert len(body.recipients) == 100
    assert body.references == tuple(f"{n}@x" for n in range(150, 200))


def test_the_body_of_a_mail_is_not_read(take: Take) -> None:
    body = take(Topic.EMAILS, mail("[ACME-000123]\r\nFrom: gerd@globex.example\r\n")).input.body
    assert (body.ticket, body.sender) == (None, "ada@acme.example")
