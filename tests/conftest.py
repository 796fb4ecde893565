"""The brokers that a run has used are named in its last lines."""

import signal
from collections import Counter

import pytest

_USED = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a script's `&`, and so by what tests start
    config.stash[_USED] = Counter()


def note_broker(config: pytest.Config, version: str, nodes: int = 1) -> None:
    """Remember that a test runs on this broker."""
    count = {1: "one node", 3: "three nodes"}[nodes]
    config.stash[_USED][f"Apache Kafka {version}, {count}"] += 1


@pytest.fixture
def uses_broker(request: pytest.FixtureRequest):
    """For a test that starts brokers of its own: call it with their version, and how many nodes there are."""
    return lambda version, nodes=1: note_broker(request.config, version, nodes)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    used = sorted(config.stash[_USED].items(), reverse=True)
    for broker, tests in used:
        terminalreporter.write_line(f"Broker: {broker} (KRaft, loopback), tests that ran on it: {tests}")
    if not used:
        terminalreporter.write_line("Broker: none, no test of this run needed one")
