"""What happened in a run, for a person: what was published, what went wrong, and what the workers say of it."""

import logging
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import structlog
from tests.simulation.loop import MILLISECOND, Process, Scheduler

from tocsin.domain.instant import Instant, show

_TEXT_MAX = 400

Text = Callable[[], str]
"""Something to be told, worked out only where somebody listens."""


class Line(NamedTuple):
    """One thing that happened, at a true time in microseconds. A detail is what a worker has logged."""

    at: int
    text: str
    detail: bool

    def told(self, begins: Instant) -> str:
        """For a person; `begins` is when the run begins."""
        text = self.text if len(self.text) <= _TEXT_MAX else self.text[:_TEXT_MAX] + "..."
        return f"{show(begins + self.at // MILLISECOND)}  {text}"


class History:
    """Writes down what happens, by a right clock."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._now: Callable[[], int] = lambda: 0

    def watch(self, scheduler: Scheduler) -> None:
        """Take the time from there."""
        self._now = lambda: scheduler.now

    def note(self, text: Text) -> None:
        """Add a line."""
        self._add(text(), detail=False)

    def _add(self, text: str, *, detail: bool) -> None:
        self.lines.append(Line(self._now(), text, detail))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note what the code under test logs, meanwhile."""
        usual = structlog.get_config()
        structlog.configure(processors=[self._logged], wrapper_class=structlog.make_filtering_bound_logger(0))
        try:
            yield
        finally:
            structlog.configure(**usual)

    def _logged(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
        who = Process.current.name if Process.current else ""
        what = event.pop("event", "")
        details = " ".join(f"{name}={value}" for name, value in event.items())
        self._add(f"  {who}: {what} {details}", detail=True)
        raise structlog.DropEvent


class NoHistory(History):
    """Nobody asks."""

    def note(self, text: Text) -> None:
        """Nothing."""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep the code under test from logging, meanwhile."""
        usual = structlog.get_config()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        try:
            yield
        finally:
            structlog.configure(**usual)
