"""Whatever strangers write into a message is shown harmless: by the commands that need no broker, and in the log."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from hostile import EVIL, MESSAGES, dangerous
from hypothesis import given
from hypothesis import strategies as st

from tocsin.cli import main_group
from tocsin.logs import configure

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


def recorded() -> str:
    """The messages as `replay file` reads them; the tenant's name is hostile where no message gives one."""
    headers = {"tenant": EVIL}
    lines = [
        {"topic": topic, "recorded_at": "2026-03-01T09:00:00Z", "headers": headers, "value": base64.b64encode(value)}
        for topic, value in MESSAGES
    ]
    return "".join(json.dumps(line, default=bytes.decode) + "\n" for line in lines)


def test_a_replay_shows_hostile_messages_on_harmless_lines() -> None:
    result = CliRunner().invoke(main_group, ["replay", "file", "-"], input=recorded())
    assert result.exit_code == 0, result.output
    assert "FORGED" in result.stdout
    assert dangerous(result.output) == set()


def test_a_replay_for_machines_keeps_the_meaning_on_harmless_lines() -> None:
    result = CliRunner().invoke(main_group, ["replay", "file", "-", "--json"], input=recorded())
    assert result.exit_code == 0, result.output
    assert dangerous(result.output) == set()
    outputs = [json.loads(line) for line in result.stdout.splitlines()]
    assert EVIL in {text for output in outputs for text in texts(output)}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ticket", "show", EVIL],
        ["tail", EVIL],
        ["desk", EVIL],
        ["replay", "file", "-"],
        ["deadline", "-"],
        [EVIL],
        ["settings", "--topic-prefix", EVIL],
        ["settings", "--json", "--topic-prefix", EVIL],
        ["settings", "--bootstrap", EVIL],
        ["contract", "show", EVIL],
        ["tenants", "adopt", EVIL],
    ],
)
def test_what_is_wrong_is_said_without_repeating_it_raw(arguments: list[str]) -> None:
    """A script may hand on what a stranger wrote."""
    result = CliRunner().invoke(main_group, arguments, input=EVIL, env={"TOCSIN_BOOTSTRAP": "127.0.0.1:1"})
    assert dangerous(result.output) == set()


@pytest.mark.parametrize("log_format", ["console", "json"])
@given(text=ANY_TEXT | st.just(EVIL))
def test_a_log_line_stays_one_harmless_line_wherever_the_text_stands(log_format: str, text: str) -> None:
    stream = io.StringIO()
    configure(log_format, stream)
    nested = {"a": [text], text: (text,)}
    structlog.get_logger("tocsin.test").info(text, value=text, nested=nested, raw=text.encode("utf-8", "replace"))
    structlog.get_logger("tocsin.test").warning("named", **{f"a {text}": 1})
    logging.getLogger("faust.test").warning("%s %r", text, nested)
    lines = stream.getvalue().removesuffix("\n").split("\n")
    assert len(lines) == 3
    assert dangerous(stream.getvalue()) == set()
    if log_format == "json":
        assert all(json.loads(line) for line in lines)


@pytest.mark.parametrize("log_format", ["console", "json"])
@given(text=ANY_TEXT | st.just(EVIL))
def test_no_line_of_a_traceback_passes_for_an_entry(log_format: str, text: str) -> None:
    stream = io.StringIO()
    configure(log_format, stream)
    error = ExceptionGroup(text, [ValueError(text), KeyError(text)])
    error.add_note(text)
    structlog.get_logger("tocsin.test").error("unexpected", exc_info=error)
    logging.getLogger("mode.test").error("crashed", exc_info=error)
    lines = stream.getvalue().removesuffix("\n").split("\n")
    assert dangerous(stream.getvalue()) == set()
    assert sum(not line.startswith("    | ") for line in lines) == 2


def test_a_traceback_shows_no_values_of_variables() -> None:
    stream = io.StringIO()
    configure("console", stream)
    password = "x" * 20  # stands nowhere in the source as it is

    def fails(told: str) -> None:
        raise ValueError(f"it failed after {len(told)} characters")

    with pytest.raises(ValueError, match="it failed") as failed:
        fails(password)
    structlog.get_logger("tocsin.test").error("unexpected", exc_info=failed.value)
    assert "it failed" in stream.getvalue()
    assert password not in stream.getvalue()
