"""The shift lead: who is escalated to again and again sees to the ticket at last, most of the time."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random

from tests.simulation.loop import HOUR
from tests.simulation.workload import Publication

from tocsin.domain.commands import desk as desk_commands
from tocsin.domain.instant import Instant, show
from tocsin.messages.record import Topic

_TIMES_MAX = 20
_FORGETS = 0.02
_LATE_MAX = 2 * HOUR


class ShiftLead:
    """Hears the alerts; `publish` is called with a message and how long it takes until that is told."""

    def __init__(self, random: Random, now: Callable[[], Instant], publish: Callable[[Publication, int], None]) -> None:
        self._random = random
        self._now = now
        self._publish = publish
        self._times: Counter[str] = Counter()
        self._messages = 0

    def hears(self, kind: str, tenant: str, ticket: str | None, incident: str) -> None:
        """An alert was published."""
        if kind != "escalated" or ticket is None:
            return
        self._times[incident] += 1
        if self._times[incident] % _TIMES_MAX == 0 and self._random.random() >= _FORGETS:
            self._publish(self._seen_to(tenant, ticket), self._random.randrange(_LATE_MAX))

    def _seen_to(self, tenant: str, ticket: str) -> Publication:
        self._messages += 1
        message = {
            "specversion": "1.0",
            "id": f"lead-{self._messages}",
            "source": "desk-gateway",
            "type": desk_commands.Resolve.TYPE,
            "tenant": tenant,
            "time": show(self._now()),
            "data": {"ticket": ticket, "analyst": "lead"},
        }
        return Publication(0, Topic.DESK, self._random.random(), json.dumps(message).encode(), accepted=True)
