"""From the written contract to the compiled one: defaults filled in, holidays expanded, the client's own applied."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeVar

import holidays
import tzdata  # type: ignore[import-untyped]  # it ships no types

from tocsin.contracts.notation import contract as written
from tocsin.contracts.notation import rules as written_terms
from tocsin.contracts.notation.references import CLIENT
from tocsin.domain.contract import model as compiled
from tocsin.domain.contract import rules as terms
from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import Basis, Priority

Rule = TypeVar("Rule")

_DEFAULTS = {
    "priority_assigned_by": "the document does not say who assigns a priority: the client's word holds",
    "returns_a_call": "a message left on a machine returns a call; no answer and busy are attempts",
    "acknowledgement_expires": "after 30 min without work, 15 for the most urgent, escalation goes on",
    "closes_after": "a resolved ticket closes by itself after 72 h",
}
"""How a plan is read whose contract says nothing of these."""

_PLAIN = ("default_priority", *_DEFAULTS)
"""The fields of a plan that are plain values; their sources are in `Plan.citations`."""


class Client(NamedTuple):
    """What a tenant has of its own in place of the contract's: time zone, calendars, agreed targets, names of roles."""

    timezone: str = "UTC"
    calendars: Mapping[str, written.CalendarWritten] = {}
    targets: Mapping[str, Mapping[Priority, written.TargetWritten]] = {}
    roles: Mapping[str, str] = {}


NOBODY = Client()
"""No tenant in particular."""


def compile_contract(contract: written.ContractWritten, client: Client = NOBODY) -> compiled.Contract:
    """The compiled contract, as it holds for `client`. The names in `contract` must lead somewhere."""
    calendars = {**contract.calendars, **client.calendars}
    return compiled.Contract(
        name=contract.name,
        title=contract.title,
        source=contract.source,
        priorities=contract.priorities,
        calendars={name: _calendar(calendar, client.timezone) for name, calendar in calendars.items()},
        plans={name: _plan(name, plan, contract.priorities, client) for name, plan in contract.plans.items()},
        default_plan=contract.default_plan,
        tz_version=tzdata.IANA_VERSION,
        lines=_named(terms.Line, contract.lines),
        definitions={name: _rule(terms.PriorityDefinition, it) for name, it in contract.definitions.items()},
        contradictions=tuple(terms.Contradiction(**_values(it)) for it in contract.contradictions),
    )


def _calendar(calendar: written.CalendarWritten, timezone: str) -> compiled.WorkingCalendar:
    dates = {day for day in calendar.holidays if isinstance(day, date)}
    yearly = {day for day in calendar.holidays if not isinstance(day, date)}
    if calendar.holidays_of:
        dates |= _public_holidays(calendar.holidays_of)
    return compiled.WorkingCalendar(
        timezone=timezone if calendar.timezone == CLIENT else calendar.timezone,
        week=calendar.hours,
        holidays=tuple(sorted(dates)),
        yearly_holidays=tuple(sorted(yearly)),
        maintenance=tuple(replace(it.window, pauses=it.pauses, cites=it.cites) for it in calendar.maintenance),
        cites=calendar.cites,
    )


def _public_holidays(of: written.CountryHolidays) -> set[date]:
    years = range(of.first_year, of.last_year + 1)
    return set(holidays.country_holidays(of.country, subdiv=of.region, years=years))


def _plan(name: str, plan: written.PlanWritten, priorities: tuple[Priority, ...], client: Client) -> compiled.Plan:
    said = {field: it for field in _PLAIN if (it := getattr(plan, field))}
    expires, contacts = plan.acknowledgement_expires, plan.contacts
    return compiled.Plan(
        name=name,
        title=plan.title,
        **{field: it.value for field, it in said.items()},
        citations={field: said[field].cites if field in said else _default(field) for field in _PLAIN},
        acknowledgement_expires_by_priority=expires.by_priority if expires else {priorities[0]: 15 * MINUTE},
        term=_optional(compiled.Term, plan.term),
        contacts=_optional(terms.ContactRule, contacts),
        authorised_contacts_only=contacts is not None and contacts.requests,
        channels=tuple(_channels(plan.channels, priorities)),
        detections=_optional(terms.DetectionRule, plan.detections),
        health=_optional(terms.HealthRule, plan.health),
        objectives=tuple(
            _objective(rule, it, priorities, client.targets.get(rule, {})) for rule, it in plan.objectives.items()
        ),
        escalation=tuple(_escalation(row, client) for row in plan.escalation),
        management=tuple(_notice(it, client) for it in plan.management),
        attainment=_all(terms.Attainment, plan.attainment),
        response_levels=tuple(_level(it) for it in plan.response_levels),
        fees=_all(terms.FeeRule, plan.fees),
        support_log=_optional(terms.SupportLog, plan.support_log),
        obligations=_named(compiled.Obligation, plan.obligations),
        entitlements=_named(terms.Entitlement, plan.entitlements),
        exclusions=tuple(_rule(terms.Exclusion, it, reason=reason) for reason, it in plan.exclusions.items()),
    )


