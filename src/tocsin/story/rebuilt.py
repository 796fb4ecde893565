"""Tickets as their journal tells them: each event is applied as the fold applied it, so nothing else need be there.

A ticket that was forgotten or merged has no state any more; its journal says all that its clocks depended on.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from tocsin.domain.contract.model import Contract
from tocsin.domain.events import Event
from tocsin.domain.events.clock import BaseClockEvent, ClockMoved, ClockStarted, ObjectiveFulfilled
from tocsin.domain.events.rearranging import ContactSplit, TicketAbsorbed
from tocsin.domain.events.ticket import TicketOpened
from tocsin.domain.instant import Instant, parse
from tocsin.domain.state.evolve import evolve, opened
from tocsin.domain.state.evolve_clock import evolve_clock
from tocsin.domain.state.merging import absorb, split
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Stage
from tocsin.engine.journal_reading import NoSuchEvent, event_of
from tocsin.story.explain import Basis
from tocsin.story.lines import Document, offsets_of

_TIMER = -1
"""The offset of what no input has caused."""


class Rebuilt:
    """Takes the journal of some tickets in its order, those of merged and split ones together."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        """`contracts` by their hash."""
        self.tickets: dict[str, Ticket] = {}
        self.bases: dict[str, dict[tuple[str, int], Basis]] = {}
        """By ticket: what each deadline was reckoned from, by rule and cycle of its clock."""
        self.stages: dict[str, list[tuple[Instant, Stage]]] = {}
        """By ticket: the stages that it came to, each with the time at which that was decided."""
        self.unread = 0
        """The number of events that could not be applied: of another release, or about what was before the journal."""
        self._contracts = dict(contracts)
        self._states: dict[str, TenantState] = {}

    def take(self, ticket_id: str, document: Document) -> None:
        """Apply the next event of the journal, which is about that ticket. One that cannot be read changes nothing."""
        try:
            event, at = event_of(document), parse(str(document.get("at")))
        except (NoSuchEvent, ValueError):
            self.unread += 1
            return
        inbox = offsets_of(document)
        offset = inbox[0] if document.get("input") is not None and inbox else _TIMER
        if isinstance(event, TicketOpened):
            self.tickets[ticket_id] = opened(event, str(document.get("tenant")), at, offset)
        elif ticket := self.tickets.get(ticket_id):
            try:
                self._apply(event, ticket, offset)
            except (KeyError, IndexError):  # about something that was before the journal begins
                self.unread += 1
        self._note(ticket_id, at)

    def _apply(self, event: Event, ticket: Ticket, offset: int) -> None:
        if not isinstance(event, BaseClockEvent):
            evolve(event, ticket, offset)
            self._rearrange(event, ticket)
            return
        clock = evolve_clock(event, ticket)
        if isinstance(event, ClockStarted | ClockMoved | ObjectiveFulfilled):
            basis = Basis.now(ticket, clock)
            holds = tuple(replace(hold) for hold in basis.holds)  # they change
            self.bases.setdefault(ticket.id, {})[clock.rule, clock.cycle] = basis._replace(holds=holds)

    def _rearrange(self, event: Event, ticket: Ticket) -> None:
        """Move what the event moves between `ticket` and another one, where that one is known."""
        if ticket.contract not in self._contracts:
            return
        state = self._states.setdefault(ticket.tenant, TenantState(Tenant(ticket.tenant), self._contracts))
        if isinstance(event, TicketAbsorbed) and (other := self.tickets.get(event.other_id)):
            absorb(ticket, other, state)
        elif isinstance(event, ContactSplit) and (new := self.tickets.get(event.into_id)):
            split(ticket, event.offset, new, state)

    def _note(self, ticket_id: str, at: Instant) -> None:
        ticket = self.tickets.get(ticket_id)
        stages = self.stages.setdefault(ticket_id, [])
        if ticket and (not stages or stages[-1][1] is not ticket.stage):
            stages.append((at, ticket.stage))
