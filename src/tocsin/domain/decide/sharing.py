"""Decides with whom a ticket may be shared: the strictest marking that came with it holds, until the desk lowers it."""

from msgspec.structs import replace

from tocsin.domain.commands.desk import SetTlp
from tocsin.domain.decide.decision import Decision, Outcome, Refusal
from tocsin.domain.events.sharing import TlpChanged
from tocsin.domain.events.ticket import TicketOpened
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.tlp import Tlp, is_stricter, strictest, tlp_named


def marked(decisions: list[Decision], tlp: Tlp, state: TenantState) -> list[Decision]:
    """`decisions` on an input that has this marking, with what it changes on the ticket to which the input belongs.

    The marking comes first, so that it stands on every alert that the input causes.
    """
    place = next((place for place, decision in enumerate(decisions) if decision.ticket is not None), None)
    if place is None:
        return decisions
    before, first, after = decisions[:place], decisions[place], decisions[place + 1 :]
    if isinstance(first.event, TicketOpened):
        opened = replace(first.event, tlp=strictest(first.event.tlp, tlp))
        return [*before, Decision(first.ticket, opened), *after]
    ticket = state.ticket(first.ticket)
    if ticket is None or not is_stricter(tlp, strictest(ticket.tlp, ticket.tlp_overruled)):
        return decisions
    changed = TlpChanged(tlp=tlp, previous=ticket.tlp or None)
    return [*before, Decision(first.ticket, changed), *decisions[place:]]


def set_tlp(command: SetTlp, ticket: Ticket) -> Outcome:
    """The event by which an analyst gives `ticket` a marking, or why it cannot be.

    What a milder one overrules does not come back by a word that was overruled, such as the subject of a reply.
    """
    tlp, previous = tlp_named(command.tlp), ticket.tlp or None
    if tlp is None:
        return Refusal("unknown_tlp", f"{command.tlp} is none of {', '.join(Tlp)}")
    if tlp is previous:
        return Refusal("same_tlp", f"{ticket.number} is TLP:{tlp.upper()} already")
    overrules = strictest(previous, ticket.tlp_overruled) if is_stricter(previous, tlp) else None
    return TlpChanged(
        tlp=tlp, previous=previous, analyst=command.analyst, reason=command.reason or None, overrules=overrules
    )
