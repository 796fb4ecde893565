"""How hard the laws are tried, which tests need a broker, and the brokers of a run, named in its last lines."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

HERE = Path(__file__).parent
MARKS = {
    "kafka": pytest.mark.broker,
    "chaos": pytest.mark.broker,
    "rehearsals": pytest.mark.broker,
    "simulation": pytest.mark.slow,
    "board": pytest.mark.slow,
}
"""The mark of every test in a folder."""

UsesBroker = Callable[..., None]

# A machine that is busy makes no law untrue: none has a deadline. `make proof` tries them thirty times as hard.
hypothesis.settings.register_profile("usual", deadline=None)
hypothesis.settings.load_profile("usual")
hypothesis.settings.register_profile("deep", max_examples=3_000)
hypothesis.settings.register_profile("quick", max_examples=25)


def pytest_configure() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a script's `&`, and so by what tests start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if mark := MARKS.get(item.path.relative_to(HERE).parts[0]):
            item.add_marker(mark)


@pytest.fixture
def uses_broker(record_property: Callable[[str, object], None]) -> UsesBroker:
    """For a test that starts brokers of its own: call it with their version, and how many nodes there are."""

    def note(version: str, nodes: int = 1) -> None:
        count = {1: "one node", 3: "three nodes"}[nodes]
        record_property("broker", f"Apache Kafka {version}, {count}")

    return note


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must have run, as in CI, a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("SKIP_NOTHING") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the brokers. They come with the reports, so those of other processes count as well."""
    used = Counter(
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "broker"
    )
    for broker, tests in sorted(used.items(), reverse=True):
        terminalreporter.write_line(f"Broker: {broker} (KRaft, loopback), tests that ran on it: {tests}")
    if not used:
        terminalreporter.write_line("Broker: none, no test of this run needed one")
