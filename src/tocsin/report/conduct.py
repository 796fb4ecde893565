"""What was done beside the promises: exclusions, waits, callbacks, contacts, and what is still open."""

from collections.abc import Iterator

from tocsin.audit.attainment import Attainment
from tocsin.audit.support_log import Entry, SupportLog
from tocsin.domain.events.contact import CallAttempted, CallbackOwed
from tocsin.domain.events.contract import AttainmentJudged, ContractAdopted, ExclusionLifted, TicketRuledOut
from tocsin.domain.instant import SECOND, Instant, show
from tocsin.domain.vocabulary import Objective
from tocsin.report.model import Agreement, Credited, Judgement
from tocsin.report.model_of_work import Callback, Contacted, Due, Exclusion, Open, Wait
from tocsin.report.promises import shown
from tocsin.report.tickets import Case, Told, place_of
from tocsin.story.explain import Explained

_SCOPE = ("plan", "objective", "priority", "rule")


def agreements(case: Case) -> Iterator[Agreement]:
    """The contracts that the client had in the period, the first one from before it."""
    adopted = [each for each in case.log.journal if each.event.type == ContractAdopted.TYPE]
    before = [each for each in adopted if each.event.recorded_at < case.start][-1:]
    for each in (*before, *(it for it in adopted if case.within(it.event.recorded_at))):
        data = each.event.data
        contract = case.log.contracts.get(data["contract"])
        yield Agreement(
            contract=data["name"],
            title=contract.title if contract else "",
            plan=data["plan"],
            hash=data["contract"],
            adopted_at=show(each.event.recorded_at),
            place=place_of(each),
        )


def judgements(case: Case) -> list[Judgement]:
    """The verdict on each promise over many that ended in the period, with its credit; the last word of the log."""
    found: dict[tuple[str, ...], Judgement] = {}
    for each in case.log.journal:
        if each.event.type != AttainmentJudged.TYPE or not case.period.has(each.event.data["standing"]["month"]):
            continue
        data, standing = each.event.data, each.event.data["standing"]
        scope = {name: str(standing[name]) for name in _SCOPE if standing.get(name)}
        measure = str(standing.get("measure", "share"))
        found[standing["month"], measure, *(scope.get(name, "") for name in _SCOPE)] = Judgement(
            period=standing["month"],
            scope=scope,
            measure=measure,
            met=standing["met"],
            missed=standing["missed"],
            promised=standing["promised"],
            figure=_seconds(standing.get("figure")),
            at_most=_seconds(standing.get("at_most")),
            kept=data["kept"],
            corrected=data.get("again", False),
            credit=None if data.get("credit") is None else str(data["credit"]),
            arithmetic=data.get("arithmetic"),
            clause=standing["clause"],
            source=standing.get("source"),
            judged_at=show(each.event.recorded_at),
            place=place_of(each),
        )
    return [found[key] for key in sorted(found)]


def audited(case: Case) -> Attainment:
    """What `tocsin audit attainment` counts of the client, by the contracts that it has adopted."""
    counted = Attainment(lambda _, __, adopted: case.log.contracts.get(adopted))
    for each in case.log.journal:
        counted.take(each.event)
    return counted


def credits_of(case: Case, counted: Attainment) -> list[Credited]:
    """What all that was missed in the period comes to."""
    return [
        Credited(period=period, of=it.terms.of, part=str(it.part), arithmetic=it.arithmetic)
        for (_, period), several in counted.credits().items()
        if case.period.has(period)
        for it in several
    ]


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / SECOND


def exclusions(case: Case) -> Iterator[Exclusion]:
    """The exclusions that came to hold in the period."""
    lifted = [(told.ticket.id, each) for told, each in case.events(ExclusionLifted.TYPE)]
    for told, each in case.events(TicketRuledOut.TYPE):
        if case.within(each.event.recorded_at):
            data, ticket = each.event.data, told.ticket.id
            ends = (
                it.event.recorded_at
                for of, it in lifted
                if of == ticket and it.event.data["reason"] == data["reason"] and it.record.offset > each.record.offset
            )
            yield Exclusion(
                ticket=told.ticket.number,
                reason=data["reason"],
                consequence=data["consequence"],
                clause=data["clause"],
                since=show(each.event.recorded_at),
                lifted_at=shown(next(ends, None)),
                inbox_offsets=list(each.event.offsets),
                place=place_of(each),
            )


