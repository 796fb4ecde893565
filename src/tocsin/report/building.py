"""Makes the report of a client from what the log has of it: a pure function, so the same log gives the same report."""

from collections.abc import Iterator

import msgspec

from tocsin.domain.instant import show
from tocsin.report.conduct import (
    agreements,
    audited,
    callbacks,
    credits_of,
    exclusions,
    judgements,
    open_tickets,
    support_log,
    waits,
)
from tocsin.report.gathering import ClientLog
from tocsin.report.measures import measures
from tocsin.report.model import Report, Span
from tocsin.report.period import Period
from tocsin.report.promises import attainment, breaches, corrections, due
from tocsin.report.tickets import Case, case_of, ticketed


def report_of(log: ClientLog, period: Period, release: str) -> Report:
    """The report of the period; `release` is the one that makes it."""
    case = case_of(log, period)
    found = due(case)
    promises, counted = [each for _, _, each in found], audited(case)
    made = Report(
        tenant=log.tenant,
        period=_span(case),
        as_of=show(log.now),
        over=log.now >= case.end,
        release=release,
        agreements=list(agreements(case)),
        attainment=attainment(found, counted),
        judgements=judgements(case),
        credits=credits_of(case, counted),
        promises=promises,
        breaches=breaches(found, case),
        corrections=list(corrections(case)),
        exclusions=list(exclusions(case)),
        waits=list(waits(case)),
        measures=measures(case),
        callbacks=list(callbacks(case)),
        support_log=support_log(case),
        open=list(open_tickets(case)),
        tickets=[],
        proofs=list(log.proofs),
        unread_events=case.unread,
        contracts_missing=any(told.ticket.contract not in log.contracts for told in case.tickets.values()),
    )
    named = set(_named(made))
    tickets = [ticketed(told) for told in case.tickets.values() if told.ticket.number in named]
    return msgspec.structs.replace(made, tickets=sorted(tickets, key=lambda it: (it.number, it.id)))


def _span(case: Case) -> Span:
    zone = case.zone if isinstance(case.zone, str) else case.zone.name
    return Span(name=case.period.name, start=show(case.start), end=show(case.end), timezone=zone)


def _named(made: Report) -> Iterator[str | None]:
    """The numbers of the tickets of which the report speaks."""
    parts = (made.promises, made.corrections, made.exclusions, made.waits, made.callbacks, made.support_log, made.open)
    for part in parts:
        yield from (each.ticket for each in part)
    for measure in made.measures:
        yield from (each.ticket for each in measure.tickets)
