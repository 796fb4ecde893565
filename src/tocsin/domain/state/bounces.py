"""Our mails that did not arrive: an answer that reached nobody of the client is taken off its ticket."""

from collections.abc import Collection

from tocsin.domain.contract.evidence import STAGE_OF
from tocsin.domain.events.contact import AnswerBounced, DeliveryFailed
from tocsin.domain.state.marks import go_on_waiting, set_marks, with_name
from tocsin.domain.state.parts import Answer, Bounce
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Evidence

NOTICE = "bounce"
"""The notice of a ticket whose client has no answer since one did not arrive."""

_BOUNCES_KEPT = 100


def missed_by(answer: Answer, failed: Collection[str]) -> tuple[str, ...]:
    """Those of the client whom `answer` did not reach, by a report of who has `failed` to get it.

    Where it went to one person alone, it is that one, under whatever name the report has for them.
    """
    known = tuple(who for who in answer.recipients if who in failed)
    alone = len(answer.recipients) == 1 and not answer.to_others
    return known or (answer.recipients if alone else ())


def is_answered_after_all(ticket: Ticket) -> bool:
    """True if an open ticket says that an answer bounced, and another one has been given since that was sent."""
    if NOTICE not in ticket.notices or not ticket.open:
        return False
    return any(mark.kind in STAGE_OF and mark.at >= ticket.bounced_at for mark in ticket.marks)


def bounce(event: AnswerBounced, ticket: Ticket) -> None:
    """Take what did not arrive off `ticket`, or keep who may still have got it."""
    others = tuple(each for each in ticket.answers if each.offset != event.offset)
    ticket.undelivered = _with(ticket.undelivered, event)
    if not event.withdrawn:
        (answer,) = (each for each in ticket.answers if each.offset == event.offset)
        left = tuple(who for who in answer.recipients if who not in event.failed)
        ticket.answers = tuple(sorted((*others, answer._replace(recipients=left, to_others=True)), key=_age))
        return
    ticket.answers = others
    ticket.bounces += 1
    ticket.bounced_at = max(ticket.bounced_at, event.sent_at)
    ticket.notices = with_name(ticket.notices, NOTICE)
    resolved = any(mark.offset == event.offset and mark.kind == Evidence.RESOLUTION for mark in ticket.marks)
    set_marks(ticket, (mark for mark in ticket.marks if mark.offset != event.offset))
    if resolved:
        go_on_waiting(ticket, event.sent_at)
    if ticket.resolved_at is None:
        ticket.closed_at = None  # it was closed over a resolution of which the client never heard
        set_marks(ticket, ticket.marks)


def keep(event: DeliveryFailed, tenant: Tenant) -> None:
    """Remember a report about a mail that we have yet to hear of."""
    tenant.bounces = _with(tenant.bounces, event)


def _with(bounces: tuple[Bounce, ...], event: AnswerBounced | DeliveryFailed) -> tuple[Bounce, ...]:
    new = Bounce(event.message, event.failed)
    return bounces if new in bounces else (*bounces, new)[-_BOUNCES_KEPT:]


def _age(answer: Answer) -> int:
    return answer.offset