def waits(case: Case) -> Iterator[Wait]:
    """The waits of the tickets, each as far as it lies in the period."""
    for told in case.tickets.values():
        for hold in told.ticket.holds:
            start = max(hold.start, case.start)
            end = min(case.log.now if hold.end is None else hold.end, case.end)
            if start < end:
                yield Wait(
                    ticket=told.ticket.number,
                    reason=hold.reason,
                    start=show(start),
                    end=None if hold.end is None and case.log.now < case.end else show(end),
                    seconds=(end - start) / SECOND,
                )


def callbacks(case: Case) -> Iterator[Callback]:
    """The callbacks that were owed for calls missed in the period."""
    for told in case.tickets.values():
        for promise in told.promises:
            if promise.objective == Objective.CALLBACK and case.within(promise.started_at):
                yield _callback(told, promise)


def _callback(told: Told, promise: Explained) -> Callback:
    owed = [it for it in told.journal if it.event.type == CallbackOwed.TYPE]
    own = next((it for it in owed if set(it.event.offsets) & set(promise.offsets)), None)
    end = promise.fulfilled_at
    attempts = [
        it
        for it in told.journal
        if it.event.type == CallAttempted.TYPE
        and it.event.happened_at >= promise.started_at
        and (end is None or it.event.happened_at <= end)
    ]
    return Callback(
        promise=told.id_of(promise.rule, promise.cycle),
        ticket=told.ticket.number,
        caller=own.event.person("caller") if own else None,
        missed_at=show(promise.started_at),
        deadline=shown(promise.deadline),
        returned_at=shown(end),
        attempts=len(attempts),
        state=promise.state,
        inbox_offsets=list(promise.offsets),
    )


def support_log(case: Case) -> list[Contacted]:
    """The contacts of the period, as `tocsin audit support-log` has them."""
    log = SupportLog(lambda _, contract, plan: _fields(case, contract, plan))
    for each in case.log.journal:
        log.take(each.event)
    return [_contacted(entry) for entry in log.entries if case.within(entry.contacted_at)]


def _fields(case: Case, name: str, plan: str) -> tuple[str, ...]:
    contract = next((it for it in case.log.contracts.values() if it.name == name), None)
    rule = contract.plans[plan].support_log if contract and plan in contract.plans else None
    return rule.fields if rule else ()


def _contacted(entry: Entry) -> Contacted:
    return Contacted(
        ticket=entry.number,
        channel=entry.channel,
        what=entry.what,
        contact=entry.contact or entry.address,
        location=entry.location,
        details=entry.details,
        contacted_at=show(entry.contacted_at),
        analyst=entry.analyst,
        client_ticket=entry.client_ticket,
        priority=entry.priority,
        time_to_resolve=_seconds(entry.time_to_resolve),
        missing=list(entry.missing),
        inbox_offset=entry.offset,
    )


def open_tickets(case: Case) -> Iterator[Open]:
    """The tickets that are open at the end of the log, the next deadline first."""
    found = [told for told in case.tickets.values() if told.ticket.open]
    for told in sorted(found, key=lambda it: (_next(it), it.ticket.number)):
        ticket = told.ticket
        yield Open(
            ticket=ticket.number,
            title=ticket.title,
            priority=ticket.priority,
            stage=ticket.stage,
            opened_at=show(ticket.opened_at),
            waits_for=ticket.held.reason if ticket.held else None,
            due=[
                Due(objective=it.objective, state=it.state, deadline=shown(it.deadline))
                for it in told.promises
                if told.clock(it).running
            ],
        )


def _next(told: Told) -> Instant:
    deadlines = (it.deadline for it in told.promises if it.deadline is not None and told.clock(it).running)
    return min(deadlines, default=2**62)
