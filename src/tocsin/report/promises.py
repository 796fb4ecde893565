"""The promises that were due in a period: what became of each, how many were kept, and the breaches explained."""

from collections.abc import Iterable, Iterator

from tocsin.audit.attainment import Attainment, Count, Group
from tocsin.domain.events.clock import BreachWithdrawn, ObjectiveBreached
from tocsin.domain.instant import SECOND, Instant, show, to_datetime
from tocsin.domain.state.ticket import Clock, Mark
from tocsin.domain.time.zones import to_wall
from tocsin.render.story import arithmetic, terms
from tocsin.report.gathering import Decided
from tocsin.report.model import Breach, Correction, Fact, Interval, Kept, Promised
from tocsin.report.tickets import Case, Told, place_of
from tocsin.story.explain import Explained, rule_of


def shown(at: Instant | None) -> str | None:
    """An instant of which there may be none."""
    return None if at is None else show(at)


def due(case: Case) -> list[tuple[Told, Explained, Promised]]:
    """The promises with a deadline in the period that stand and have been judged, by their deadlines."""
    corrected = {
        (told.ticket.id, each.event.data["rule"], each.event.data["cycle"])
        for told, each in case.events(BreachWithdrawn.TYPE)
    }
    found = []
    for told in case.tickets.values():
        for promise in told.promises:
            clock = told.clock(promise)
            if _counts(clock) and (month := _month(clock, case)) in case.period.months:
                is_corrected = not clock.breached and (told.ticket.id, clock.rule, clock.cycle) in corrected
                found.append((told, promise, _promised(told, promise, month, case, corrected=is_corrected)))
    return sorted(found, key=lambda it: (it[2].deadline, it[2].id))


def _counts(clock: Clock) -> bool:
    """True for a promise that stands, has a figure and was judged."""
    stands = not clock.void or clock.lapsed_at is not None
    return stands and clock.deadline is not None and (clock.breached or clock.fulfilled_at is not None)


def _month(clock: Clock, case: Case) -> str:
    """The month of the deadline, where the calendar of the promise is; without its contract, where the client is."""
    contract_hash, _, plan = clock.contract_and_plan.partition("/")
    contract = case.log.contracts.get(contract_hash)
    rule = rule_of(contract.plans.get(plan), clock) if contract else None
    zone = case.zone
    if contract and rule and clock.priority in rule.targets:
        zone = contract.calendars[rule.targets[clock.priority].calendar].where
    return f"{to_datetime(to_wall(clock.deadline or clock.started_at, zone)):%Y-%m}"


def _promised(told: Told, promise: Explained, month: str, case: Case, *, corrected: bool) -> Promised:
    clock = told.clock(promise)
    contract_hash, _, plan = clock.contract_and_plan.partition("/")
    contract = case.log.contracts.get(contract_hash)
    return Promised(
        id=told.id_of(clock.rule, clock.cycle),
        ticket=told.ticket.number,
        objective=clock.objective,
        rule=clock.rule,
        cycle=clock.cycle,
        contract=contract.name if contract else contract_hash[:12],
        plan=plan,
        priority=clock.priority,
        month=month,
        result="missed" if clock.breached else "met",
        started_at=show(clock.started_at),
        deadline=show(clock.deadline or clock.started_at),
        kept_at=shown(clock.fulfilled_at),
        corrected=corrected,
        inbox_offsets=list(clock.offsets),
    )


def attainment(found: Iterable[tuple[Told, Explained, Promised]], audited: Attainment) -> list[Kept]:
    """How many were kept, of each plan, objective and priority in each month, and what was promised of them."""
    counts = {group: count for group, count in audited.counts().items() if group.by_priority_and_month}
    groups: dict[Group, list[Promised]] = {}
    for told, _, each in found:
        group = Group(told.ticket.tenant, each.contract, each.plan, each.month, each.objective, each.priority)
        promise = counts[group].promise if group in counts else None
        if promise is None or not set(told.ticket.ruled_out) & set(promise.leave_out):
            groups.setdefault(group, []).append(each)
    return [_kept(group, groups[group], counts.get(group)) for group in sorted(groups)]


def _kept(group: Group, counted: list[Promised], audited: Count | None) -> Kept:
    met = sum(each.result == "met" for each in counted)
    return Kept(
        contract=group.contract,
        plan=group.plan,
        month=group.month,
        objective=group.objective,
        priority=group.priority,
        met=met,
        missed=len(counted) - met,
        share=round(met / len(counted), 6),
        promised=audited.promised if audited else None,
        kept=audited.kept if audited else None,
        promises=[each.id for each in counted],
    )


def breaches(found: Iterable[tuple[Told, Explained, Promised]], case: Case) -> list[Breach]:
    """Those that were missed, explained."""
    told_at = {
        (told.ticket.id, each.event.data["rule"], each.event.data["cycle"]): each
        for told, each in case.events(ObjectiveBreached.TYPE)
    }
    return [
        _breach(told, promise, each, told_at.get((told.ticket.id, promise.rule, promise.cycle)), case)
        for told, promise, each in found
        if each.result == "missed"
    ]


def _breach(told: Told, promise: Explained, promised: Promised, decided: Decided | None, case: Case) -> Breach:
    deadline = promise.deadline or promise.started_at
    until = case.log.now if promise.fulfilled_at is None else promise.fulfilled_at
    return Breach(
        promise=promised.id,
        ticket=promised.ticket,
        title=told.ticket.title,
        clause=promise.clause,
        source=promise.source or None,
        reading=promise.reading,
        begun_by=list(map(_fact, promise.begun_by)),
        kept_by=list(map(_fact, promise.ended_by)),
        intervals=[
            Interval(
                start=show(it.start),
                end=show(it.end),
                seconds=(it.end - it.start) / SECOND,
                why=it.why,
                inbox_offsets=list(it.offsets),
            )
            for it in promise.spans
        ],
        intervals_left_out=promise.left_out,
        adds_up=promise.adds_up,
        late_by=None if promise.fulfilled_at is None else max(0, until - deadline) / SECOND,
        words=[*terms(promise, told.timeline), *arithmetic(promise, told.timeline)],
        told_at=show(decided.event.recorded_at) if decided else None,
        place=place_of(decided) if decided else None,
    )


def _fact(mark: Mark) -> Fact:
    return Fact(what=mark.kind, at=show(mark.at), inbox_offset=mark.offset)


def corrections(case: Case) -> Iterator[Correction]:
    """The breaches that were withdrawn in the period."""
    for told, each in case.events(BreachWithdrawn.TYPE):
        if case.within(each.event.recorded_at):
            data = each.event.data
            yield Correction(
                promise=told.id_of(data["rule"], data["cycle"]),
                ticket=told.ticket.number,
                objective=data["objective"],
                withdrawn_at=show(each.event.recorded_at),
                kept_at=data.get("fulfilled_at"),
                inbox_offsets=list(each.event.offsets),
                place=place_of(each),
            )
