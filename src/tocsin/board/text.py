"""Templates and how they write: nothing of strangers is markup, steers a browser, or is longer than a page can bear."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, to_datetime
from tocsin.harmless import harmless

_TEXT_MAX = 400


@cache
def templates() -> Environment:
    """The templates of the board."""
    environment = Environment(
        loader=PackageLoader("tocsin.board"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(viewer="", sign_in="")  # pages that nobody is signed in for
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


def clock(at: Instant) -> str:
    """The time of day: `11:05:13`."""
    return f"{to_datetime(at):%H:%M:%S}"


def moment(at: Instant, now: Instant) -> str:
    """The time of day, with the day where it is not that of `now`: `Tue 3 March 11:05`."""
    if at // DAY == now // DAY:
        return clock(at)
    when = to_datetime(at)
    year = f" {when.year}" if when.year != to_datetime(now).year else ""
    return f"{when:%a} {when.day} {when:%b}{year} {when:%H:%M}"


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


def span(milliseconds: int) -> str:
    """A length of time in its two largest units: `20 min`, `2 d 4 h`."""
    units = (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND))
    parts, rest = [], max(0, milliseconds)
    for name, unit in units:
        amount, rest = divmod(rest, unit)
        if amount:
            parts.append(f"{amount} {name}")
    return " ".join(parts[:2]) or "0 s"


def words(name: str) -> str:
    """A name of the vocabulary as words: `first_response`, `NextUpdate`."""
    return name.replace("_", " ")


def percent(share: float) -> str:
    """A share: `98.5 %`. It is cut, never rounded up to what was not reached."""
    return f"{int(share * 1000 + 1e-9) / 10:g} %"
