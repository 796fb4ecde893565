"""One real broker for the whole run; topics and a consumer group of its own for every test."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka.errors import KafkaError

from tocsin.dev.kafka import LocalKafka, install
from tocsin.settings import Settings
from tocsin.streams import topics


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """The broker that all tests share; a test that stops or kills one starts its own."""
    with LocalKafka(install(), tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


@pytest.fixture
def bare_settings(broker: LocalKafka) -> Settings:
    """Settings for the broker with names of the test's own; no topic exists yet."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    return Settings(bootstrap=broker.bootstrap, app_id=name, topic_prefix=f"{name}.", partitions=3, web_port=0)


@pytest.fixture
async def settings(bare_settings: Settings) -> AsyncIterator[Settings]:
    """As `bare_settings`, with all topics provisioned, three partitions each, and deleted afterwards."""
    await topics.create(bare_settings)
    yield bare_settings
    with contextlib.suppress(KafkaError):  # the broker itself goes away at the end of the run
        await topics.delete(bare_settings)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say on which broker the tests ran."""
    from tocsin.dev.jars import kafka_version  # noqa: PLC0415 - only where this folder's tests run

    terminalreporter.write_line(f"Broker: Apache Kafka {kafka_version()} (KRaft, one node, loopback)")
