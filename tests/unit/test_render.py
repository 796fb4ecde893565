"""Nothing that a stranger wrote steers the terminal, and durations read as people write them."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.messages.record import Output, Topic
from tocsin.render.durations import h_mm_ss, m_ss, time_left, whole_seconds
from tocsin.render.text import safe, safe_json
from tocsin.render.timeline import readable

DANGEROUS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Control, format (bidi, zero width, tags), surrogate, line and paragraph separator."""


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_no_dangerous_character_is_shown(text: str) -> None:
    assert not {unicodedata.category(char) for char in safe(text)} & DANGEROUS


@given(st.recursive(st.text(st.characters(exclude_categories=["Cs"])), st.lists))
def test_json_keeps_its_meaning_and_shows_no_dangerous_character(value: object) -> None:
    document = safe_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(document) == value
    assert not {unicodedata.category(char) for char in document} & DANGEROUS


def test_what_was_escaped_can_be_read() -> None:
    assert safe("a\x1b[31m\n\u202e\U000e0041é") == r"a\x1b[31m\n\u202e\U000e0041é"


def test_what_is_too_long_is_cut() -> None:
    assert safe("abcdef", 3) == "abc…"
    assert len(safe("\x1b" * 10_000, 100)) <= 101


@pytest.mark.parametrize("topic", list(Topic))
@given(value=st.binary() | st.just(b'{"type":"\\u001b[2J","tenant":7,"data":{"kind":["\\u202e"],"\\u009b":{}}}'))
def test_any_record_of_any_topic_is_one_harmless_line(topic: Topic, value: bytes) -> None:
    shown = readable(Output(topic, None, value, value, 0, (("tocsin-reason", value),)))
    assert not {unicodedata.category(char) for char in shown} & DANGEROUS


@pytest.mark.parametrize("topic", list(Topic))
def test_a_record_that_is_not_utf8_is_shown_all_the_same(topic: Topic) -> None:
    assert readable(Output(topic, None, None, b'{"id":"\xff\xfe"}', 0))


@pytest.mark.parametrize(
    ("milliseconds", "long", "short", "left", "in_notation"),
    [
        (0, "0:00:00", "0:00", "0:00:00", "0 h"),
        (1_500, "0:00:01.500", "0:01", "0:00:01", "1 s"),
        (750_000, "0:12:30", "12:30", "0:12:30", "750 s"),
        (3_600_500, "1:00:00.500", "1:00:00", "1:00:00", "1 h"),
        (93_900_000, "26:05:00", "26:05:00", "1 day, 2:05:00", "1565 min"),
    ],
)
def test_a_duration_is_shown_with_hours_with_minutes_with_days_and_as_contracts_write_it(
    milliseconds: int, long: str, short: str, left: str, in_notation: str
) -> None:
    assert h_mm_ss(milliseconds) == long
    assert m_ss(milliseconds) == short
    assert time_left(milliseconds) == left
    assert whole_seconds(milliseconds) == in_notation


def test_time_that_is_over_is_left_with_a_minus_a_second_begun_counts_whole() -> None:
    assert time_left(-300_000) == "-0:05:00"
    assert time_left(-1) == "-0:00:01"
