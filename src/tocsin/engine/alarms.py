"""When a shard must act next: the timers of its tickets and of its tenants, armed by what has changed."""

from tocsin.domain.clocks.tenant_timers import may_have_timers, next_tenant_timer
from tocsin.domain.clocks.timers import Timer, next_timer
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.settling import Settling
from tocsin.engine.timer_queue import Owner, TimerQueue


class Alarms:
    """The queue of all timers. `settling` comes before any of them."""

    def __init__(self, settling: Settling) -> None:
        self.repeat_horizon: Instant | None = None
        """Escalation steps that repeat without end are not repeated after it."""
        self._settling = settling
        self._queue = TimerQueue()

    @property
    def next_due(self) -> Instant | None:
        """The time at which the first of them is due."""
        return self._settling.pending_since or self._queue.next_due

    def pop_before(self, now: Instant) -> Owner | None:
        """Disarms the first timer that is due strictly before `now`, and returns its owner; None if there is none."""
        return self._queue.pop_before(now)

    def timer_of(self, state: TenantState, ticket: Ticket) -> Timer | None:
        """The next timer of `ticket`."""
        return next_timer(ticket, state.contract_of(ticket), self.repeat_horizon)

    def arm(self, state: TenantState, ticket: Ticket) -> None:
        """Arm the next timer of `ticket`; none, if it is not kept any more."""
        timer = self.timer_of(state, ticket) if ticket.id in state.tickets else None
        ticket.timer_at = timer.at if timer else None
        self.rearm(ticket)

    def rearm(self, ticket: Ticket) -> None:
        """Arm the timer that the state of `ticket` names."""
        self._queue.arm(Owner(ticket.id, ticket.tenant), ticket.timer_at)

    def disarm(self, tenant: str, ticket_id: str) -> None:
        """Let a ticket have none: it goes on in another one, or is loaded anew."""
        self._queue.arm(Owner(ticket_id, tenant), None)

    def arm_tenant(self, state: TenantState) -> None:
        """Arm the next timer of the tenant itself, and let be settled what is to be settled."""
        if state.timed or may_have_timers(state.tenant):
            timer = next_tenant_timer(state)
            state.timed = timer is not None
            self._queue.arm(Owner("", state.tenant.name), timer.at if timer else None)
            self._settling.take(state)
