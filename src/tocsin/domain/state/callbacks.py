"""The callback rule: a client's call that was not answered is returned within 20 minutes.

The obligation belongs to tenant and caller, whatever the ticket: a caller who rings again before the callback is owed
one callback, by the first deadline. The contract gives the figure, and says which outcomes count as a callback; this
module knows to whom a callback is owed. One ticket is the *home* of an obligation and keeps its clock.
"""

import msgspec

from tocsin.domain.instant import DAY, Instant
from tocsin.domain.state.ticket import LATE_EVIDENCE_WINDOW, Mark, Ticket
from tocsin.domain.vocabulary import Evidence, Objective

_KEPT = 64


class Caller(msgspec.Struct, gc=False):  # hundreds of thousands: tuples, which the garbage collector need not look at
    """One caller of a tenant: the tickets that keep their callbacks, and the times at which we reached them."""

    number: str = msgspec.field(name="caller")  # the key of the person
    homes: tuple[str, ...] = ()  # ids of tickets
    calls: tuple[str, ...] = ()  # ids of missed calls
    returns: tuple[Mark, ...] = ()  # sorted
    narrow: dict[int, str] = msgspec.field(default_factory=dict)
    # the offsets of those that were for nobody else at the number, each with the id of the ticket that it named

    def reached(self, at: Instant, offset: int, narrow: str | None = None) -> None:
        """Note that we spoke to the caller at `at`; not None: to no others at the number, but about that ticket."""
        mark = Mark(at, Evidence.CALL_RETURNED, offset, self.number)
        self.returns = tuple(sorted((*self.returns, mark)))[-_KEPT:]
        if narrow is not None:
            kept = {mark.offset for mark in self.returns}
            self.narrow = {each: about for each, about in {**self.narrow, offset: narrow}.items() if each in kept}

    def returns_to_others(self, ticket: str | None) -> list[Mark]:
        """The times at which we reached whoever rings from the number about the ticket of that id."""
        return [mark for mark in self.returns if self.narrow.get(mark.offset, ticket) == ticket]

    def owes(self, home: str, call: str) -> tuple[str, ...]:
        """Note that the ticket `home` keeps the callback for the missed `call`; returns the calls dropped for age."""
        if home not in self.homes:
            self.homes = (*self.homes, home)
        dropped = self.calls[: 1 - _KEPT] if len(self.calls) >= _KEPT else ()
        self.calls = (*self.calls[len(dropped) :], call)
        return dropped

    def drop_home(self, home: str) -> bool:
        """Forget the ticket `home`; True if it kept a callback."""
        if home not in self.homes:
            return False
        self.homes = tuple(each for each in self.homes if each != home)
        return True

    def expire(self, now: Instant) -> bool:
        """Drop callbacks older than the window for late evidence, rounded to days; True if there were any."""
        oldest = now - now % DAY - LATE_EVIDENCE_WINDOW
        kept = tuple(mark for mark in self.returns if mark.at >= oldest)
        expired = len(kept) < len(self.returns)
        self.returns = kept
        return expired

    @property
    def empty(self) -> bool:
        """True if nothing is left of the caller."""
        return not self.homes and not self.returns


def home_of(person: str, returns: list[Mark], missed_at: Instant, homes: list[Ticket]) -> Ticket | None:
    """The ticket whose obligation a call missed at `missed_at` belongs to, or None for a new one.

    A call that was missed before a known callback belongs to the obligation that this callback fulfilled; otherwise
    it joins the one that is still owed. `returns` are the callbacks to `person` that are known.
    """
    answered = next((mark.at for mark in returns if mark.at >= missed_at), None)
    for ticket in homes:
        if answered in _obligations(ticket, person):
            return ticket
    return None


def _obligations(ticket: Ticket, caller: str) -> set[Instant | None]:
    """The times at which each callback owed to `caller` on `ticket` was made; None for one that is still owed."""
    owed = {mark.offset for mark in ticket.marks if mark.kind == Evidence.CALLBACK_OWED and mark.what == caller}
    return {
        clock.fulfilled_at for clock in ticket.clocks if clock.objective == Objective.CALLBACK and clock.anchor in owed
    }
