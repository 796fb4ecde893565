"""Composes one contract of a contract and overlays: their rules stand in every plan of it.

Names of an overlay begin with its own, so no rule of it is mistaken for one of the contract's or of another overlay's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import reduce
from itertools import chain
from typing import Any, TypeVar

from tocsin.contracts.compile import NO_OVERRIDES, TenantOverrides, compile_contract
from tocsin.contracts.errors import ContractError
from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.overlay import OVERLAY, OverlaySpec, overlay_calendars
from tocsin.contracts.notation.rules import MilestoneSpec
from tocsin.domain.contract.attainment import AttainmentRule
from tocsin.domain.contract.model import Contract, ObjectiveRule, Plan, RisesFrom, TargetRule
from tocsin.domain.contract.rules import AdoptedOverlay, Citation, HoldReason

Value = TypeVar("Value")


def composed(
    contract: ContractSpec, overlays: Iterable[OverlaySpec], overrides: TenantOverrides = NO_OVERRIDES
) -> Contract:
    """The compiled contract with the rules of `overlays`, in whatever order they are given.

    Raises `ContractError` for overlays that contradict each other or the contract: a sentence that names both.
    """
    ordered = sorted(overlays, key=lambda it: it.name)
    _no_name_twice(contract, ordered)
    milestones = _united((contract.milestones, *(it.milestones for it in ordered)))
    calendars = {**contract.calendars, **overlay_calendars(ordered)}
    base = compile_contract(contract.model_copy(update={"milestones": milestones, "calendars": calendars}), overrides)
    sources = {name: it.title for it in reversed(ordered) for name in it.milestones if name not in contract.milestones}
    base = replace(base, milestones=tuple(_sourced(it, sources.get(it.name, "")) for it in base.milestones))
    return reduce(lambda before, it: _with(before, it, milestones, overrides), ordered, base)


def _united(declared: Iterable[Mapping[str, MilestoneSpec]]) -> dict[str, MilestoneSpec]:
    """The milestones of all by name. Those of one name are one fact: what sets one of them sets it."""
    found: dict[str, MilestoneSpec] = {}
    for name, it in chain.from_iterable(each.items() for each in declared):
        first = found.setdefault(name, it)
        follows, set_by = (
            tuple(dict.fromkeys(each)) for each in (first.follows + it.follows, first.set_by + it.set_by)
        )
        found[name] = first.model_copy(update={"follows": follows, "set_by": set_by})
    return found


def _with(
    contract: Contract, overlay: OverlaySpec, milestones: Mapping[str, MilestoneSpec], overrides: TenantOverrides
) -> Contract:
    prefix = f"{overlay.name}."
    spec = overlay.contract(contract.priorities).model_copy(update={"milestones": milestones})
    part = _sourced(compile_contract(spec, _of_overlay(overrides, prefix)), overlay.title)
    own = {prefix + name for name in overlay.calendars} - overrides.calendars.keys()
    calendars = {name: _sourced(it, overlay.title) if name in own else it for name, it in contract.calendars.items()}
    rules = _prefixed(part.plans[OVERLAY], prefix, frozenset(overlay.calendars))
    return replace(
        contract,
        calendars=calendars,
        holds=(*contract.holds, *_new_holds(contract, overlay, part)),
        plans={name: _joined(plan, rules) for name, plan in contract.plans.items()},
        overlays=(
            *contract.overlays,
            AdoptedOverlay(
                name=overlay.name,
                title=overlay.title,
                source=overlay.source,
                read_on=overlay.read_on,
                notice=overlay.notice,
            ),
        ),
    )


def _of_overlay(overrides: TenantOverrides, prefix: str) -> TenantOverrides:
    """What the tenant has in place of parts of the overlay, by the names that these have there."""
    targets = {name.removeprefix(prefix): it for name, it in overrides.targets.items() if name.startswith(prefix)}
    return overrides._replace(calendars={}, targets=targets)


def _no_name_twice(contract: ContractSpec, overlays: Iterable[OverlaySpec]) -> None:
    """Raise `ContractError` for a rule or a calendar that the contract has by the name of one of an overlay."""
    names = {*contract.calendars, *(rule for plan in contract.plans.values() for rule in plan.objectives)}
    for it in overlays:
        if taken := names & {f"{it.name}.{name}" for name in (*it.calendars, *it.objectives)}:
            raise ContractError(f"{it.name} and {contract.name} both have {', '.join(sorted(taken))}; rename one")


def _prefixed(plan: Plan, prefix: str, calendars: frozenset[str]) -> Plan:
    own = {rule.objective: prefix + rule.objective for rule in plan.objectives}
    return replace(
        plan,
        objectives=tuple(_rule(rule, prefix, own, calendars) for rule in plan.objectives),
        escalation=tuple(
            replace(row, rules=tuple(prefix + rule for rule in row.rules), priorities=()) for row in plan.escalation
        ),
        attainment=tuple(_attainment(it, prefix, own) for it in plan.attainment),
        obligations=tuple(replace(it, name=prefix + it.name) for it in plan.obligations),
    )


def _rule(rule: ObjectiveRule, prefix: str, own: Mapping[str, str], calendars: frozenset[str]) -> ObjectiveRule:
    """The rule by its name in the contract. What counts for an overlay is when it began, and no priority.

    A target that the tenant has in place of the overlay's names a calendar as the contract has it.
    """

    def promised(it: TargetRule) -> TargetRule:
        return replace(it, calendar=prefix + it.calendar) if it.calendar in calendars else it

    return replace(
        rule,
        id=prefix + rule.id,
        objective=own[rule.objective],
        after=own.get(rule.after, rule.after) if rule.after else None,
        targets={name: promised(it) for name, it in rule.targets.items()},
        at_the_latest=tuple(replace(it, promised=promised(it.promised)) for it in rule.at_the_latest),
        rises_from=RisesFrom.START,
        overlay=prefix.removesuffix("."),
    )


def _attainment(it: AttainmentRule, prefix: str, own: Mapping[str, str]) -> AttainmentRule:
    return replace(
        it,
        objective=own.get(it.objective, it.objective) if it.objective else None,
        rule=prefix + it.rule if it.rule else None,
        overlay=prefix.removesuffix("."),
    )


def _joined(plan: Plan, rules: Plan) -> Plan:
    return replace(
        plan,
        objectives=(*plan.objectives, *rules.objectives),
        escalation=(*plan.escalation, *rules.escalation),
        attainment=(*plan.attainment, *rules.attainment),
        obligations=(*plan.obligations, *rules.obligations),
    )


def _new_holds(contract: Contract, overlay: OverlaySpec, part: Contract) -> Iterator[HoldReason]:
    """The reasons to wait that the overlay declares or its rules name, and that the contract does not have."""
    named = {reason for rule in overlay.objectives.values() for reason in rule.paused_by}
    for hold in part.holds:
        known = contract.hold_named(hold.reason)
        if known is None and (hold.reason in overlay.holds or hold.reason in named):
            yield hold
        elif known and hold.reason in overlay.holds and known.ended_by_contact != hold.ended_by_contact:
            raise ContractError(
                f"{overlay.name} and {known.cites.source or contract.name} differ on the wait {hold.reason}: a contact "
                "of the client ends it by one of them only (`ended_by_contact`); rename it in one, or make them agree"
            )


def _sourced(value: Value, source: str) -> Value:
    """`value` with `source` in each citation."""
    made: Any = value
    if isinstance(value, Citation):
        made = replace(value, source=source)
    elif is_dataclass(value) and not isinstance(value, type):
        made = replace(value, **{it.name: _sourced(getattr(value, it.name), source) for it in fields(value)})
    elif isinstance(value, dict):
        made = {key: _sourced(it, source) for key, it in value.items()}
    elif isinstance(value, tuple):
        parts = (_sourced(it, source) for it in value)
        made = type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return made  # type: ignore[no-any-return]  # of the type of `value`
