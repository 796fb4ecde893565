"""The promises that are owed now, counted as they come and go: nobody has to look through all tickets for a metric."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple, TypeVar

from tocsin.domain.events import ClockEvent
from tocsin.domain.events.clock import ClockMoved, ClockStarted, ObjectiveFulfilled, PromiseLapsed, PromiseWithdrawn
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Priority

CHANGE_WHAT_IS_OWED = frozenset((ClockMoved, ClockStarted, ObjectiveFulfilled, PromiseLapsed, PromiseWithdrawn))
"""The events after which something else is owed."""

_ROOM = 1_000
_T = TypeVar("_T")


class Series(NamedTuple):
    """Promises that are counted together. `tenant` is empty but for those that are told apart."""

    tenant: str
    objective: str
    priority: Priority


class Standing(NamedTuple):
    """A promise that is owed, and until when; None: it has no deadline now."""

    series: Series
    deadline: Instant | None


class Owed:
    """The deadlines of all promises that are owed, those that are late too, and how many have none."""

    def __init__(self, apart: Container[str] = ()) -> None:
        """`apart` are the tenants that have series of their own."""
        self._apart = apart
        self._deadlines: dict[Series, Deadlines] = {}
        self._undated: Counter[Series] = Counter()

    def before(self, event: ClockEvent, ticket: Ticket) -> Standing | None:
        """The promise that `event` is about, as it stands before it is applied; None where it is not owed."""
        if type(event) not in CHANGE_WHAT_IS_OWED or isinstance(event, ClockStarted):
            return None
        return self._standing(ticket, ticket.clock(event.rule, event.cycle))

    def after(self, event: ClockEvent, ticket: Ticket, clock: Clock, before: Standing | None) -> None:
        """Count `clock`, of which `event` is applied now, no longer as it stood `before`."""
        if type(event) in CHANGE_WHAT_IS_OWED:
            self._change(before, self._standing(ticket, clock))

    def restore(self, ticket: Ticket) -> None:
        """Count the promises of a ticket that was there before."""
        for clock in ticket.clocks:
            self._change(None, self._standing(ticket, clock))

    def sort(self) -> None:
        """Sort what was restored, so that whoever asks first need not wait for it."""
        for deadlines in self._deadlines.values():
            deadlines.sort()

    def drop(self, ticket: Ticket) -> None:
        """Count the promises of `ticket` no longer."""
        for clock in ticket.clocks:
            self._change(self._standing(ticket, clock), None)

    def dated(self) -> Iterator[tuple[Series, "Deadlines"]]:
        """The deadlines of each series that has had one."""
        yield from self._deadlines.items()

    def undated(self) -> Iterator[tuple[Series, int]]:
        """The number of promises without a deadline of each series that has had one."""
        yield from self._undated.items()

    def count(self, objective: str) -> Counter[str]:
        """The number of promises of that objective that are owed, with a deadline and without, by tenant."""
        counts: Counter[str] = Counter()
        for series, number in (*((each, len(deadlines)) for each, deadlines in self.dated()), *self.undated()):
            if series.objective == objective:
                counts[series.tenant] += number
        return counts

    def _standing(self, ticket: Ticket, clock: Clock) -> Standing | None:
        if not clock.running:
            return None
        tenant = ticket.tenant if ticket.tenant in self._apart else ""
        return Standing(Series(tenant, clock.objective, clock.priority), clock.deadline)

    def _change(self, before: Standing | None, after: Standing | None) -> None:
        if before == after:
            return
        for standing, change in ((before, -1), (after, 1)):
            if standing is None:
                continue
            series, deadline = standing
            if deadline is None:
                self._undated[series] += change
            else:
                deadlines = self._deadlines.get(series)
                if deadlines is None:
                    deadlines = self._deadlines[series] = Deadlines()
                (deadlines.add if change > 0 else deadlines.remove)(deadline)


class Deadlines:
    """Many deadlines. Coming and going costs nearly nothing; they are sorted when somebody asks.

    What has gone is kept beside what has come, since a list is slow to take something out of.
    """

    __slots__ = ("_come", "_gone", "total")

    def __init__(self) -> None:
        self._come: list[Instant] = []
        self._gone: list[Instant] = []
        self.total = 0
        """The sum of all deadlines."""

    def __len__(self) -> int:
        return len(self._come) - len(self._gone)

    def add(self, deadline: Instant) -> None:
        """Take in one more."""
        self._come.append(deadline)
        self.total += deadline

    def remove(self, deadline: Instant) -> None:
        """Let go of one that was taken in."""
        self._gone.append(deadline)
        self.total -= deadline
        if len(self._gone) > len(self) + _ROOM:
            self._drop_what_has_gone()

    def sort(self) -> None:
        """Do the work of `until` that takes time."""
        self._come.sort()
        self._gone.sort()

    def until(self, instants: Sequence[Instant]) -> list[int]:
        """For each of `instants` the number of deadlines up to it, itself included."""
        self.sort()  # nearly sorted from the last time, which is quick
        return [bisect_right(self._come, instant) - bisect_right(self._gone, instant) for instant in instants]

    def _drop_what_has_gone(self) -> None:
        self._come, self._gone = what_is_left(self._come, self._gone), []


def what_is_left(come: list[_T], gone: list[_T]) -> list[_T]:
    """What has come and not gone, in no order."""
    left = Counter(come)
    left.subtract(gone)
    return list(left.elements())
