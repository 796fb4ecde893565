"""Mails in which anything may stand: a mail or a dead letter, never a fault, in time that grows with the length."""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.taking import STAMP, taken_of

from tocsin.messages.dead_letters import DeadLetterReason
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.tenants.directory import TenantDirectory

SAMPLE = (
    b'Return-Path: <>\r\nReceived: from mx\r\n\tby mx; x\r\nFrom: =?utf-8?q?M=C3=A4?= "M, (x)" <ola@soc.example>\r\n'
    b"To: Team: <soc@soc.example>;\r\nReply-To: x@y.example\r\nList-Id: <soc.soc.example>\r\nSubject: Fwd:"
    b" =?gb2312?B?uw==?= [ACME-000001]\r\nAuto-Submitted: no (x)\r\nMessage-ID: <a@b>\r\n"
    b'Content-Type: multipart/mixed; boundary="=x"\r\n\r\n'
    b"--=x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nRnJvbTogYQ==\r\n--=x--\r\n"
)
PIECES = [
    b"(",
    b")",
    b"<",
    b">",
    b'"',
    b"\\",
    b"@",
    b",",
    b":",
    b";",
    b"=?",
    b"?=",
    b"?q?",
    b"\r",
    b"\n",
    b" ",
    b"\x1b$B",
]
EDITS = st.lists(
    st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 20), st.sampled_from(PIECES) | st.binary(max_size=4)),
    max_size=12,
)


def taken(value: bytes, directory: TenantDirectory) -> str | None:
    intake = Intake(directory, inbox_partitions=3)
    record = Record(Topic.EMAILS, 0, 0, STAMP, None, value, ())
    return taken_of([output for chunk in intake.fold([record]) for output in chunk.outputs]).reason


@given(edits=EDITS)
def test_no_change_to_a_mail_is_a_fault(example_tenants: TenantDirectory, edits: list[tuple[int, int, bytes]]) -> None:
    value = SAMPLE
    for place, length, piece in edits:
        value = value[:place] + piece + value[place + length :]
    assert taken(value, example_tenants) != DeadLetterReason.ADAPTER_FAILED


@given(value=st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=200))
def test_no_sender_is_a_fault(example_tenants: TenantDirectory, value: list[bytes]) -> None:
    assert taken(b"From: " + b"".join(value), example_tenants) != DeadLetterReason.ADAPTER_FAILED
