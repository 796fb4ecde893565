"""The promises of a worker's partitions, for metrics: how long there is to each deadline, and who waits."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from tocsin.domain.clocks.attainment import recent_months
from tocsin.domain.instant import SECOND, Instant
from tocsin.domain.state.tally import Tally
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Objective
from tocsin.engine.owed import Series
from tocsin.engine.shard import Shard
from tocsin.streams.core.shell import Shell
from tocsin.streams.core.timings import Bucket

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
BOUNDS = (
    *(-_DAY, -_HOUR, -10 * _MINUTE, 0, _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 20 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY),
)
"""Seconds to a deadline. Below 0 it has passed, and what was promised is still owed."""


class Spread(NamedTuple):
    """The number of promises by the seconds to their deadlines, up to each of `BOUNDS`, and the sum of these."""

    counts: tuple[int, ...]
    total: float

    def buckets(self) -> list[Bucket]:
        """The buckets of a histogram; the last one holds all of them."""
        return list(map(Bucket, (*BOUNDS, float("inf")), self.counts))

    def __add__(self, other: object) -> "Spread":
        if not isinstance(other, Spread):
            return NotImplemented
        return Spread(tuple(map(sum, zip(self.counts, other.counts, strict=True))), self.total + other.total)


class Urgent(NamedTuple):
    """A promise that can still be kept, and the seconds until it is due."""

    seconds: float
    ticket: Ticket
    clock: Clock


class PromiseStats:
    """Tell of the promises that are owed, by the time of the inbox."""

    def __init__(self, shell: Callable[[], Shell], most_urgent: int) -> None:
        """`most_urgent` is how many promises are told one by one."""
        self._shell = shell
        self._most_urgent = most_urgent

    def remaining(self) -> dict[Series, Spread]:
        """The spread of the seconds to the deadlines, series by series."""
        spreads: dict[Series, Spread] = {}
        for now, shard in self._timed():
            limits = [now + bound * SECOND for bound in BOUNDS]
            for series, deadlines in shard.owed.dated():
                number = len(deadlines)
                seconds = (deadlines.total - number * now) / SECOND
                spread = Spread((*deadlines.until(limits), number), seconds)
                spreads[series] = spreads[series] + spread if series in spreads else spread
        return spreads

    def undated(self) -> Counter[Series]:
        """The number of promises that are owed and have no deadline now."""
        counts: Counter[Series] = Counter()
        for _, shard in self._timed():
            counts.update(dict(shard.owed.undated()))
        return counts

    def most_urgent(self) -> list[Urgent]:
        """The promises that are due first and can still be kept."""
        found = [
            Urgent((entry[0] - now) / SECOND, *shard.promise(entry))
            for now, shard in self._timed()
            for entry in shard.deadlines.most_urgent(self._most_urgent)
        ]
        return list(islice(sorted(found, key=lambda urgent: urgent.seconds), self._most_urgent))

    def callbacks_waiting(self) -> Counter[str]:
        """The number of callbacks that are owed, by tenant; see `Series` for its name."""
        counts: Counter[str] = Counter({"": 0})
        for _, shard in self._timed():
            counts.update(shard.owed.count(Objective.CALLBACK))
        return counts

    def oldest_callback_seconds(self) -> float:
        """Seconds since the call to which somebody waits longest for a callback; 0 where nobody waits."""
        since = ((now, shard.deadlines.oldest_callback()) for now, shard in self._timed())
        return max((max(now - at, 0) / SECOND for now, at in since if at is not None), default=0.0)

    def months(self) -> Iterator[tuple[Tenant, str, Tally]]:
        """The tallies of this month and the last one, each with its tenant and the name of its contract."""
        for lane in self._shell().lanes.values():
            if lane.ready and isinstance(lane.step, Shard):
                shard = lane.step
                for tenant in shard.tenants():
                    for month in recent_months(tenant, shard.clock):
                        contract = shard.contract_of(tenant)
                        yield tenant, contract.name if contract else "", month

    def _timed(self) -> Iterator[tuple[Instant, Shard]]:
        """The partitions that are ours, each with the present of its inbox."""
        shell = self._shell()
        for source, keeper in shell.timekeepers.items():
            lane = shell.lanes[source]
            if keeper.now is not None and lane.ready and isinstance(lane.step, Shard):
                yield keeper.now, lane.step
