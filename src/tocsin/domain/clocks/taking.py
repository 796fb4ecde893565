"""Who has taken an incident of a ticket that is merged or split has taken it where its promise goes on."""

from collections.abc import Iterator

from tocsin.domain.clocks.renewal import cycles_of
from tocsin.domain.clocks.schedule import Case
from tocsin.domain.contract.model import Contract
from tocsin.domain.events.ticket import TicketAcknowledged
from tocsin.domain.instant import Instant
from tocsin.domain.state.ticket import Clock, Ticket, Told


def taken_along(ticket: Ticket, contract: Contract, now: Instant) -> list[TicketAcknowledged]:
    """The acknowledgements that come along with promises of another ticket; one that covers nothing here ends."""
    return [
        TicketAcknowledged(
            happened_at=each.at,
            expires_at=each.expires_at,
            analyst=each.by,
            covers=tuple(clock.incident for clock in _clocks(told, ticket, contract, now))
            if each.expires_at is None or each.expires_at > now
            else (),
            taken_on=told.number,
        )
        for told in ticket.told
        for each in told.taken
    ]


def _clocks(told: Told, ticket: Ticket, contract: Contract, now: Instant) -> Iterator[Clock]:
    """The running clocks by which the promise goes on."""
    plan = contract.plans[ticket.plan]
    cases = (Case(ticket, contract, plan, rule, now) for rule in plan.objectives if rule.id == told.rule)
    for anchors, run in (cycle for case in cases for cycle in cycles_of(case)):
        if any(mark.offset == told.anchor for mark in run.starts):
            clocks = (clock for clock in ticket.clocks if clock.rule == told.rule and clock.anchor in anchors)
            yield from (clock for clock in clocks if clock.running)
