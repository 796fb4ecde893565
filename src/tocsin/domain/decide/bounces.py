"""Decides on our mails that did not arrive, as delivery reports say; a report may come before the mail is recorded.

Only a report that names the id of a mail of ours on that tenant's ticket changes anything. Nobody can guess one.
"""

from collections.abc import Iterator

from tocsin.domain.commands.inbound import EmailReceived
from tocsin.domain.decide.decision import Decision
from tocsin.domain.events.contact import AnswerBounced, DeliveryFailed
from tocsin.domain.state.bounces import missed_by
from tocsin.domain.state.parts import Answer
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Ticket


def bounced(body: EmailReceived, state: TenantState) -> list[Decision]:
    """What follows from a report that a mail of ours did not arrive; nothing if that mail was no answer."""
    if not body.bounces:
        return []
    ticket = state.of_thread((body.bounces,))
    if ticket is not None:
        return list(_bounces(ticket, body.bounces, body.failed))
    if not state.plan.bounce_withdraws_answer:
        return []
    return [Decision(None, DeliveryFailed(message=body.bounces, failed=body.failed))]


def bounced_before(answer: Answer, ticket: Ticket, state: TenantState) -> list[Decision]:
    """What follows for an `answer`, just given, from reports that came before it was recorded."""
    known = (*state.tenant.bounces, *ticket.undelivered)
    reports = [each for each in known if each.message == answer.message]
    failed = tuple(who for each in reports for who in each.failed)
    return [Decision(ticket.id, event) for event in _bounce(answer, failed)] if reports else []


def _bounces(ticket: Ticket, message: str, failed: tuple[str, ...]) -> Iterator[Decision]:
    for answer in ticket.answers:
        if answer.message == message:
            yield from (Decision(ticket.id, event) for event in _bounce(answer, failed))


def _bounce(answer: Answer, failed: tuple[str, ...]) -> Iterator[AnswerBounced]:
    missed = missed_by(answer, failed)
    if missed:
        yield AnswerBounced(
            message=answer.message,
            offset=answer.offset,
            sent_at=answer.at,
            failed=missed,
            withdrawn=set(missed) >= set(answer.recipients),
        )
