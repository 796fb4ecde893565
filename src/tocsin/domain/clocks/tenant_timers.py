"""The timers of a tenant, which belong to no ticket: what comes due next, and what follows when it does."""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from msgspec import UNSET

from tocsin.domain.clocks.attainment import judge_months, months_to_forget, next_month_end
from tocsin.domain.events import Event
from tocsin.domain.events.silence import SilenceBegun, SilenceEnded
from tocsin.domain.instant import Instant
from tocsin.domain.state.heartbeats import missing, next_silence
from tocsin.domain.state.silences import Silence, next_turn, turning
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.vocabulary import SilenceEnd


class TenantTimerKind(IntEnum):
    """In the order in which timers of the same instant fire."""

    SILENCE = 0
    MONTH = 1
    HEARTBEAT = 2


class TenantTimer(NamedTuple):
    """An instant at which something is due."""

    at: Instant
    kind: TenantTimerKind


def next_tenant_timer(state: TenantState) -> TenantTimer | None:
    """The first timer of a tenant."""
    return min(_timers(state), default=None)


def may_have_timers(tenant: Tenant) -> bool:
    """False for a tenant of which nothing is timed, as for most."""
    return bool(tenant.months or tenant.heartbeats) or not (tenant.silences is UNSET and tenant.settles_at is UNSET)


def _timers(state: TenantState) -> Iterator[TenantTimer]:
    if (turn := next_turn(state.tenant.silences)) is not None:
        yield TenantTimer(turn, TenantTimerKind.SILENCE)
    if state.tenant.months and (month_end := next_month_end(state)) is not None:
        yield TenantTimer(month_end, TenantTimerKind.MONTH)
    if (silent_from := next_silence(state.tenant.heartbeats)) is not None:
        yield TenantTimer(silent_from, TenantTimerKind.HEARTBEAT)


def fire_tenant(state: TenantState, timer: TenantTimer) -> list[Event]:
    """The events that `timer` causes now that it is due."""
    if timer.kind is TenantTimerKind.HEARTBEAT:
        return [*missing(state.tenant.heartbeats, timer.at)]
    if timer.kind is TenantTimerKind.SILENCE:
        return [_turn(silence) for silence in turning(state.tenant.silences, timer.at)]
    return [*judge_months(state, timer.at), *months_to_forget(state, timer.at)]


def _turn(silence: Silence) -> Event:
    """The beginning of a silence that was planned, or the end of one that lasted as long as it was to."""
    if silence.begun:
        return SilenceEnded(silence=silence.name, why=SilenceEnd.EXPIRED, swallowed=silence.swallowed)
    return SilenceBegun(
        silence=silence.name,
        begins_at=silence.begins_at,
        until=silence.until,
        reason=silence.reason,
        analyst=silence.by,
        match=silence.match,
    )
