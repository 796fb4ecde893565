"""Mail as it is really written: who sent it, to whom, what its subject says. Written after the test mails of others."""

import base64
import json

import pytest
from tests.unit.taking import PROOF, Take

from tocsin.domain.commands.inbound import EmailReceived, EmailSent
from tocsin.messages.record import Topic

MIA = "mia@acme.example"


def mail(**headers: str | None) -> bytes:
    named = {"From": f"Mia <{MIA}>", "To": "soc@soc.example", "Subject": "Odd"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return "".join(f"{name}: {value}\r\n" for name, value in named.items() if value is not None).encode() + b"\r\nHello"


@pytest.mark.parametrize(
    "written",
    [
        "Muster, Mia <mia@acme.example>",
        '"Muster, Mia" <Mia@ACME.example>',
        '"soc@soc.example" <mia@acme.example>',
        "soc@soc.example <mia@acme.example>",
        "soc@soc.example, via the portal <mia@acme.example>",
        "=?utf-8?q?soc=40soc=2Eexample?= <mia@acme.example>",
        '"Mia \\"soc@soc.example\\" Muster" <mia@acme.example>',
        "mia@acme.example (soc@soc.example)",
        "Mia (a (nested) <comment@soc.example>) <mia@acme.example>",
        "(((((Mia <mia@acme.example>",
        '"Mia <mia@acme.example>',
        "Mia <mia@acme.example",
        "<<mia@acme.example>>",
        "Team: Mia <mia@acme.example>, Bo <bo@acme.example>;",
        "Mia <@relay.example,@soc.example:mia@acme.example>",
        "Mia Muster mia@acme.example",
        "'mia@acme.example'",
        "[mailto:mia@acme.example]",
        "Mia <mailto:mia@acme.example>",
        "mia @ acme . example",
        "Mia <mia@acme(the firm). example>",
        "Mia\r\n <mia@acme.example>",
        "soc@soc.example, mia@acme.example",
        "=?utf-8?q?Mia_=3Cmia=40acme=2Eexample=3E?=",
        f"{'Mia ' * 1000}<mia@acme.example>",
    ],
)
def test_the_sender_is_the_address_and_never_what_stands_in_the_name(take: Take, written: str) -> None:
    taken = take(Topic.EMAILS, mail(From=written)).input
    assert isinstance(taken.body, EmailReceived)
    assert (taken.body.sender, taken.tenant) == (MIA, "acme")


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ('"mia muster"@acme.example', '"mia muster"@acme.example'),
        ("Mia <mia@[192.0.2.1]>", "mia@[192.0.2.1]"),
        ("mia@[IPv6:2001:db8::1]", "mia@[ipv6:2001:db8::1]"),
        ("Jörg <jörg@müller.example>", "jörg@müller.example"),
        ("mia+tag@acme.example", "mia+tag@acme.example"),
        ("root", "root"),
    ],
)
def test_unusual_addresses_stay_whole(take: Take, written: str, sender: str) -> None:
    assert take(Topic.EMAILS, mail(From=written)).input.body.sender == sender


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "<>", "Sender": f"Mia <{MIA}>"},
        {"From": None, "Sender": MIA},
        {"From": None, "Return-Path": f"<{MIA}>"},
        {"From": "", "Return-Path": f"<{MIA}>"},
    ],
)
def test_without_a_from_the_sender_or_the_return_path_says_who(take: Take, headers: dict[str, str | None]) -> None:
    taken = take(Topic.EMAILS, mail(**headers)).input
    assert (taken.body.sender, taken.tenant) == (MIA, "acme")


def test_every_to_and_cc_and_the_envelope_count(take: Take) -> None:
    value = mail(To="Team: x@y.example, Muster, Bo <bo@acme.example>;", Cc="c@y.example", Delivered_To="d@y.example")
    value = b"To: e@y.example\r\nX-Original-To: acme@soc.example\r\n" + value
    recipients = ("e@y.example", "x@y.example", "bo@acme.example", "c@y.example", "d@y.example", "acme@soc.example")
    assert take(Topic.EMAILS, value).input.body.recipients == recipients


def test_our_mailbox_is_found_behind_a_thousand_others(take: Take) -> None:
    value = mail(
        From="x@y.example", To=", ".join(f"Somebody Else <u{n}@y.example>" for n in range(1000)), Cc="acme@soc.example"
    )
    taken = take(Topic.EMAILS, value).input
    assert taken.tenant == "acme"
    assert taken.body.recipients[-1] == "acme@soc.example"
    assert len(taken.body.recipients) == 101


@pytest.mark.parametrize(
    ("to", "tenant"),
    [
        ("acme+urgent@soc.example", "acme"),
        ("soc+Acme@soc.example", "acme"),
        ("soc+nobody@soc.example", "globex"),
        ("other+acme@soc.example", "globex"),
    ],
)
def test_a_tagged_mailbox_tells_the_tenant_before_the_senders_domain(take: Take, to: str, tenant: str) -> None:
    assert take(Topic.EMAILS, mail(From="gerd@globex.example", To=to)).input.tenant == tenant


