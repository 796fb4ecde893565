"""Mail that no person wrote, by the marks that real systems set."""

import pytest
from tests.unit.taking import Take
from tests.unit.test_mail_as_it_is import mail

from tocsin.messages.record import Topic

REPORT = "multipart/report; report-type={}; boundary=x"
NULL = {"Return_Path": "<>"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; type=x"},
        {"Auto_Submitted": "(vacation) Auto-Notified"},
        {"Auto_Submitted": "yes"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "away until Monday"},
        {"X_Auto_Response_Suppress": "All", **NULL},
        {"Precedence": "auto_reply"},
        {"Precedence": "Bulk"},
        {"Precedence": "junk"},
        {"Content_Type": REPORT.format("delivery-status")},
        {"Content_Type": REPORT.format('"disposition-notification"')},
        {"Content_Type": REPORT.format("feedback-report")},
        {"Content_Type": "Multipart/Report;\r\n\tboundary=x"},
        {"From": "Mail Delivery System <MAILER-DAEMON@mx.acme.example>"},
        {"From": "MAILER-DAEMON (Mail System)"},
        {"From": "postmaster@acme.example", **NULL},
        {"From": "owner-team@acme.example", **NULL},
        {"From": "team-bounces@lists.acme.example"},
        {"X_List_Administrivia": "yes"},
        {"X_Failed_Recipients": "x@y.example"},
    ],
)
def test_a_mark_says_that_a_machine_wrote_it(take: Take, headers: dict[str, str]) -> None:
    assert take(Topic.EMAILS, mail(**headers)).input.body.automatic


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"Auto_Submitted": "No; by=hand"},
        {"Auto_Submitted": "no (written (really) by hand)"},
        {"Auto_Submitted": "(by hand) no"},
        {"Auto_Submitted": ""},
        {"X_Autoreply": "no"},
        NULL,
        {"X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "None", **NULL},
        {"Precedence": "list"},
        {"Precedence": "first-class"},
        {"From": "postmaster@acme.example"},
        {"From": "Daemon Bounces <daemon@acme.example>"},
        {"Sender": "team-bounces@lists.acme.example"},
        {"List_Unsubscribe": "<mailto:x@y.example>"},
        {"Precedence": "bulk", "List_Id": "SOC <soc.soc.example>"},
        {"Content_Type": "multipart/mixed; boundary=report"},
    ],
)
def test_a_persons_mail_stays_a_persons(take: Take, headers: dict[str, str]) -> None:
    assert not take(Topic.EMAILS, mail(**headers)).input.body.automatic
