"""Templates and how they write: nothing of strangers is markup, steers a browser, or is longer than a page can bear."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tocsin.domain.instant import DAY, SECOND, Instant, to_datetime
from tocsin.harmless import harmless
from tocsin.story.words import clock, moment, span

_TEXT_MAX = 400


@cache
def templates(notice: str = "") -> Environment:
    """The templates of the board. `notice` stands on every page."""
    environment = Environment(
        loader=PackageLoader("tocsin.board"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(viewer="", sign_in="", notice=notice)  # pages that nobody is signed in for
    environment.filters.update(clock=clock, moment=moment, left=left, span=span, words=words, iso=iso, percent=percent)
    environment.filters["whole"] = whole
    return environment


def _finalized(value: Any) -> Any:
    """What an expression of a template gives, as it is written: on one line, cut, without marks that deceive."""
    if value is None:
        return ""
    if isinstance(value, Markup | int | float):
        return value
    text = str(value)
    shown = harmless(text[: _TEXT_MAX + 1])
    return shown if len(text) <= _TEXT_MAX else shown[:_TEXT_MAX] + "…"


def whole(text: str) -> Markup:
    """What no person reads, such as an address, as it is written: not cut, or it would be another one."""
    return escape(harmless(text))


def iso(at: Instant) -> str:
    """For machines, in whole seconds."""
    return f"{to_datetime(at):%Y-%m-%dT%H:%M:%SZ}"


def left(milliseconds: int) -> str:
    """The time until a deadline as it is counted down: `12:30`, `1:12:30`, `2 d 04 h`, after it with a minus sign."""
    seconds = -milliseconds // SECOND if milliseconds < 0 else -(-milliseconds // SECOND)
    sign = "\u2212" if milliseconds < 0 else ""
    if seconds >= 2 * DAY // SECOND:
        days, rest = divmod(seconds, DAY // SECOND)
        return f"{sign}{days} d {rest // 3600:02} h"
    hours, rest = divmod(seconds, 3600)
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{sign}{rest // 60}:{rest % 60:02}"


def words(name: str) -> str:
    """A name of the vocabulary as words: `first_response`, `NextUpdate`."""
    return name.replace("_", " ")


def percent(share: float) -> str:
    """A share: `98.5 %`. It is cut, never rounded up to what was not reached."""
    return f"{int(share * 1000 + 1e-9) / 10:g} %"
