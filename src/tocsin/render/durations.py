"""Durations on a terminal; a contract's own notation (`20 min`, `2 h`) is in `contracts.notation.targets`."""

from datetime import timedelta

from tocsin.contracts.notation.targets import show_duration
from tocsin.domain.instant import HOUR, MINUTE, SECOND


def h_mm_ss(milliseconds: int) -> str:
    """Hours, minutes and seconds: `0:12:30`, `26:05:00`; milliseconds only if there are some: `0:00:01.500`."""
    hours, rest = divmod(milliseconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    fraction = f".{rest % SECOND:03}" if rest % SECOND else ""
    return f"{hours}:{minutes:02}:{rest // SECOND:02}{fraction}"


def m_ss(milliseconds: int) -> str:
    """Whole seconds, and hours only if there are some: `12:30`, `1:12:30`."""
    seconds = milliseconds // SECOND
    return h_mm_ss(seconds * SECOND) if milliseconds >= HOUR else f"{seconds // 60}:{seconds % 60:02}"


def time_left(milliseconds: int) -> str:
    """Whole seconds with days and a sign: `0:12:30`, `2 days, 0:12:30`, `-0:05:00`."""
    seconds = milliseconds // SECOND
    return f"{'-' if seconds < 0 else ''}{timedelta(seconds=abs(seconds))}"


def whole_seconds(milliseconds: int) -> str:
    """In a contract's notation, without what is below a second: `90 min`, `2 h`, `61 s`."""
    return show_duration(milliseconds - milliseconds % SECOND)
