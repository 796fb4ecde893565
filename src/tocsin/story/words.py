"""Times and lengths of time in words, as the story of a ticket has them."""

from datetime import datetime

from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, to_datetime
from tocsin.domain.time.zones import offset_at

UTC = "UTC"
"""The zone of those who have no other."""


def local(at: Instant, where: Zone | str) -> datetime:
    """What a clock in the zone `where` shows at `at`; in UTC where that is beyond what can be reckoned with."""
    return to_datetime(at + _ahead(at, where))


def offset(at: Instant, where: Zone | str) -> str:
    """The offset from UTC of the zone `where` at `at`: `-05:00`."""
    minutes = _ahead(at, where) // MINUTE
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def stamp(at: Instant, where: Zone | str) -> str:
    """Date, time and offset: `2026-03-02 04:20:00 -05:00`; milliseconds only where there are some."""
    milliseconds = f".{at % SECOND:03}" if at % SECOND else ""
    return f"{local(at, where):%Y-%m-%d %H:%M:%S}{milliseconds} {offset(at, where)}"


def clock(at: Instant, where: Zone | str = UTC) -> str:
    """The time of day: `11:05:13`."""
    return f"{local(at, where):%H:%M:%S}"


def moment(at: Instant, now: Instant, where: Zone | str = UTC) -> str:
    """The time of day, with the day where it is not that of `now`: `Tue 3 March 11:05`."""
    when, present = local(at, where), local(now, where)
    if when.date() == present.date():
        return clock(at, where)
    year = f" {when.year}" if when.year != present.year else ""
    return f"{when:%a} {when.day} {when:%b}{year} {when:%H:%M}"


def span(milliseconds: int) -> str:
    """A length of time in its two largest units: `20 min`, `2 d 4 h`."""
    units = (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND))
    parts, rest = [], max(0, milliseconds)
    for name, unit in units:
        amount, rest = divmod(rest, unit)
        if amount:
            parts.append(f"{amount} {name}")
    return " ".join(parts[:2]) or "0 s"


def _ahead(at: Instant, where: Zone | str) -> int:
    try:
        return 0 if where == UTC else offset_at(at, where)
    except ValueError:
        return 0
