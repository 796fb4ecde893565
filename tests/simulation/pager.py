"""The notify of the simulated SOC: it says what became of each page, truly or not, in time, late, twice, or never."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from tests.simulation.loop import HOUR, MINUTE, SECOND
from tests.simulation.workload import Publication

from tocsin.domain.commands import deliveries
from tocsin.domain.instant import Instant, show
from tocsin.messages.record import Topic

NAME = "tocsin-notify-pages"
_PROMPT, _USUAL, _LATE = 2 * SECOND, 2 * MINUTE, 3 * HOUR
_TWICE = 0.15
_SKIPS = 0.05  # heartbeats that never come

Publish = Callable[[Publication, int], None]


class Paged(NamedTuple):
    """An alert that is to reach a person."""

    id: str
    tenant: str
    ticket: str
    dedup_key: str


class _Word(NamedTuple):
    """Something that became of it."""

    kind: str
    more: dict[str, Any]


_ATTEMPTED = _Word(deliveries.DeliveryAttempted.TYPE, {})
_ACCEPTED = _Word(deliveries.DeliveryAccepted.TYPE, {})
_LOST = _Word(deliveries.DeliveryFailed.TYPE, {"reason": "nobody_on_duty", "ways_left": 0})
_ONE_WAY = _Word(deliveries.DeliveryFailed.TYPE, {"reason": "timed_out", "ways_left": 1})
_ANSWERED = _Word(deliveries.DeliveryAnswered.TYPE, {"by": "mia"})
_FATES = (
    ((), 30),  # receipts are lost, or nobody is to be told
    ((_ATTEMPTED, _ACCEPTED), 6),
    ((_ACCEPTED, _ANSWERED), 3),
    ((_ATTEMPTED, _LOST), 5),
    ((_ONE_WAY, _ACCEPTED), 2),
    ((_ONE_WAY, _LOST), 2),
    ((_ACCEPTED, _LOST), 2),  # against each other
    ((_LOST, _ACCEPTED), 2),
    ((_LOST, _ANSWERED), 1),
)


class Pager:
    """Hears of pages; `publish` is called with a message and how long it takes until that is told."""

    def __init__(self, random: Random, now: Callable[[], Instant], publish: Publish) -> None:
        self._random = random
        self._now = now
        self._publish = publish
        self._messages = 0
        self._period = random.choice((6 * HOUR, 12 * HOUR))

    def hears(self, page: Paged) -> None:
        """Somebody is to be told."""
        fates, weights = zip(*_FATES, strict=True)
        (fate,) = self._random.choices(fates, weights)
        delay = 0
        for word in fate:
            delay += self._random.randrange(self._random.choice((_PROMPT, _PROMPT, _USUAL, _USUAL, _LATE)))
            self._say(page, word, delay)
        if self._random.random() < 0.1:
            copy = self._random.choice((_ACCEPTED, _LOST))
            self._say(page, copy._replace(more={**copy.more, "page": False, "sink": "webhook"}), delay)
        if self._random.random() < 0.05:
            self._say(page._replace(id="nobody-knows"), _LOST, delay)

    def beats(self) -> int:
        """Says that it makes progress, unless it stands still; returns the time until it does so again."""
        if self._random.random() >= _SKIPS:
            within = self._period // SECOND + 60
            data = {"name": NAME, "next_within_seconds": within if self._random.random() < 0.98 else None}
            self._put(deliveries.NotifyAlive.TYPE, "unassigned", data, 0)
        return self._period

    def _say(self, page: Paged, word: _Word, delay: int) -> None:
        about = {"alert": page.id, "dedup_key": page.dedup_key, "ticket": page.ticket, "sink": "mail"}
        data = {**about, "way": "mail/1", "person": "mia", "attempt": 1, "page": True, **word.more}
        self._put(word.kind, page.tenant, data, delay)

    def _put(self, kind: str, tenant: str, data: dict[str, Any], delay: int) -> None:
        self._messages += 1
        message = {
            "specversion": "1.0",
            "id": f"notify-{self._messages}",
            "source": "tocsin-notify",
            "type": kind,
            "tenant": tenant,
            "time": show(self._now()),
            "data": data,
        }
        self._send(message, delay)
        if self._random.random() < _TWICE:
            again = message if self._random.random() < 0.5 else {**message, "id": f"{message['id']}-again"}
            self._send(again, delay + self._random.randrange(_USUAL))

    def _send(self, message: dict[str, Any], delay: int) -> None:
        self._publish(
            Publication(0, Topic.DELIVERIES, self._random.random(), json.dumps(message).encode(), accepted=True), delay
        )
