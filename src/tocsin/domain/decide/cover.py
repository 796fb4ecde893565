"""Decides which plan a request is under: that of its server, on the days of its term, for as many cases as it has."""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.domain.contract.model import Contract, Plan
from tocsin.domain.contract.rules import Period, Server
from tocsin.domain.instant import Instant, to_datetime
from tocsin.domain.state.cases import cases_in
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.time.deadlines import deadline
from tocsin.domain.time.periods import span_of
from tocsin.domain.time.zones import to_wall
from tocsin.domain.vocabulary import Priority

TERM_OVER = "term_over"
CASES_USED = "cases_used"
CASES = "support_cases"


class Cover(NamedTuple):
    """The plan under which a new ticket opens, for its `server`.

    `excluded_by` is the exclusion that holds from its start; None for no exclusion. `in_doubt_by` is the clause by
    which somebody must say which server it is about; None where that is known, or does not matter.
    """

    plan: str
    server: str | None = None
    excluded_by: str | None = None
    in_doubt_by: str | None = None


def cover(state: TenantState, server: str | None, priority: Priority | None, at: Instant, opened_at: Instant) -> Cover:
    """The cover of a request of `priority` about `server` (None: about none in particular) at `at`.

    A case counts in the period in which its ticket is opened, at `opened_at`.

    One that names no server is about the only one that the tenant has. In doubt the strictest of the tenant's plans
    holds, and nothing is excluded.
    """
    names = {each.name for each in state.tenant.servers}
    name = server_meant(state.tenant, server)
    if name in names:
        return cover_of(state, name or "", at, opened_at)
    term = state.plan.term
    if term is None or not (name or names):
        used = _cases_are_used(state, state.plan, name or "", opened_at)
        return Cover(state.plan.name, name, CASES_USED if used else None)
    return Cover(_strictest(state, priority, at).name, name, in_doubt_by=term.cites.clause)


def server_meant(tenant: Tenant, server: str | None) -> str | None:
    """The server that a request is about: one that names none is about the only one that the tenant has."""
    names = {each.name for each in tenant.servers}
    return next(iter(names)) if server is None and len(names) == 1 else server


def cover_of(state: TenantState, server: str, at: Instant, opened_at: Instant) -> Cover:
    """The cover of a request about a `server` that the tenant has. Raises `LookupError` for another one."""
    entries = [each for each in state.tenant.servers if each.name == server]
    entry = next((each for each in entries if _covers(each, state, at)), entries[-1])
    plan = state.contract.plans[entry.plan]
    if plan.term is not None and not _covers(entry, state, at):
        return Cover(plan.name, server, TERM_OVER)
    return Cover(plan.name, server, CASES_USED if _cases_are_used(state, plan, server, opened_at) else None)


def _covers(server: Server, state: TenantState, at: Instant) -> bool:
    client = state.contract.client_zone
    where = client if client and client.name == server.timezone else server.timezone
    day = to_datetime(to_wall(at, where)).date()
    return server.covered_from <= day < server.covered_until


def _cases_are_used(state: TenantState, plan: Plan, server: str, opened_at: Instant) -> bool:
    for entitlement in plan.entitlements:
        if entitlement.name == CASES and entitlement.limit is not None:
            return _cases_used(state, server, entitlement.per, opened_at) >= entitlement.limit
    return False


def _cases_used(state: TenantState, server: str, per: Period | None, opened_at: Instant) -> int:
    """The cases of `server` so far, or those of the period where the client is."""
    tenant = state.tenant
    if per is None:
        return tenant.cases.get(server, 0)
    span = span_of(per, opened_at, state.contract.client_zone or "UTC", tenant.since or None)
    return cases_in(tenant.cases_at, server, span)


def _strictest(state: TenantState, priority: Priority | None, at: Instant) -> Plan:
    """Of the tenant's own plan and those of its servers at `at` the one by which the first thing is due first."""
    names = dict.fromkeys((state.plan.name, *(each.plan for each in state.tenant.servers if _covers(each, state, at))))
    plans = [state.contract.plans[name] for name in names]
    return min(plans, key=lambda plan: min(_due(state.contract, plan, priority, at), default=float("inf")))


def _due(contract: Contract, plan: Plan, priority: Priority | None, at: Instant) -> Iterator[Instant]:
    """The deadlines of what `plan` would promise to a request at `at`."""
    for rule in plan.objectives:
        promised = rule.targets.get(priority or plan.default_priority)
        if promised and promised.target and rule.after is None:
            yield deadline(at, promised.target, contract.calendars[promised.calendar])
