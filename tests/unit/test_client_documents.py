"""How `tocsin publish` cuts a file into messages."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.client import documents
from tocsin.messages.record import Topic


def cut(content: bytes, topic: Topic = Topic.SECURITY_EVENTS) -> list[bytes]:
    return [message for batch in documents.messages(io.BytesIO(content), topic) for message in batch]


MAIL = b"From: Ada <ada@example.org>\r\nSubject: {help}\r\n\r\nThe server\r\n\r\nis down.\r\n"


def test_lines_are_messages_without_their_ends_and_blank_ones_are_none() -> None:
    assert cut(b'\n{"a":1}\r\n\n  \n{"b": 2 } \n\x00\n{"c"') == [b'{"a":1}', b'{"b": 2 } ', b"\x00", b'{"c"']


@pytest.mark.parametrize("layout", [{"indent": 4}, {"indent": "\t"}, {"indent": 0}])
@pytest.mark.parametrize("document", [{"a": [1, {"b": "}"}], "c": {}}, [{"a": 1}, 2]])
def test_a_document_over_several_lines_is_one_message(document: object, layout: dict[str, int]) -> None:
    content = json.dumps(document, **layout).encode() + b"\n"  # type: ignore[arg-type]
    assert cut(content) == [content]


def test_a_document_that_intake_will_refuse_is_still_one_message() -> None:
    for content in (b'{\n"a": NaN\n}', b'{\n"a": "\xff\x01"\n}', b'{\n"a": 1,\n"a": 2\n}', b"[\n" * 9000 + b"]" * 9000):
        assert cut(content) == [content]


def test_one_broken_line_at_the_top_does_not_glue_the_others_together() -> None:
    assert cut(b'{"broken\n{"a":1}\n{"b":2}\n') == [b'{"broken', b'{"a":1}', b'{"b":2}']


def test_a_file_of_mail_is_one_message_on_the_mail_topic_only() -> None:
    assert cut(MAIL, Topic.EMAILS) == [MAIL]
    assert len(cut(MAIL, Topic.CALLS)) == 4
    assert cut(b"From x Mon\n" + MAIL, Topic.EMAILS) == [b"From x Mon\n" + MAIL]


def test_lines_of_json_are_lines_on_the_mail_topic_too() -> None:
    assert cut(b'{"from":"a"}\n{"from":"b"}\n', Topic.EMAILS) == [b'{"from":"a"}', b'{"from":"b"}']


def test_an_empty_file_holds_no_message() -> None:
    assert cut(b"") == cut(b"\n \n") == []


def test_a_line_longer_than_any_message_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(documents.LineTooLong):
        cut(b"1\n" + b"x" * (documents.DOCUMENT_BYTES_MAX + 300_000))


def test_a_long_file_that_begins_with_a_broken_line_is_read_as_lines() -> None:
    line = b'{"a":"%s"}' % (b"x" * 1_000_000)
    assert cut(b"[broken\n" + (line + b"\n") * 20) == [b"[broken", *[line] * 20]


def test_a_line_is_given_out_before_the_next_one_has_come() -> None:
    class Pipe(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            assert not self.closed
            return self.readline()

    batches = documents.messages(Pipe(b'{"a":1}\n{"b":2}\n'), Topic.CALLS)
    assert next(batches) == [b'{"a":1}']


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda line: b"\n" not in line and line.strip())))
def test_no_byte_of_a_line_is_lost(lines: list[bytes]) -> None:
    assert b"".join(cut(b'{"first":1}\n' + b"\n".join(lines))).replace(b"\r", b"") == b"".join(
        [b'{"first":1}', *lines]
    ).replace(b"\r", b"")
