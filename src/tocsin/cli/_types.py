"""Times and topics as arguments of a command."""

from collections.abc import Sequence

import click

from tocsin.client.start import BEGINNING, NOW
from tocsin.contracts.notation.targets import parse_duration
from tocsin.domain import instant
from tocsin.domain.instant import Instant
from tocsin.messages.record import INPUT_TOPICS, Topic

_STARTS: dict[str | Instant, Instant] = {"beginning": BEGINNING, "now": NOW}


class _TimeArgument(click.ParamType):
    name = "time"

    def convert(self, value: str | Instant, param: click.Parameter | None, ctx: click.Context | None) -> Instant:
        if isinstance(value, int):
            return value
        try:
            return instant.parse(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time; write it like 2026-03-01T09:00:00Z.", param, ctx)


class _StartArgument(_TimeArgument):
    name = "beginning|now|time"

    def convert(self, value: str | Instant, param: click.Parameter | None, ctx: click.Context | None) -> Instant:
        return _STARTS[value] if value in _STARTS else super().convert(value, param, ctx)


class _DurationArgument(click.ParamType):
    name = "duration"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _TopicArgument(click.ParamType):
    name = "topic"

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = {topic.removeprefix("soc."): topic for topic in topics}

    def convert(self, value: str | Topic, param: click.Parameter | None, ctx: click.Context | None) -> Topic:
        topic = self._topics.get(value.removeprefix("soc."))
        if topic is None:
            self.fail(f"{value!r} is none of {', '.join(self._topics.values())}.", param, ctx)
        return topic


TIME = _TimeArgument()
"""RFC 3339 with an offset from UTC."""

DURATION = _DurationArgument()
"""Milliseconds, written like `20 min`."""

START = _StartArgument()
"""`beginning`, `now`, or a time at which reading begins."""

INPUT_TOPIC = _TopicArgument(INPUT_TOPICS)
"""An input topic: `soc.calls`, or just `calls`."""

ANY_TOPIC = _TopicArgument(list(Topic))
"""Any topic of Tocsin: `soc.alerts`, or just `alerts`."""
