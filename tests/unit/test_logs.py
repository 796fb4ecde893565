"""Log lines: one entry a line, whatever a stranger has written."""

import io
import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tocsin.logs import configure, escape

FORGED = "harmless\n2026-11-23T12:00:00Z [info     ] all is well\r\x1b[2K\x9b31m\u202e\u2028\u2066"
UNSAFE = "\n\r\x1b\x9b\u202e\u2028\u2066"


def written(log_format: str, write: str) -> list[str]:
    stream = io.StringIO()
    configure(log_format, stream)
    if write == "ours":
        structlog.get_logger("tocsin.test").info("taken", tenant=FORGED)
    elif write == "a library's":
        logging.getLogger("aiokafka.test").warning("odd name: %s", FORGED)
    else:
        structlog.get_logger("tocsin.test").critical("unexpected", exc_info=ValueError(FORGED))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("write", ["ours", "a library's", "an exception's"])
def test_nothing_that_a_stranger_wrote_forges_an_entry_on_the_console(write: str) -> None:
    lines = written("console", write)
    entries = [line for line in lines if not line.startswith("    | ")]
    assert len(entries) == 1
    assert "all is well" not in entries[0].split("harmless")[0]
    assert not any(character in line for line in lines for character in UNSAFE.replace("\n", ""))


@pytest.mark.parametrize("write", ["ours", "a library's", "an exception's"])
def test_an_entry_for_machines_is_one_line_of_ascii_json(write: str) -> None:
    (line,) = written("json", write)
    assert line.isascii()
    assert json.loads(line)["level"] in ("info", "warning", "critical")


@given(st.dictionaries(st.text(), st.text()))
def test_every_text_becomes_one_printable_line(event: dict[str, str]) -> None:
    event.pop("exception", None)
    for key, value in escape(None, "info", event).items():
        for text in (key, value):
            assert len(text.splitlines()) <= 1
            assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in text)
            text.encode()  # no halves of characters


def test_a_client_that_says_the_same_all_the_time_is_heard_once_a_second() -> None:
    stream = io.StringIO()
    configure("console", stream)
    for _ in range(100):
        logging.getLogger("aiokafka.conn").error("Unable to connect")
    structlog.get_logger("tocsin.test").info("ours")
    structlog.get_logger("tocsin.test").info("ours")
    assert len(stream.getvalue().splitlines()) == 3
