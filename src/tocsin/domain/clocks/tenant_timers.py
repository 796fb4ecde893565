"""The timers of a tenant, which belong to no ticket: what comes due next, and what follows when it does."""

from enum import IntEnum
from typing import NamedTuple

from tocsin.domain.clocks.attainment import judge_months, months_to_forget, next_month_end
from tocsin.domain.events import Event
from tocsin.domain.instant import Instant
from tocsin.domain.state.heartbeats import missing, next_silence
from tocsin.domain.state.tenant import TenantState


class TenantTimerKind(IntEnum):
    """In the order in which timers of the same instant fire."""

    MONTH = 0
    HEARTBEAT = 1


class TenantTimer(NamedTuple):
    """An instant at which something is due."""

    at: Instant
    kind: TenantTimerKind


def next_tenant_timer(state: TenantState) -> TenantTimer | None:
    """The first timer of a tenant."""
    month_end = next_month_end(state) if state.tenant.months else None
    silent_from = next_silence(state.tenant.heartbeats) if state.tenant.heartbeats else None
    timers = ((month_end, TenantTimerKind.MONTH), (silent_from, TenantTimerKind.HEARTBEAT))
    return min((TenantTimer(at, kind) for at, kind in timers if at is not None), default=None)


def fire_tenant(state: TenantState, timer: TenantTimer) -> list[Event]:
    """The events that `timer` causes now that it is due."""
    if timer.kind is TenantTimerKind.HEARTBEAT:
        return [*missing(state.tenant.heartbeats, timer.at)]
    return [*judge_months(state, timer.at), *months_to_forget(state, timer.at)]
