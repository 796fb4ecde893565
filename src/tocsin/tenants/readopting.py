"""What becomes of a ticket's promises if `desk readopt` moves it to the contract that its tenant would have.

The fold's own steps are taken on a copy of the ticket, so the forecast is what the fold would decide at that time.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import NamedTuple

from tocsin.domain.clocks.reconcile import reconcile, reopening
from tocsin.domain.clocks.taking import taken_along
from tocsin.domain.clocks.waits import ended_holds
from tocsin.domain.commands.desk import Readopt
from tocsin.domain.contract.model import Contract
from tocsin.domain.decide.decision import Refusal, events_of
from tocsin.domain.decide.desk_contract import apply_contract
from tocsin.domain.events import Event
from tocsin.domain.events.clock import BaseClockEvent
from tocsin.domain.instant import Instant
from tocsin.domain.state.evolve import evolve
from tocsin.domain.state.evolve_clock import evolve_clock
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Clock, Ticket

_NO_OFFSET = -1  # the command stands nowhere in the log


class Owed(NamedTuple):
    """A promise that runs: its deadline (None: without a figure, or paused), and if that has passed."""

    deadline: Instant | None
    late: bool


class Moved(NamedTuple):
    """A promise before and after; None where it does not run."""

    rule: str
    cycle: int
    before: Owed | None
    after: Owed | None

    @property
    def newly_late(self) -> bool:
        """True if it is late by the new contract and was not by the old one."""
        return self.after is not None and self.after.late and not (self.before is not None and self.before.late)


class Readopted(NamedTuple):
    """The promises of a ticket that run before or after it is moved; or the reason why it cannot be."""

    promises: tuple[Moved, ...] = ()
    refusal: str = ""


def readopted(ticket: Ticket, tenant: Tenant, contracts: Mapping[str, Contract], now: Instant) -> Readopted:
    """The forecast for `ticket` at the time `now` of its partition; `tenant` has the new contract already."""
    state = TenantState(tenant, dict(contracts))
    moved = deepcopy(ticket)
    outcome = apply_contract(Readopt(ticket=ticket.id, analyst=""), state, moved)
    if isinstance(outcome, Refusal):
        return Readopted(refusal=outcome.detail)
    _apply(events_of(outcome), moved)
    if (reopened := reopening(moved)) is not None:
        _apply([reopened], moved)
    for follows in (ended_holds, reconcile, taken_along):  # as the fold does, each by what those before have changed
        _apply(follows(moved, contracts[moved.contract], now), moved)
    before, after = _running(ticket, now), _running(moved, now)
    return Readopted(tuple(Moved(*key, before.get(key), after.get(key)) for key in sorted({*before, *after})))


def _apply(events: Iterable[Event], ticket: Ticket) -> None:
    for event in events:
        if isinstance(event, BaseClockEvent):
            evolve_clock(event, ticket)
        else:
            evolve(event, ticket, _NO_OFFSET)


def _running(ticket: Ticket, now: Instant) -> dict[tuple[str, int], Owed]:
    running = (clock for clock in ticket.clocks if clock.running)
    return {(clock.rule, clock.cycle): Owed(clock.deadline, _is_late(clock, now)) for clock in running}


def _is_late(clock: Clock, now: Instant) -> bool:
    return clock.deadline is not None and clock.deadline < now