def _default(field: str) -> terms.Citation:
    return terms.Citation(clause="none", basis=Basis.ASSUMED, reading=_DEFAULTS[field])


def _objective(
    rule: str,
    it: written.ObjectiveWritten,
    priorities: tuple[Priority, ...],
    agreed: Mapping[Priority, written.TargetWritten],
) -> compiled.ObjectiveRule:
    own = {priority: _target(target, it) for priority, target in it.targets.items()}
    own |= {priority: _agreed(target, it) for priority, target in agreed.items()}
    return compiled.ObjectiveRule(
        id=rule,
        objective=it.objective,
        starts=it.starts,
        stops=it.stops,
        targets={priority: target for priority in priorities if (target := own.get(priority) or own.get(written.ALL))},
        recurring=it.recurring,
        paused_by=it.paused_by,
        warnings=it.warn,
        after=it.after,
        kinds=it.kinds,
        except_kinds=it.except_kinds,
    )


def _target(target: written.TargetWritten, of: written.ObjectiveWritten) -> compiled.TargetRule:
    basis, reading = (target.basis, target.reading) if target.reading else (of.basis, of.reading)
    return compiled.TargetRule(
        target=target.within,
        calendar=target.calendar or of.calendar,
        cites=terms.Citation(clause=target.clause or of.clause, basis=basis, reading=reading),
    )


def _agreed(target: written.TargetWritten, of: written.ObjectiveWritten) -> compiled.TargetRule:
    clause = target.clause or f"{of.clause}; as agreed with the client"
    cites = terms.Citation(clause=clause, basis=target.basis, reading=target.reading)
    return compiled.TargetRule(target=target.within, calendar=target.calendar or of.calendar, cites=cites)


def _escalation(row: written.EscalationWritten, client: Client) -> compiled.EscalationPolicy:
    steps = tuple(
        compiled.EscalationStep(
            role=client.roles.get(step.tell, step.tell),
            tier=step.tier,
            **step.at._asdict(),
            repeat_every=step.every,
            repeat_at_most=step.at_most,
        )
        for step in row.steps
    )
    return compiled.EscalationPolicy(rules=row.rules, priorities=row.priorities, steps=steps, cites=row.cites)


def _notice(it: written_terms.ManagementWritten, client: Client) -> terms.ManagementNotice:
    return terms.ManagementNotice(priorities=it.priorities, role=client.roles.get(it.tell, it.tell), cites=it.cites)


def _channels(rows: Sequence[written.ChannelWritten], every: tuple[Priority, ...]) -> Iterator[compiled.ChannelRule]:
    for row in rows:
        for priority in row.priorities or every:
            yield compiled.ChannelRule(
                priority=priority,
                channels=row.channels,
                telephone_calendar=row.telephone_calendar,
                cites=row.cites,
            )


def _level(it: written_terms.LevelWritten) -> terms.ResponseLevel:
    values = {key: value for key, value in _values(it).items() if key != "period"}
    return terms.ResponseLevel(**values, while_open=it.period == "open", cites=it.cites)


def _all(kind: Callable[..., Rule], rows: Sequence[Any]) -> tuple[Rule, ...]:
    return tuple(_rule(kind, it) for it in rows)


def _named(kind: Callable[..., Rule], rows: Mapping[str, Any]) -> tuple[Rule, ...]:
    return tuple(_rule(kind, it, name=name) for name, it in rows.items())


def _optional(kind: Callable[..., Rule], it: written_terms.Cited | None) -> Rule | None:
    return None if it is None else _rule(kind, it)


def _rule(kind: Callable[..., Rule], it: written_terms.Cited, **key: str) -> Rule:
    """A rule that is written with the fields that it is compiled to."""
    return kind(**key, **_values(it), cites=it.cites)


def _values(it: written_terms.Written) -> dict[str, Any]:
    source = written_terms.Cited.model_fields if isinstance(it, written_terms.Cited) else ()
    return {field: getattr(it, field) for field in type(it).model_fields if field not in source}
