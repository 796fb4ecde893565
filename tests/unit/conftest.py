"""What tests of intake share: the example tenants, and one call from bytes to what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

import tocsin
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.inbound import Input
from tocsin.domain.instant import parse
from tocsin.messages import inbox
from tocsin.messages.intake import ADOPTION_SOURCE, Intake
from tocsin.messages.record import Headers, Output, Record, Topic
from tocsin.tenants.directory import TenantDirectory

STAMP = parse("2026-03-01T09:00:00Z")


@dataclass
class Taken:
    """What intake made of some messages."""

    outputs: list[Output]
    adoptions: list[Input]
    inputs: list[Input]
    letters: list[Output]

    @property
    def input(self) -> Input:
        """The one input, where there is exactly one and no dead letter."""
        assert [self.reason] == [None]
        (taken,) = self.inputs
        return taken

    @property
    def reason(self) -> str | None:
        """Why the one message was refused; None where none was."""
        return None if not self.letters else dict(self.letters[0].headers)["tocsin-reason"].decode()


@pytest.fixture(scope="session")
def example_tenants() -> TenantDirectory:
    file = Path(tocsin.__file__).parent / "tenants" / "tenants.example.toml"
    return TenantDirectory.from_file(file, ContractLibrary.load(None), "esentire")


@pytest.fixture
def take(example_tenants: TenantDirectory) -> Callable[..., Taken]:
    intake = Intake(example_tenants, inbox_partitions=3)
    offsets = count(100)

    def take(topic: Topic, *values: bytes, headers: Headers = (), key: bytes | None = None) -> Taken:
        records = [Record(topic, 2, next(offsets), STAMP, key, value, headers) for value in values]
        return taken_of([output for chunk in intake.fold(records) for output in chunk.outputs])

    return take


def taken_of(outputs: list[Output]) -> Taken:
    records = (Record(Topic.INBOX, 0, 0, STAMP, it.key, it.value) for it in outputs if it.topic is Topic.INBOX)
    inputs = [inbox.decode(record) for record in records]
    return Taken(
        outputs=outputs,
        adoptions=[it for it in inputs if it.source == ADOPTION_SOURCE],
        inputs=[it for it in inputs if it.source != ADOPTION_SOURCE],
        letters=[it for it in outputs if it.topic is Topic.DEAD_LETTERS],
    )
