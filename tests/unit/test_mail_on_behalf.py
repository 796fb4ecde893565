"""Mail that another one than its sender wrote: through a list, a form, or as a forward."""

import base64

import pytest
from tests.unit.taking import PROOF, Take
from tests.unit.test_mail_as_it_is import MIA, mail

from tocsin.domain.commands.inbound import EmailReceived, EmailSent
from tocsin.messages.record import Topic

LISTED = {"From": '"Mia via SOC" <soc@soc.example>', "List_Id": "<soc.soc.example>", "Precedence": "list"}


@pytest.mark.parametrize(
    "headers",
    [
        {**LISTED, "X_Original_From": f"Mia <{MIA}>"},
        {**LISTED, "Reply_To": f"Mia <{MIA}>"},
        {**LISTED, "Reply_To": f"soc@soc.example, {MIA}"},
        {**LISTED, "Reply_To": MIA, "Precedence": "bulk"},
        {**LISTED, "Reply_To": MIA, "Cc": "bo@acme.example"},
        {"From": "soc@soc.example", "Reply_To": MIA},
        {
            "From": "IT via Desk <desk@lists.example>",
            "To": "desk@lists.example, soc@soc.example",
            "List_Id": "<desk.lists.example>",
            "X_Original_From": MIA,
        },
    ],
    ids=["original", "reply-to", "both", "bulk", "copy", "form", "another's list"],
)
def test_a_group_address_that_rewrote_from_is_the_clients_mail(take: Take, headers: dict[str, str]) -> None:
    taken = take(Topic.EMAILS, mail(**headers)).input
    assert isinstance(taken.body, EmailReceived)
    assert (taken.tenant, taken.body.sender, taken.body.automatic) == ("acme", MIA, False)


def test_a_list_never_makes_a_mail_ours(take: Take) -> None:
    headers = {"From": "x@lists.example", "To": f"x@lists.example, {MIA}", "List_Id": "<x.lists.example>"}
    body = take(Topic.EMAILS, mail(**headers, X_Original_From="ola@soc.example")).input.body
    assert isinstance(body, EmailReceived)
    assert body.sender == "x@lists.example"


def test_an_answer_of_ours_that_a_list_copies_to_us_is_still_an_answer(take: Take) -> None:
    value = mail(From="ola@soc.example", To=MIA, Cc="soc@soc.example", List_Id="<soc.soc.example>", **PROOF)
    body = take(Topic.EMAILS, value)
    assert isinstance(body.input.body, EmailSent)
    assert not body.input.body.automatic


def forward(text: bytes, subject: str = "Fwd: Odd", **headers: str) -> bytes:
    return mail(From="ola@soc.example", Subject=subject, **headers).removesuffix(b"Hello") + text


QUOTED = b"FYI\r\n\r\n---------- Forwarded message ---------\r\nFrom: Mia Muster <mia@acme.example>\r\nSubject: Odd\r\n"
ATTACHED = (
    b"--=x\r\nContent-Type: text/plain\r\n\r\nFYI\r\n"
    b"--=x\r\nContent-Type: message/rfc822\r\n\r\n"
    b"From: Mia <mia@acme.example>\r\nSubject: Odd\r\n\r\nHello\r\n--=x--\r\n"
)


@pytest.mark.parametrize(
    "value",
    [
        forward(QUOTED),
        forward(QUOTED.replace(b"From: Mia", b"> *Von:* Mia"), subject="WG: Odd"),
        forward(
            QUOTED.replace(b"---------- Forwarded message ---------", b"Begin forwarded message:"), subject="FW:Odd"
        ),
        forward(base64.encodebytes(QUOTED), Content_Transfer_Encoding="base64"),
        forward(ATTACHED, Content_Type='multipart/mixed; boundary="=x"'),
        forward(b"From: Mia <mia@acme.example>\r\n\r\nHello", subject="Odd", Content_Type="message/rfc822"),
    ],
    ids=["quoted", "german", "apple", "base64", "attached", "whole"],
)
def test_what_an_analyst_forwards_to_us_is_a_mail_of_whom_it_names(take: Take, value: bytes) -> None:
    taken = take(Topic.EMAILS, value).input
    assert isinstance(taken.body, EmailReceived)
    assert (taken.tenant, taken.body.sender) == ("acme", MIA)


@pytest.mark.parametrize("text", [b"see this", b"--=x\r\n" * 5_000, b"From: us <soc@soc.example>\r\n"])
def test_a_forward_that_names_nobody_is_a_ticket_of_nobodys(take: Take, text: bytes) -> None:
    taken = take(Topic.EMAILS, forward(text, Content_Type='multipart/mixed; boundary="=x"')).input
    assert isinstance(taken.body, EmailReceived)
    assert (taken.tenant, taken.body.sender) == ("unassigned", "ola@soc.example")


def test_what_an_analyst_forwards_to_a_client_is_an_answer(take: Take) -> None:
    body = take(Topic.EMAILS, mail(From="ola@soc.example", To=MIA, Subject="Fwd: Odd", **PROOF)).input.body
    assert isinstance(body, EmailSent)
