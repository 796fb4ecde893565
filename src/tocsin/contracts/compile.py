"""Makes the compiled contract: fills in defaults, expands holidays, applies a tenant's overrides."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import tzdata  # type: ignore[import-untyped]  # it ships no types

from tocsin.contracts.attainment import attainment_rule
from tocsin.contracts.compile_calendar import compile_calendar
from tocsin.contracts.holds import holds_of
from tocsin.contracts.milestones import milestones_of
from tocsin.contracts.notation.calendar import CalendarSpec
from tocsin.contracts.notation.contract import (
    ALL,
    ChannelSpec,
    ContractSpec,
    EscalationSpec,
    ObjectiveSpec,
    PlanSpec,
    TargetSpec,
)
from tocsin.contracts.notation.rules import CitedSpec, ManagementNoticeSpec, ResponseLevelSpec, Spec
from tocsin.contracts.zone_data import zone_data
from tocsin.domain.contract.escalation import EscalationPolicy, EscalationStep
from tocsin.domain.contract.evidence import EvidenceKind, with_followers
from tocsin.domain.contract.model import (
    AtTheLatest,
    ChannelRule,
    Contract,
    ObjectiveRule,
    Obligation,
    Plan,
    TargetRule,
    Term,
)
from tocsin.domain.contract.rules import (
    Citation,
    ContactRule,
    Contradiction,
    DetectionRule,
    Entitlement,
    EquipmentKinds,
    Exclusion,
    FeeRule,
    HealthRule,
    ManagementNotice,
    PriorityDefinition,
    ResponseLevel,
    SupportLine,
    SupportLogRule,
)
from tocsin.domain.contract.target import Target
from tocsin.domain.instant import MINUTE
from tocsin.domain.vocabulary import Basis, Priority

Rule = TypeVar("Rule")

_DEFAULTS = {
    "priority_assigned_by": "the document does not say who assigns a priority: the client's word holds",
    "returns_a_call": "a message left on a machine returns a call; no answer and busy are attempts",
    "acknowledgement_expires": "after 30 min without work, 15 for the most urgent, escalation goes on",
    "closes_after": "a resolved ticket closes by itself after 72 h",
    "bounce_withdraws_answer": "an answer by mail that a delivery report says did not arrive is none",
}
"""The reading of a plan that does not mention a field. Each is an assumption."""

_PLAIN = ("default_priority", *_DEFAULTS)
"""The fields of a plan that are plain values; their sources are in `Plan.citations`."""


class TenantOverrides(NamedTuple):
    """A tenant's own time zone, calendars, targets and names of roles, in place of the contract's; and its overlays."""

    timezone: str = "UTC"
    calendars: Mapping[str, CalendarSpec] = {}
    targets: Mapping[str, Mapping[Priority, TargetSpec]] = {}
    roles: Mapping[str, str] = {}
    overlays: tuple[str, ...] = ()


NO_OVERRIDES = TenantOverrides()
"""The contract as it is shipped, for no tenant in particular."""


def compile_contract(contract: ContractSpec, overrides: TenantOverrides = NO_OVERRIDES) -> Contract:
    """The compiled contract with `overrides` applied. Every name in `contract` must exist (`unknown_names`)."""
    calendars = {**contract.calendars, **overrides.calendars}
    kinds = {it.name: it for it in milestones_of(contract.milestones)}
    return Contract(
        name=contract.name,
        title=contract.title,
        source=contract.source,
        priorities=contract.priorities,
        calendars={name: compile_calendar(name, calendars, overrides.timezone) for name in calendars},
        holds=tuple(holds_of(contract)),
        milestones=tuple(kinds.values()),
        plans={name: _plan(name, plan, contract.priorities, overrides, kinds) for name, plan in contract.plans.items()},
        default_plan=contract.default_plan,
        tz_version=tzdata.IANA_VERSION,
        lines=_named(SupportLine, contract.lines),
        definitions={name: _rule(PriorityDefinition, it) for name, it in contract.definitions.items()},
        client_zone=zone_data(overrides.timezone),
        contradictions=tuple(Contradiction(**_values(it)) for it in contract.contradictions),
    )


def _plan(
    name: str,
    plan: PlanSpec,
    priorities: tuple[Priority, ...],
    overrides: TenantOverrides,
    milestones: Mapping[str, EvidenceKind],
) -> Plan:
    said = {field: it for field in _PLAIN if (it := getattr(plan, field))}
    values: dict[str, Any] = {"bounce_withdraws_answer": True, "never_silenced": priorities[:1]}
    values |= {field: it.value for field, it in said.items()}
    if plan.closes_after and isinstance(wait := values["closes_after"], Target):
        values |= {"closes_after": 0, "closes_within": wait, "closes_in": plan.closes_after.calendar}
    citations = {field: said[field].cites if field in said else _default(field) for field in _PLAIN}
    if plan.never_silenced:
        values["never_silenced"], citations["never_silenced"] = plan.never_silenced.value, plan.never_silenced.cites
    expires = plan.acknowledgement_expires
    return Plan(
        name=name,
        title=plan.title,
        **values,
        citations=citations,
        acknowledgement_expires_by_priority=expires.by_priority if expires else {priorities[0]: 15 * MINUTE},
        term=_optional(Term, plan.term),
        contacts=_optional(ContactRule, plan.contacts),
        authorised_contacts_only=plan.contacts is not None and plan.contacts.requests,
        channels=tuple(_channels(plan.channels, priorities)),
        detections=_optional(DetectionRule, plan.detections),
        health=_optional(HealthRule, plan.health),
        equipment=_optional(EquipmentKinds, plan.equipment),
        objectives=tuple(_objectives(plan, priorities, overrides, milestones)),
        escalation=tuple(_escalation(row, overrides) for row in plan.escalation),
        management=tuple(_management_notice(it, overrides) for it in plan.management),
        attainment=tuple(map(attainment_rule, plan.attainment)),
        response_levels=tuple(_response_level(it) for it in plan.response_levels),
        fees=_all(FeeRule, plan.fees),
        support_log=_optional(SupportLogRule, plan.support_log),
        obligations=_named(Obligation, plan.obligations),
        entitlements=_named(Entitlement, plan.entitlements),
        exclusions=tuple(_rule(Exclusion, it, reason=reason) for reason, it in plan.exclusions.items()),
    )


def _default(field: str) -> Citation:
    return Citation(clause="none", basis=Basis.ASSUMED, reading=_DEFAULTS[field])


def _objectives(
    plan: PlanSpec, priorities: tuple[Priority, ...], overrides: TenantOverrides, milestones: Mapping[str, EvidenceKind]
) -> Iterator[ObjectiveRule]:
    for rule, it in plan.objectives.items():
        yield _objective(rule, it, priorities, overrides.targets.get(rule, {}), milestones)


def _objective(
    rule: str,
    it: ObjectiveSpec,
    priorities: tuple[Priority, ...],
    agreed: Mapping[Priority, TargetSpec],
    milestones: Mapping[str, EvidenceKind],
) -> ObjectiveRule:
    own = {priority: _target(target, it) for priority, target in it.targets.items()}
    own |= {priority: _agreed(target, it) for priority, target in agreed.items()}
    return ObjectiveRule(
        id=rule,
        objective=it.objective or rule,
        starts=with_followers(it.starts, milestones),
        stops=with_followers(it.stops, milestones),
        targets={priority: target for priority in priorities if (target := own.get(priority) or own.get(ALL))},
        recurring=it.recurring,
        paused_by=it.paused_by,
        warnings=it.warn,
        after=it.after,
        kinds=it.kinds,
        except_kinds=it.except_kinds,
        rises_from=it.rises_from,
        renewed_by=it.renewed_by,
        ends_with_priority=it.ends_with_priority,
        renewed_at=it.renewed_at,
        raised_by_sensors=it.raised_by_sensors,
        owed_by=it.owed_by,
        owed_to=it.owed_to,
        at_the_latest=tuple(
            AtTheLatest(
                starts=with_followers(bound.starts, milestones),
                promised=_target(bound, it),
                unless_past=bound.unless_past,
            )
            for bound in it.at_the_latest
        ),
        missed=it.missed,
    )


def _target(target: TargetSpec, of: ObjectiveSpec) -> TargetRule:
    basis, reading = (target.basis, target.reading) if target.reading else (of.basis, of.reading)
    return TargetRule(
        target=target.within,
        calendar=target.calendar or of.calendar,
        cites=Citation(clause=target.clause or of.clause, basis=basis, reading=reading),
    )


def _agreed(target: TargetSpec, of: ObjectiveSpec) -> TargetRule:
    clause = target.clause or f"{of.clause}; as agreed with the client"
    cites = Citation(clause=clause, basis=target.basis, reading=target.reading)
    return TargetRule(target=target.within, calendar=target.calendar or of.calendar, cites=cites)


def _escalation(row: EscalationSpec, overrides: TenantOverrides) -> EscalationPolicy:
    steps = tuple(
        EscalationStep(
            role=overrides.roles.get(step.tell, step.tell),
            tier=step.tier,
            **step.at._asdict(),
            repeat_every=None if isinstance(step.every, Target) else step.every,
            repeat_within=step.every if isinstance(step.every, Target) else None,
            repeat_at_most=step.at_most,
        )
        for step in row.steps
    )
    return EscalationPolicy(
        rules=row.rules,
        priorities=row.priorities,
        steps=steps,
        cites=row.cites,
        undelivered=row.undelivered,
        unanswered_after=row.unanswered_after,
    )


def _management_notice(it: ManagementNoticeSpec, overrides: TenantOverrides) -> ManagementNotice:
    return ManagementNotice(priorities=it.priorities, role=overrides.roles.get(it.tell, it.tell), cites=it.cites)


def _channels(rows: Sequence[ChannelSpec], every: tuple[Priority, ...]) -> Iterator[ChannelRule]:
    for row in rows:
        for priority in row.priorities or every:
            yield ChannelRule(
                priority=priority,
                channels=row.channels,
                telephone_calendar=row.telephone_calendar,
                cites=row.cites,
            )


def _response_level(it: ResponseLevelSpec) -> ResponseLevel:
    values = {key: value for key, value in _values(it).items() if key != "period"}
    return ResponseLevel(**values, while_open=it.period == "open", cites=it.cites)


def _all(kind: Callable[..., Rule], rows: Sequence[Any]) -> tuple[Rule, ...]:
    return tuple(_rule(kind, it) for it in rows)


def _named(kind: Callable[..., Rule], rows: Mapping[str, Any]) -> tuple[Rule, ...]:
    return tuple(_rule(kind, it, name=name) for name, it in rows.items())


def _optional(kind: Callable[..., Rule], it: CitedSpec | None) -> Rule | None:
    return None if it is None else _rule(kind, it)


def _rule(kind: Callable[..., Rule], it: CitedSpec, **key: str) -> Rule:
    """The compiled rule, for rules that have the same fields in the notation."""
    return kind(**key, **_values(it), cites=it.cites)


def _values(it: Spec) -> dict[str, Any]:
    source = CitedSpec.model_fields if isinstance(it, CitedSpec) else ()
    return {field: getattr(it, field) for field in type(it).model_fields if field not in source}
