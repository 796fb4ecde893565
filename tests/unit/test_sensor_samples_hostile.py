"""No change of a sample, several at once or of single bytes of a line, makes an adapter fail."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.taking import Take

from tocsin.messages.record import Topic

FILES = sorted(
    path for path in (Path(__file__).parents[1] / "data" / "sensors").rglob("*") if path.suffix in (".json", ".txt")
)
TEXTS = [path.read_bytes() for path in FILES if path.suffix == ".txt"]
DOCUMENTS = [json.loads(path.read_bytes()) for path in FILES if path.suffix == ".json"]
ACME = (("tenant", b"acme"),)

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**19, -1, 0, 2**64, 10**400]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(["", "x" * 5_000, "\u202e\x00\ud800", "9" * 300, "2026-13-45T99:99:99Z", "::1", "[::1", "=|\\"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["id", "name", "labels", "key", "value"]), st.integers() | st.text(max_size=3)),
)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_changed_document_is_taken_ignored_or_a_dead_letter_for_a_reason_of_the_list(
    take: Take, data: st.DataObject
) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(DOCUMENTS))))
    for _ in range(data.draw(st.integers(1, 3))):
        _change(document, data)
    taken = take(Topic.SECURITY_EVENTS, json.dumps(document).encode(), headers=ACME)
    assert "adapter_failed" not in taken.reasons


@given(text=st.sampled_from(TEXTS), data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_changed_line_is_taken_ignored_or_a_dead_letter_for_a_reason_of_the_list(
    take: Take, text: bytes, data: st.DataObject
) -> None:
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    put = data.draw(st.binary(max_size=20) | st.sampled_from([b"|", b"\\", b"=", b"\t", b" a=", b"9" * 400, b"\xff"]))
    taken = take(Topic.SECURITY_EVENTS, text[:begin] + put + text[end:], headers=ACME)
    assert "adapter_failed" not in taken.reasons


def _change(document: Any, data: st.DataObject) -> None:
    """Put something odd, or nothing, in the place of a random part of `document`."""
    node = document
    while isinstance(node, dict | list) and node:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
        inner = node[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            if data.draw(st.integers(0, 4)) == 0:
                del node[key]
            else:
                node[key] = data.draw(odd)
            return
        node = inner
