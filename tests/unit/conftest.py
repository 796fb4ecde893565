"""What tests of intake share: the example tenants, and one call from bytes to what became of them."""

from itertools import count
from pathlib import Path

import pytest
from tests.unit.taking import STAMP, Take, Taken, taken_of

import tocsin
from tocsin.contracts.library import ContractLibrary
from tocsin.messages.intake import Intake
from tocsin.messages.record import Headers, Record, Topic
from tocsin.tenants.directory import TenantDirectory


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
