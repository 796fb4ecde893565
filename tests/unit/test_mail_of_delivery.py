"""Delivery reports as mail systems write them: which mail of ours did not arrive, and for whom."""

import pytest
from tests.unit.taking import Take
from tests.unit.test_mail_as_it_is import MIA

from tocsin.domain.commands.inbound import EmailReceived
from tocsin.messages.record import Topic

POSTFIX = """From: MAILER-DAEMON@soc.example (Mail Delivery System)
To: ola@soc.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Message-Id: <b1@mx.soc.example>
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4Qx.1/mx.soc.example"

This is a MIME-encapsulated message.

--4Qx.1/mx.soc.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<mia@acme.example>: host mx.acme.example said: 550 5.1.1 No such user

--4Qx.1/mx.soc.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.soc.example
Arrival-Date: Mon,  2 Mar 2026 09:10:00 +0000 (UTC)

Final-Recipient: rfc822; mia@acme.example
Original-Recipient: rfc822;mia@acme.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user

--4Qx.1/mx.soc.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: Ola <ola@soc.example>
To: Mia <mia@acme.example>, Gerd <gerd@globex.example>
Subject: Re: Odd log-ins [ACME-000001]
Message-ID: <s1@soc.example>

--4Qx.1/mx.soc.example--
"""

EXCHANGE = """From: <postmaster@acme.example>
To: soc@soc.example
Subject: Undeliverable: Re: Odd log-ins
In-Reply-To: <s1@soc.example>
References: <a1@acme.example> <s1@soc.example>
Content-Type: multipart/report; report-type="delivery-status"; boundary="_x_"

--_x_
Content-Type: multipart/alternative; boundary="_y_"

--_y_
Content-Type: text/plain

Your message to mia@acme.example couldn't be delivered.
--_y_--

--_x_
Content-Type: message/delivery-status

Reporting-MTA: dns;DB9.prod.outlook.example

Final-Recipient: rfc822;m.muster@inner.acme.example
Original-Recipient: rfc822;Mia@acme.example
Action: failed
Status: 5.7.1
--_x_--
"""


def report(take: Take, text: str, newline: str = "\r\n") -> tuple[str, EmailReceived]:
    taken = take(Topic.EMAILS, text.replace("\n", newline).encode()).input
    assert isinstance(taken.body, EmailReceived)
    return taken.tenant, taken.body


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_a_bounce_of_our_own_mail_system_names_the_mail_that_it_returns(take: Take, newline: str) -> None:
    tenant, body = report(take, POSTFIX, newline)
    assert (tenant, body.bounces, body.failed) == ("acme", "s1@soc.example", (MIA,))
    assert body.automatic
    assert body.references == ("s1@soc.example",)


def test_without_a_returned_mail_it_answers_the_mail_that_it_is_about(take: Take) -> None:
    tenant, body = report(take, EXCHANGE)
    assert (tenant, body.bounces) == ("acme", "s1@soc.example")
    assert body.failed == (MIA, "m.muster@inner.acme.example")


def test_a_returned_mail_is_read_however_it_is_encoded(take: Take) -> None:
    whole = POSTFIX.replace("text/rfc822-headers", "message/rfc822\nContent-Transfer-Encoding: quoted-printable")
    assert report(take, whole.replace("<s1@soc.example>", "<s1=40soc.example>"))[1].bounces == "s1@soc.example"


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_what_has_not_failed_is_no_bounce_but_belongs_to_the_mail(take: Take, action: str) -> None:
    _, body = report(take, POSTFIX.replace("Action: failed", f"Action: {action}"))
    assert (body.bounces, body.failed, body.references) == (None, (), ("s1@soc.example",))
    assert body.automatic


def test_only_those_who_will_not_get_it_have_failed(take: Take) -> None:
    others = "Action: failed (for good)\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; bo@acme.example\nAction: delayed\n\n"
    others += "Final-Recipient: RFC822; <New@acme.example>\nAction: FAILED"
    assert report(take, POSTFIX.replace("Action: failed", others))[1].failed == (MIA, "new@acme.example")


def test_a_failure_of_nobody_who_can_be_read_is_one_all_the_same(take: Take) -> None:
    text = POSTFIX.replace("rfc822; mia@acme.example", "unknown; x").replace("rfc822;mia@acme.example", "")
    tenant, body = report(take, text)
    assert (tenant, body.bounces, body.failed) == ("acme", "s1@soc.example", ())


def test_a_bounce_of_somebody_who_is_unknown_is_the_clients_whose_ticket_the_mail_named(take: Take) -> None:
    text = POSTFIX.replace("mia@acme.example", "x@who.example").replace("gerd@globex.example", "y@who.example")
    assert report(take, text)[0] == "acme"


def test_a_report_without_any_id_is_an_automatic_mail(take: Take) -> None:
    _, body = report(take, POSTFIX.replace("Message-ID: <s1@soc.example>\n", ""))
    assert (body.bounces, body.automatic) == (None, True)


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
def test_other_reports_are_no_bounces(take: Take, kind: str) -> None:
    text = POSTFIX.replace("message/delivery-status", f"message/{kind}").replace("delivery-status", kind)
    assert report(take, text.replace("MAILER-DAEMON@soc.example", MIA))[1].bounces is None


def test_a_report_of_a_great_many_recipients_is_read_within_bounds(take: Take) -> None:
    many = "".join(f"Final-Recipient: rfc822; x{n}@acme.example\nAction: failed\n\n" for n in range(5_000))
    _, body = report(take, POSTFIX.replace("Final-Recipient", f"{many}Final-Recipient"))
    assert len(body.failed) <= 1_000
