"""What is known of pages from their receipts: who was paged by which ways, what became of it, who answered. Pure."""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import PagingAction
from tocsin.notify.model import PAGES, ROSTER
from tocsin.notify.pages.progress import Tried
from tocsin.notify.receipts import ACCEPTED, ANSWERED, ATTEMPTED, FAILED, Receipt, ReceiptData, may_have_been_taken

_INCIDENTS_MAX = 50_000
_OVER_MAX = 5_000
_ANSWERS_MAX = 100_000
"""Of each kind the oldest are forgotten."""

_Value = TypeVar("_Value")


class Reached(NamedTuple):
    """Somebody whom a page has reached, and by which way. Not `surely`: it was given up, and may have arrived."""

    person: str
    sink: str
    way: str
    surely: bool


class _Page:
    """The page of one alert. `refused`: it was not even tried."""

    def __init__(self, data: ReceiptData) -> None:
        self.last = data
        self.tried: dict[str, Tried] = {}
        self.sinks: dict[str, str] = {}
        self.doubtful: set[str] = set()
        self.refused = False

    def became(self, receipt: Receipt, stamp: Instant) -> None:
        kind, data = receipt.type, receipt.data
        self.last = data
        self.sinks[data.way] = data.sink
        before = self.tried.get(data.way, Tried(stamp))
        if kind == ATTEMPTED and before.outcome is None:
            self.tried[data.way] = before
        elif kind == ACCEPTED:
            self.tried[data.way] = before._replace(outcome="accepted")
        elif kind == FAILED:
            self.tried[data.way] = before._replace(outcome="failed")
            if may_have_been_taken(receipt):
                self.doubtful.add(data.way)
            self.refused |= data.sink == ROSTER  # a sink may have no way to somebody whom others reach


class PageMemory:
    """Bounded: by the incidents that people were paged about, the last that are over, and the last answers."""

    def __init__(self) -> None:
        self._pages: dict[str, dict[str, _Page]] = {}  # by incident and alert
        self._over: dict[str, None] = {}
        self._answers: dict[str, str] = {}
        self._takers: dict[str, str] = {}
        self._taken: dict[str, None] = {}
        self._ways: dict[str, str] = {}
        self._told: dict[str, None] = {}

    def learn(self, receipt: Receipt, stamp: Instant) -> None:
        """Learn from `receipt`, which was written at `stamp`."""
        data = receipt.data
        if receipt.type == ANSWERED:
            self._answered(data)
        elif data.lane == PAGES and data.page:
            self._paged(receipt, stamp)
        elif data.lane == PAGES and receipt.type in (ACCEPTED, FAILED):
            _remember(self._told, f"{data.alert}|{data.way}", None, _ANSWERS_MAX)
            if data.action == PagingAction.RESOLVE:
                self.ended(data.dedup_key)

    def _answered(self, data: ReceiptData) -> None:
        if data.by is not None:
            _remember(self._answers, data.alert, data.by, _ANSWERS_MAX)
            _remember(self._takers, data.dedup_key, data.by, _ANSWERS_MAX)
            self.taken(data.dedup_key)
            _remember(self._ways, f"{data.dedup_key}|{data.way}", data.by, _ANSWERS_MAX)

    def _paged(self, receipt: Receipt, stamp: Instant) -> None:
        data = receipt.data
        if data.dedup_key not in self._pages:
            _remember(self._pages, data.dedup_key, {}, _INCIDENTS_MAX)
        pages = self._pages[data.dedup_key]
        if data.alert not in pages:
            pages[data.alert] = _Page(data)
            self._over.pop(data.dedup_key, None)
            self.reopened(data.dedup_key)
        pages[data.alert].became(receipt, stamp)

    def taken(self, dedup_key: str) -> None:
        """Somebody has acknowledged the incident."""
        _remember(self._taken, dedup_key, None, _ANSWERS_MAX)

    def reopened(self, dedup_key: str) -> None:
        """Nobody has it any more, or somebody else is asked."""
        self._taken.pop(dedup_key, None)

    def is_taken(self, dedup_key: str) -> bool:
        """True if somebody has acknowledged the incident, and nobody was paged about it since."""
        return dedup_key in self._taken

    def ended(self, dedup_key: str) -> None:
        """The incident is over; those who were paged are remembered for a while, for what may be corrected."""
        if dedup_key in self._pages:
            forgotten = _remember(self._over, dedup_key, None, _OVER_MAX)
            self._pages.pop(forgotten or "", None)

    def is_open(self, dedup_key: str) -> bool:
        """True if somebody has been paged about the incident and its end was not told."""
        return dedup_key in self._pages and dedup_key not in self._over

    def person(self, dedup_key: str, alert: str) -> str | None:
        """Whom the page of that alert went to; None if nobody has been paged for it."""
        page = self._page(dedup_key, alert)
        return page.last.person if page else None

    def tried(self, dedup_key: str, alert: str) -> dict[str, Tried]:
        """What became of the ways of that page. One of which nothing is known but that it was tried is left out."""
        page = self._page(dedup_key, alert)
        return {name: each for name, each in page.tried.items() if each.outcome is not None} if page else {}

    def begun(self, dedup_key: str, alert: str) -> Instant | None:
        """When the first way of that page was begun."""
        page = self._page(dedup_key, alert)
        return min((each.begun for each in page.tried.values()), default=None) if page else None

    def is_refused(self, dedup_key: str, alert: str) -> bool:
        """True if that page was not even tried, and it was written down why."""
        page = self._page(dedup_key, alert)
        return page is not None and page.refused

    def _page(self, dedup_key: str, alert: str) -> _Page | None:
        return self._pages.get(dedup_key, {}).get(alert)

    def reached(self, dedup_key: str) -> list[Reached]:
        """Whom pages about the incident have reached: every way that took one or may have, in the order of pages."""
        found = (
            Reached(page.last.person, page.sinks[way], way, each.outcome == "accepted")
            for page in self._pages.get(dedup_key, {}).values()
            for way, each in page.tried.items()
            if (each.outcome == "accepted" or way in page.doubtful) and page.last.person is not None
        )
        return list(dict.fromkeys(found))

    def was_told(self, alert: str, way: str) -> bool:
        """True if what the alert says of an incident was told by that way, or could not be."""
        return f"{alert}|{way}" in self._told

    def answered_by(self, alert: str) -> str | None:
        """Who has answered the page of that alert."""
        return self._answers.get(alert)

    def taken_by(self, dedup_key: str) -> str | None:
        """Who has last answered a page about the incident."""
        return self._takers.get(dedup_key)

    def has_answered(self, dedup_key: str, way: str) -> bool:
        """True if somebody has answered about the incident by that way."""
        return f"{dedup_key}|{way}" in self._ways

    def last_page(self, dedup_key: str, sink: str) -> ReceiptData | None:
        """The last receipt of a page about the incident that went by that sink."""
        pages = reversed(self._pages.get(dedup_key, {}).values())
        return next((each.last for each in pages if each.last.sink == sink), None)

    def incidents_at(self, sink: str) -> Iterator[str]:
        """The open incidents about which somebody was paged by that sink."""
        for key, pages in self._pages.items():
            if key not in self._over and any(sink in page.sinks.values() for page in pages.values()):
                yield key


def _remember(known: dict[str, _Value], name: str, value: _Value, most: int) -> str | None:
    """Returns the name that is forgotten for it, if one is."""
    known.pop(name, None)
    known[name] = value
    if len(known) <= most:
        return None
    oldest = next(iter(known))
    del known[oldest]
    return oldest
