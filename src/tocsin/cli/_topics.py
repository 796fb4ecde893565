"""Topics as arguments of a command: `soc.calls`, or just `calls`."""

from collections.abc import Sequence

import click

from tocsin.messages.record import INPUT_TOPICS, Topic


class _TopicArgument(click.ParamType):
    name = "topic"

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = {topic.removeprefix("soc."): topic for topic in topics}

    def convert(self, value: str | Topic, param: click.Parameter | None, ctx: click.Context | None) -> Topic:
        topic = self._topics.get(value.removeprefix("soc."))
        if topic is None:
            self.fail(f"{value!r} is none of {', '.join(self._topics.values())}.", param, ctx)
        return topic


INPUT_TOPIC = _TopicArgument(INPUT_TOPICS)
"""A topic that strangers write to."""

ANY_TOPIC = _TopicArgument(list(Topic))
"""Any of Tocsin's topics."""
