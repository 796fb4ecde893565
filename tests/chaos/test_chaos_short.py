"""The short version of `make chaos`: faults of which no other test makes much, on a real broker."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import bench
from field import Field
from ledger import audit
from tests.conftest import UsesBroker
from workers import publish

from tocsin.dev.kafka import LocalKafka, install
from tocsin.messages.record import Topic

SEED = 7


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    with LocalKafka(install(), tmp_path_factory.mktemp("chaos")) as kafka:
        yield kafka


@pytest.mark.parametrize(
    "fault", ["killed_workers", "zombies", "overdue_at_start", "shuffled_sources", "poison", "killed_notify"]
)
async def test_alerts_are_what_the_fold_of_the_inbox_says_in_spite_of(
    fault: str, shared: LocalKafka, tmp_path: Path, uses_broker: UsesBroker
) -> None:
    uses_broker(shared.version)
    result = await importlib.import_module(f"faults.{fault}").run(Field(tmp_path, SEED, 0, shared))
    assert result.faults == []
    assert sum(found.alerts for found in result.audits) > 0


async def test_the_audit_finds_an_alert_too_many_and_an_input_that_was_swallowed(
    shared: LocalKafka, tmp_path: Path, uses_broker: UsesBroker
) -> None:
    uses_broker(shared.version)
    async with bench(shared.bootstrap, tmp_path / "audited", "audited", SEED) as table:
        table.crew.start(0)
        await table.publish(list(table.traffic.messages(100, 0)))
        await table.settle()
        await table.crew.stop()
        assert (await audit(table)).broken == []
        await publish(table.settings, Topic.ALERTS, [(b"forged", b'{"id": "forged"}')], partition=1)
        await publish(table.settings, Topic.EMAILS, [(b"k", b'{"specversion": "1.0"}')])
        broken = (await audit(table)).broken
    assert [sentence.partition(":")[0] for sentence in broken] == ["inbox", "soc.alerts/1", "verify/1"]
