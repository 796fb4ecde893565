"""One real broker of each line for the whole run; topics and a consumer group of its own for every test."""

import contextlib
import functools
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from letterbox import Mailbox
from playwright.async_api import Browser
from tests.board.chromium import browser as real_browser
from workers import Workers

from tocsin.dev.jars import OLDER_PIN, PIN, kafka_version
from tocsin.dev.kafka import LocalKafka, install
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

BOTH_LINES = {"test_shell", "test_takeover", "test_clock_skew", "test_topics", "test_placing"}
"""The streaming shell, and imports: these modules run on the broker of today and on one of the line before."""


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], LocalKafka]]:
    """Gives the broker of a pin, started when it is first asked for."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def started(pin: str) -> LocalKafka:
            return stack.enter_context(LocalKafka(install(pin=pin), tmp_path_factory.mktemp("kafka")))

        yield started


@pytest.fixture(scope="session")
def broker(brokers: Callable[[str], LocalKafka]) -> LocalKafka:
    """The broker that all tests share; a test that stops or kills one starts its own."""
    return brokers(PIN)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bare_settings" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH_LINES:
        pins = [PIN, OLDER_PIN]
        metafunc.parametrize("bare_settings", pins, indirect=True, ids=[f"kafka-{kafka_version(pin)}" for pin in pins])


@pytest.fixture
def bare_settings(request: pytest.FixtureRequest, brokers: Callable[[str], LocalKafka]) -> Settings:
    """Settings for the broker with names of the test's own; no topic exists yet."""
    pin = getattr(request, "param", PIN)
    request.getfixturevalue("uses_broker")(kafka_version(pin))
    name = f"test-{uuid.uuid4().hex[:12]}"
    return Settings(bootstrap=brokers(pin).bootstrap, app_id=name, topic_prefix=f"{name}.", partitions=3, web_port=0)


@pytest.fixture
async def settings(bare_settings: Settings) -> AsyncIterator[Settings]:
    """As `bare_settings`, with all topics provisioned, three partitions each, and deleted afterwards."""
    await topics.create(bare_settings)
    yield bare_settings
    with contextlib.suppress(KafkaError):  # the broker itself goes away at the end of the run
        await topics.delete(bare_settings)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Starts processes of ours; those that are left are ended after the test."""
    started = Workers(tmp_path)
    yield started
    started.end()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with real_browser() as started:
        yield started


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mail server that keeps what it is given."""
    async with Mailbox().open() as opened:
        yield opened