HEADERS = b"From: Mia <mia@acme.example>\nSubject: Odd [ACME-000001]\nTo: soc@soc.example\n"


@pytest.mark.parametrize(
    "value",
    [
        b"\xef\xbb\xbf" + HEADERS + b"\nHello",
        b"\r\n\r\n" + HEADERS + b"\nHello",
        b"From mia@acme.example Thu Jan  1 00:00:00 1970\n" + HEADERS + b"\nHello",
        b">From mia@acme.example Thu Jan  1 00:00:00 1970\n" + HEADERS + b"\nHello",
        b"a line that is no header\n" + HEADERS + b"\nHello",
        HEADERS.replace(b"Subject", b"no header\nn\xe4h: x\nSubject") + b"\nHello",
        HEADERS.replace(b":", b"  \t:") + b"\nHello",
        HEADERS.replace(b"\n", b"\r") + b"\rFrom: x@globex.example",
        HEADERS.replace(b"\n", b"\r\n") + b"\r\nFrom: x@globex.example",
        HEADERS.replace(b"\n", b"\r\r\n") + b"\r\r\nFrom: x@globex.example",
        HEADERS.replace(b"\n", b"\r\n", 1) + b"\r\n\nFrom: x@globex.example",
        HEADERS.replace(b"\n", b"\r", 2) + b"\nHello",
        HEADERS.replace(b"Odd ", b"Odd\r ") + b"\nHello",
        HEADERS.replace(b"Odd ", b"Odd\n \n\t") + b"\nHello",
        HEADERS.strip(),
        HEADERS.upper() + b"\nHello",
        b"".join(b"X-Spam-%d: %s\n" % (n, b"x" * 200) for n in range(200)) + HEADERS,
    ],
    ids=range(17),
)
def test_a_header_is_found_however_the_lines_end(take: Take, value: bytes) -> None:
    body = take(Topic.EMAILS, value).input.body
    assert (body.sender, body.ticket) == (MIA, "ACME-000001")
    assert body.subject.title().startswith("Odd")


def word(charset: str, raw: bytes) -> bytes:
    return f"=?{charset}?B?{base64.b64encode(raw).decode()}?=".encode()


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("Größe".encode(), "Größe"),
        ("Größe".encode("latin-1"), "Größe"),
        ("“quoted” €".encode("cp1252"), "“quoted” €"),
        ("障害報告".encode("iso-2022-jp"), "障害報告"),
        (word("iso-2022-jp", "障害①".encode("iso2022_jp_ext", "ignore") or b"x"), "障害"),
        (word("gb2312", "朱镕基".encode("gb18030")), "朱镕基"),
        (word("ks_c_5601-1987", "똠방각하".encode("cp949")), "똠방각하"),
        (word("shift_jis", "①高".encode("cp932")), "①高"),
        (word("utf-8", "ä".encode()[:1]) + b"\r\n " + word("UTF-8", "ä".encode()[1:]), "ä"),
        (b"=?utf-8?q?=C3?=\r\n =?utf-8?q?=A4?=", "ä"),
        (b"=?utf-8?B?w6?= =?utf-8?B?Q=?=", "ä"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?= c =?utf-8?q?d?=", "ab c d"),
        (b"=?utf-8*en?q?Really??=", "Really?"),
        (b'"=?utf-8?q?a b?="', '"a b"'),
        (b"=?no-such-set?q?=C3=A4?= =?punycode?q?x?=", "äx"),
        (b"=?utf-8?q?not closed", "=?utf-8?q?not closed"),
        (b"Re: =?x?= =?utf-8?z?a?=", "Re: =?x?= =?utf-8?z?a?="),
    ],
    ids=range(17),
)
def test_the_words_of_a_subject_are_read_in_any_character_set(take: Take, written: bytes, subject: str) -> None:
    value = mail(Subject=None).replace(b"To:", b"Subject: " + written + b" [ACME-000001]\r\nTo:")
    body = take(Topic.EMAILS, value).input.body
    assert (body.subject, body.ticket) == (f"{subject} [ACME-000001]", "ACME-000001")


def test_a_message_id_that_comes_again_with_other_content_is_another_mail(take: Take) -> None:
    first, other, elsewhere, reworded = (
        mail(Message_ID="<1@localhost>", Subject=subject, Delivered_To=to, Date="Mon, 2 Mar 2026 09:00:00 +0000") + body
        for subject, to, body in (
            ("Nightly report", "soc@soc.example", b"x\r\n"),
            ("Ransom note", "soc@soc.example", b"x\r\n"),
            ("Nightly report", "help@soc.example", b"x\n\n"),
            ("Nightly report", "soc@soc.example", b"y\r\n"),
        )
    )
    ids = [it.id for it in take(Topic.EMAILS, first, other, elsewhere, reworded).inputs]
    assert ids[0] == ids[2]
    assert len(set(ids)) == 3


