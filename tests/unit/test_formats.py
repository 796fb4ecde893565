"""Every sample of every format, below `tests/data/sensors/NAME`: its adapter recognises it, and no other does.

Frames of members are looked for where no adapter recognises a document, so they may take some of these for one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.taking import STAMP

from tocsin.messages import adapters
from tocsin.messages.adapters import ADAPTERS, Adapter, frames
from tocsin.messages.arrival import Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.tenants.directory import TenantDirectory

SENSORS = Path(__file__).parents[1] / "data" / "sensors"
FILES = sorted(file for file in SENSORS.glob("*/*") if file.is_file() and file.suffix != ".md")
ACME = (("tenant", b"acme"),)


def record(value: bytes) -> Record:
    return Record(Topic.SECURITY_EVENTS, 0, 0, STAMP, None, value, ACME)


def recognises(adapter: Adapter, arrival: Arrival) -> bool:
    """An adapter of JSON raises for a line of text, which those before it have taken."""
    try:
        return adapter.recognises(arrival)
    except Rejected:
        return False


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_exactly_one_adapter_recognises_each_sample(file: Path, example_tenants: TenantDirectory) -> None:
    value = file.read_bytes()
    arrival = Arrival(record(value), value, example_tenants)
    module = getattr(adapters, file.parent.name.rpartition("-")[2])
    assert isinstance(module, ModuleType)
    found = [adapter for adapter in ADAPTERS[Topic.SECURITY_EVENTS] if recognises(adapter, arrival)]
    assert [adapter.adapt for adapter in found if adapter.adapt is not frames.opened] == [module.adapt]
    assert found[0].adapt is module.adapt


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_each_sample_is_taken_or_ignored(file: Path, example_tenants: TenantDirectory) -> None:
    intake = Intake(example_tenants, 1)
    list(intake.fold([record(file.read_bytes())]))
    assert intake.accepted + intake.ignored.total() >= 1
    assert intake.dead_letters == {}


ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, True, -1, 0, 1e308, "", "\u202e", "9" * 400, "x" * 3_000, "2026-13-99T99:99:99Z", 10**300, [], {}, [[[1]]]]
) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=4,
)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every object or array in a document, with each of its keys."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in pairs:
        yield node, key
        yield from places(inner)


def changed(sample: bytes, place: int, odd: object) -> bytes:
    """The sample with one value replaced; of one that is no JSON, with a part of its bytes replaced."""
    try:
        document = json.loads(sample)
    except ValueError:
        cut = place % (len(sample) + 1)
        return sample[:cut] + str(odd).encode() + sample[cut + place % 7 :]
    found = list(places(document))
    if found:
        container, key = found[place % len(found)]
        container[key] = odd
    return json.dumps(document).encode()


@settings(max_examples=20 * settings().max_examples)
@given(st.sampled_from(FILES), st.integers(0, 10_000), ODD)
def test_a_sample_with_a_value_of_another_kind_is_never_an_error_of_the_program(
    example_tenants: TenantDirectory, file: Path, place: int, odd: object
) -> None:
    intake = Intake(example_tenants, 1)
    list(intake.fold([record(changed(file.read_bytes(), place, odd))]))
    assert intake.accepted + intake.ignored.total() + intake.dead_letters.total() >= 1
    assert DeadLetterReason.ADAPTER_FAILED not in intake.dead_letters
