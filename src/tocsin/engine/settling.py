"""After a silence has begun or ended every ticket of its tenant is judged anew, one at a time.

A tenant may have a hundred thousand tickets, and they must not be one transaction. So its state says that they are
being judged, and since when. What was judged needs nothing more: after a restart the rest is found again.
"""

from msgspec import UNSET

from tocsin.domain.alerts.listeners import listener
from tocsin.domain.alerts.silences import settled
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.outbox import Outbox
from tocsin.engine.recorder import Cause, Recorder


class Settling:
    """The tickets of the tenant of which something is still to be told, or taken back."""

    def __init__(self, outbox: Outbox, recorder: Recorder) -> None:
        self.pending = False
        """True while there are such."""
        self._outbox = outbox
        self._recorder = recorder
        self._state: TenantState | None = None
        self._waiting: list[str] = []

    @property
    def pending_since(self) -> Instant | None:
        """The time at which a silence has begun or ended by which not all is judged; None where all is."""
        at = UNSET if self._state is None else self._state.tenant.settles_at
        return None if at is UNSET else at

    def take(self, state: TenantState) -> None:
        """Find the tickets of a tenant that are concerned, if its state says that they are to be judged."""
        if state.tenant.settles_at is UNSET or state is self._state:
            return
        concerned = (ticket.id for ticket in state.tickets.values() if _is_concerned(state, ticket))
        self._waiting = sorted(concerned, reverse=True)
        self.pending, self._state = True, state
        if not self._waiting:
            self._end(state)

    def settle_next(self) -> bool:
        """Judge the next ticket, and with it the tenant as a whole; returns False if there was nothing to judge."""
        if self._state is None:
            return False
        state, at = self._state, self.pending_since or 0
        ticket = state.tickets[self._waiting.pop()]
        self._recorder.settle(state, (ticket.id,), Cause(max(at, ticket.touched_at), None))
        if not self._waiting:
            self._end(state)
        return True

    def _end(self, state: TenantState) -> None:
        state.tenant.settles_at = UNSET
        self.pending, self._state = False, None
        self._outbox.tenant(state.tenant)


def _is_concerned(state: TenantState, ticket: Ticket) -> bool:
    to = listener(state, ticket)
    return to is not None and bool(settled(to))
