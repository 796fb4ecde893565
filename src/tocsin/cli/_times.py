"""Times as arguments of a command."""

import click

from tocsin.cli._reading import BEGINNING, NOW
from tocsin.domain import instant
from tocsin.domain.instant import Instant

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


TIME = _TimeArgument()
"""RFC 3339 with an offset from UTC."""

START = _StartArgument()
"""`beginning`, `now`, or a time: where reading begins."""
