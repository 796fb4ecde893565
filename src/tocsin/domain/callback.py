"""The callback rule: a client's call that was not answered is returned within 20 minutes.

The obligation belongs to tenant and caller, whatever ticket they turn to: who rings again before the callback is
owed one callback, by the first deadline. The figure, and what counts as a return, are the contract's; this module
knows what is owed to whom. One ticket is *home* to an obligation and keeps its clock.
"""

from bisect import insort
from dataclasses import dataclass, field

from tocsin.domain.instant import Instant
from tocsin.domain.ticket import LATE_EVIDENCE_WINDOW, Mark, Ticket
from tocsin.domain.vocabulary import Evidence, Objective

_KEPT = 64


@dataclass(slots=True)
class CallerLine:
    """What we know of one caller of a tenant: where their callbacks are kept, and when we reached them."""

    caller: str
    homes: list[str] = field(default_factory=list)  # ids of tickets
    calls: list[str] = field(default_factory=list)  # ids of missed calls
    returns: list[Mark] = field(default_factory=list)  # sorted

    def reached(self, at: Instant, offset: int) -> None:
        """We spoke to the caller at `at`."""
        insort(self.returns, Mark(at, Evidence.CALL_RETURNED, offset))
        del self.returns[:-_KEPT]

    def owes(self, home: str, call: str) -> None:
        """`home` keeps the obligation that the missed `call` made or joined."""
        if home not in self.homes:
            self.homes.append(home)
        self.calls.append(call)
        del self.calls[:-_KEPT]

    def leave(self, home: str) -> bool:
        """`home` is forgotten; whether it kept anything."""
        if home not in self.homes:
            return False
        self.homes.remove(home)
        return True

    def expire(self, now: Instant) -> bool:
        """Forget returns that are too old to matter; whether nothing is left of the line."""
        self.returns = [mark for mark in self.returns if mark.at > now - LATE_EVIDENCE_WINDOW]
        return not self.homes and not self.returns


def home_of(line: CallerLine, missed_at: Instant, homes: list[Ticket]) -> Ticket | None:
    """The ticket whose obligation a call missed at `missed_at` belongs to, or None for a new one.

    A call that was missed before a return that we know of belongs to the obligation which that return fulfilled;
    otherwise it joins the one that is still owed.
    """
    answered = next((mark.at for mark in line.returns if mark.at >= missed_at), None)
    for ticket in homes:
        if answered in _obligations(ticket):
            return ticket
    return None


def _obligations(ticket: Ticket) -> set[Instant | None]:
    """When each obligation kept by `ticket` was fulfilled; None for one that is still owed."""
    return {clock.fulfilled_at for clock in ticket.clocks if clock.objective is Objective.CALLBACK}


def line_of_call(call: str) -> str:
    """Under what name a return is kept that names a call which we have yet to hear of."""
    return f"call {call}"
