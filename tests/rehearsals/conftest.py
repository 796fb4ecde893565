"""A broker of the rehearsal's own, with topics of the usual names: the commands of the page are typed as they stand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import UsesBroker
from workers import Workers

from tocsin.dev.kafka import LocalKafka, install
from tocsin.settings import Settings
from tocsin.streams.kafka import topics


@pytest.fixture
def kafka(tmp_path: Path, uses_broker: UsesBroker) -> Iterator[LocalKafka]:
    with LocalKafka(install(), tmp_path / "kafka") as kafka:
        uses_broker(kafka.version)
        yield kafka


@pytest.fixture
async def settings(kafka: LocalKafka) -> Settings:
    settings = Settings(bootstrap=kafka.bootstrap, partitions=3, web_port=0, heartbeat_tick=1)
    await topics.create(settings)
    return settings


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    started = Workers(tmp_path)
    yield started
    started.end()