def test_a_mail_to_two_tenants_mailboxes_concerns_both(take: Take) -> None:
    value = mail(
        From="x@y.example", To="acme@soc.example, soc+globex@soc.example", Subject="[GLOBEX-000002] [ACME-000001]"
    )
    taken = take(Topic.EMAILS, value)
    assert [(it.tenant, it.body.ticket) for it in taken.inputs] == [
        ("acme", "ACME-000001"),
        ("globex", "GLOBEX-000002"),
    ]
    assert [it.tenant for it in taken.adoptions] == ["acme", "globex"]


@pytest.mark.parametrize(
    ("subject", "tenants"),
    [
        ("Re: Odd [ACME-000001]", ["acme"]),
        ("Re: Odd [INITECH-000001]", ["globex", "acme"]),
        ("Re: Odd", ["globex", "acme"]),
    ],
)
def test_our_answer_to_people_of_two_tenants_is_for_whose_ticket_it_names(
    take: Take, subject: str, tenants: list[str]
) -> None:
    value = mail(From="ola@soc.example", To="gerd@globex.example, mia@acme.example", Subject=subject, **PROOF)
    taken = take(Topic.EMAILS, value)
    assert [it.tenant for it in taken.inputs] == tenants
    assert all(isinstance(it.body, EmailSent) for it in taken.inputs)


def test_an_answer_to_a_blind_copy_counts(take: Take) -> None:
    body = take(Topic.EMAILS, mail(From="ola@soc.example", To="soc@soc.example", Bcc=MIA, **PROOF)).input.body
    assert isinstance(body, EmailSent)
    assert (body.recipients, body.automatic) == ((MIA,), False)


@pytest.mark.parametrize("kind", ["received", "sent"])
def test_a_mail_in_our_own_schema_concerns_as_many(take: Take, kind: str) -> None:
    ours, theirs = ["acme@soc.example", "soc+globex@soc.example"], [MIA, "gerd@globex.example"]
    sender, to = ("x@y.example", ours) if kind == "received" else ("ola@soc.example", theirs)
    data = {"from": sender, "to": to, "subject": "Odd", "purpose": "response", "analyst": "Ola"}
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": f"tocsin.email.{kind}", "data": data}
    assert [it.tenant for it in take(Topic.EMAILS, json.dumps(event).encode()).inputs] == ["acme", "globex"]
    named = json.dumps(event | {"tenant": "globex"}).encode()
    assert take(Topic.EMAILS, named).input.tenant == "globex"


@pytest.mark.parametrize(
    ("subject", "references", "tenants"),
    [
        ("Re: Odd [ACME-000001]", "<g1@globex.example>", [("globex", None, True), ("acme", "ACME-000001", False)]),
        ("Re: Odd", "<g1@globex.example>", [("globex", None, False), ("acme", None, False)]),
    ],
)
def test_our_reply_to_people_of_two_tenants_is_also_for_whose_thread_it_may_continue(
    take: Take, subject: str, references: str, tenants: list[tuple[str, str | None, bool]]
) -> None:
    to = "gerd@globex.example, mia@acme.example"
    taken = take(Topic.EMAILS, mail(From="ola@soc.example", To=to, Subject=subject, References=references, **PROOF))
    sent = [(it.tenant, it.body) for it in taken.inputs if isinstance(it.body, EmailSent)]
    assert [(tenant, body.ticket, body.named_elsewhere) for tenant, body in sent] == tenants


def test_a_mail_from_a_clients_own_mailbox_to_people_of_another_concerns_both(take: Take) -> None:
    taken = take(Topic.EMAILS, mail(From="acme@soc.example", To="gerd@globex.example", Subject="Odd", **PROOF))
    assert [it.tenant for it in taken.inputs] == ["acme", "globex"]


def test_our_mail_to_a_stranger_is_noted_where_its_subject_names_a_ticket(take: Take) -> None:
    ours = {"From": "ola@soc.example", "To": "x@vendor.example", **PROOF}
    taken = take(Topic.EMAILS, mail(**ours, Subject="Our case [acme-000001]"))
    assert [(it.tenant, it.body.ticket) for it in taken.inputs if isinstance(it.body, EmailSent)] == [
        ("acme", "ACME-000001")
    ]
    nobody = take(Topic.EMAILS, mail(**ours, Subject="Our case [INC-000001]"))
    assert nobody.input.tenant == "unassigned"


def test_every_one_of_very_many_recipients_counts(take: Take) -> None:
    many = ", ".join(f"x{number}@vendor.example" for number in range(900))
    value = mail(From="ola@soc.example", To=many, Cc="last@unknown.example", Subject="x", **PROOF)
    body = take(Topic.EMAILS, value).input.body
    assert isinstance(body, EmailSent)
    assert body.recipients[-1] == "last@unknown.example"
