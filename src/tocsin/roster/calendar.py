"""A layer whose shifts are the events of an iCalendar file (RFC 5545)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import recurring_ical_events
from icalendar import Calendar, Component

from tocsin.contracts.errors import ContractError
from tocsin.domain.instant import DAY, Instant, from_datetime, to_datetime
from tocsin.domain.time.zones import from_wall
from tocsin.roster.layers import Shift

_TIMES_AN_HOUR_MAX = 4


def shown(place: str) -> str:
    """The file or address of a calendar as it may be told: whoever has the whole address may read the calendar."""
    scheme, found, rest = place.partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2].partition('?')[0]}/..." if found else place


class CalendarLayer:
    """Each event names somebody: by the address of an attendee, else by its title."""

    def __init__(self, text: str, name: str, zone: str, people: Mapping[str, str]) -> None:
        """`people` has the key of a person by each of its names and addresses, in lower case.

        Raises `ContractError` for what is no calendar.
        """
        try:
            calendar = Calendar.from_ical(text)
        except (ValueError, IndexError, KeyError) as error:
            raise ContractError(f"{name}: is no iCalendar file: {error}") from None
        if any(_is_endless(event) for event in calendar.walk("VEVENT")):
            raise ContractError(f"{name}: an event that comes every minute or second is no shift")
        self._events = recurring_ical_events.of(calendar, skip_bad_series=False)
        self._name = name
        self._zone = zone
        self._people = people

    def shifts(self, start: Instant, end: Instant) -> Iterator[Shift]:
        """As of a layer. Raises `ContractError` for an event that cannot be reckoned."""
        for event in self._between(start, end):
            who = self._person(event)
            if who is not None:
                yield Shift(self._instant(event.start), self._instant(event.end), who)

    def nobodys(self, start: Instant, end: Instant) -> list[str]:
        """The titles of events that name nobody of the roster."""
        return sorted({_title(event) for event in self._between(start, end) if self._person(event) is None})

    def _between(self, start: Instant, end: Instant) -> list[Any]:
        try:
            # a day on either side: an event without a zone is another instant in ours
            found: list[Any] = self._events.between(to_datetime(start - DAY), to_datetime(end + DAY))
        except (ValueError, OverflowError, TypeError) as error:
            raise ContractError(f"{self._name}: an event cannot be reckoned: {error}") from None
        return found

    def _person(self, event: Component) -> str | None:
        attendees = event.get("ATTENDEE", [])
        names = [*(attendees if isinstance(attendees, list) else [attendees]), event.get("SUMMARY", "")]
        spelt = (str(name).lower().removeprefix("mailto:").strip() for name in names)
        return next((self._people[name] for name in spelt if name in self._people), None)

    def _instant(self, moment: date | datetime) -> Instant:
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return from_datetime(moment)
        return from_wall(wall(moment), self._zone)


def wall(moment: date | datetime) -> int:
    """The wall time that `moment`, which has no offset, shows; of a date its beginning."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return from_datetime(moment.replace(tzinfo=UTC))


def _is_endless(event: Component) -> bool:
    """True for what would take minutes to reckon."""
    rules = event.get("RRULE", [])
    return any(
        str(rule.get("FREQ", [""])[0]).upper() in ("SECONDLY", "MINUTELY")
        or len(rule.get("BYSECOND", ())) > 1
        or len(rule.get("BYMINUTE", ())) > _TIMES_AN_HOUR_MAX
        for rule in (rules if isinstance(rules, list) else [rules])
    )


def _title(event: Component) -> str:
    return str(event.get("SUMMARY", "")) or "an event without a title"
