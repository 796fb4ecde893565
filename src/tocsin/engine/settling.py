"""After a silence has begun or ended every ticket of its tenant is judged anew, one at a time.

A tenant may have a hundred thousand tickets, and they must not be one transaction. So its state says until when they
are being judged, and who is judged twice gives nothing the second time: a restart in between begins anew.
"""

from msgspec import UNSET

from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.engine.outbox import Outbox
from tocsin.engine.recorder import Cause, Recorder


class Settling:
    """The tickets of the tenant that are still to be judged."""

    def __init__(self, outbox: Outbox, recorder: Recorder) -> None:
        self._outbox = outbox
        self._recorder = recorder
        self.pending = False
        """True while there is something to judge."""
        self._state: TenantState | None = None
        self._waiting: list[str] = []

    @property
    def pending_since(self) -> Instant | None:
        """The time at which a silence has begun or ended by which not all is judged; None where all is."""
        at = UNSET if self._state is None else self._state.tenant.settles_at
        return None if at is UNSET else at

    def take(self, state: TenantState) -> None:
        """Take on the tickets of a tenant, if its state says that they are to be judged."""
        if state.tenant.settles_at is not UNSET and state is not self._state:
            self.pending, self._state = True, state
            self._waiting = sorted(state.tickets, reverse=True)

    def settle_next(self) -> bool:
        """Judge the next ticket and the tenant as a whole; returns False if there was nothing to judge."""
        if self._state is None:
            return False
        state, at = self._state, self._state.tenant.settles_at
        if at is UNSET:
            raise ValueError(f"{state.tenant.name} has nothing to settle")
        if self._waiting:
            ticket = state.tickets[self._waiting.pop()]
            self._recorder.settle(state, (ticket.id,), Cause(max(at, ticket.touched_at), None))
        else:
            state.tenant.settles_at = UNSET
            self.pending, self._state = False, None
            self._outbox.tenant(state.tenant)
        return True
