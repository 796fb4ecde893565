"""What tests share: the example tenants, one call of intake from bytes to what became of them, and the log."""

import logging
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import structlog
from tests.unit.taking import STAMP, Take, Taken, taken_of

import tocsin
from tocsin.contracts.library import ContractLibrary
from tocsin.messages.intake import Intake
from tocsin.messages.record import Headers, Record, Topic
from tocsin.tenants.directory import TenantDirectory


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command that was run in this process sends the log to where its own output went; the next test reads it."""
    handlers, level = logging.root.handlers, logging.root.level
    yield
    logging.root.handlers, logging.root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def example_tenants() -> TenantDirectory:
    file = Path(tocsin.__file__).parent / "tenants" / "tenants.example.toml"
    return TenantDirectory.from_file(file, ContractLibrary.load(None), "esentire")


@pytest.fixture
def take(example_tenants: TenantDirectory) -> Take:
    intake = Intake(example_tenants, inbox_partitions=3)
    offsets = count(100)

    def take(topic: Topic, *values: bytes, headers: Headers = (), key: bytes | None = None) -> Taken:
        records = [Record(topic, 2, next(offsets), STAMP, key, value, headers) for value in values]
        before = intake.ignored.copy()
        outputs = [output for chunk in intake.fold(records) for output in chunk.outputs]
        return taken_of(outputs, intake.ignored - before)

    return take
