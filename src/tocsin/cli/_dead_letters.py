"""Places of dead letters, and which of them are meant, as options of a command."""

import functools
import re
from collections.abc import Callable
from typing import Any

import click

from tocsin.cli._types import TIME
from tocsin.client.start import BEGINNING, NOW
from tocsin.domain.instant import Instant
from tocsin.messages.dead_letters import DeadLetterReason
from tocsin.messages.record import Topic, split_name
from tocsin.messages.refused import Place, Wanted

_Function = Callable[..., Any]

_PLACE = re.compile(r"([0-9]{1,9})/([0-9]{1,18})")


class _PlaceArgument(click.ParamType):
    name = "partition/offset"

    def convert(self, value: str | Place, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        if not isinstance(value, str):
            return value
        found = _PLACE.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no place; write it like 0/17: partition and offset.", param, ctx)
        return int(found[1]), int(found[2])


class _NameArgument(click.ParamType):
    name = "topic"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = "soc." + value.removeprefix("soc.")
        try:
            topic, _ = split_name(name)
        except ValueError:
            topic = Topic.INBOX
        if topic.by_worker:
            self.fail(
                f"{value!r} is no input topic; write it like calls, or calls.acme for a client's own.", param, ctx
            )
        return name


PLACE = _PlaceArgument()
"""The place of a dead letter: `0/17`."""


def filter_options(function: _Function) -> _Function:
    """Call the command with `wanted`, the dead letters that its options ask for."""

    @functools.wraps(function)
    def with_wanted(
        *args: Any,
        reasons: tuple[str, ...],
        topics: tuple[str, ...],
        start: Instant,
        until: Instant,
        tenant: str | None,
        **options: Any,
    ) -> Any:
        return function(*args, wanted=Wanted(reasons, topics, start, until, tenant), **options)

    decorated: _Function = with_wanted
    for option in reversed(_FILTERS):
        decorated = option(decorated)
    return decorated


_FILTERS = (
    click.option(
        "--reason",
        "reasons",
        multiple=True,
        type=click.Choice([reason.value for reason in DeadLetterReason]),
        help="Only what was refused for this reason; may be given several times.",
    ),
    click.option(
        "--topic", "topics", multiple=True, type=_NameArgument(), help="Only what stood on this topic: calls."
    ),
    click.option("--from", "start", type=TIME, default=BEGINNING, help="Leave out what was refused earlier."),
    click.option("--until", type=TIME, default=NOW, help="Leave out what was refused later."),
    click.option("--tenant", help="Only what names this tenant."),
)
