"""The plan of an adoption in words for people, and as JSON for machines."""

from collections.abc import Iterable, Iterator
from typing import Any

from tocsin.contracts.report.tables import ReportTable, new_table
from tocsin.domain.commands.inbound import Contact
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import Server
from tocsin.domain.instant import Instant, show
from tocsin.tenants.plan import Adopted, TenantPlan, TicketPlan
from tocsin.tenants.readopting import Moved, Owed

_HASH_SHOWN = 12
_PROMISES_SHOWN = 60


def headline(plan: TenantPlan) -> str:
    """The sentence that says what the tenant has, and what it would have."""
    after = _title(plan.contract_after, plan.after)
    if not plan.changes:
        return f"{plan.tenant}: nothing to adopt; it has {after}."
    if plan.before is None:
        return f"{plan.tenant}: adopts its first contract, {after}."
    return f"{plan.tenant}: {_title(plan.contract_before, plan.before)} -> {after}."


def tables(plan: TenantPlan) -> Iterator[ReportTable]:
    """The tables of what would change, and of the tickets that would not; those that have rows."""
    rules = new_table("Rules that change", "where", "rule", "change")
    rules.rows.extend(plan.rules)
    others = new_table("Contacts, servers, domains", "what", "change", "")
    others.rows.extend(_others(plan))
    found = (rules, others, _tickets(plan))
    return (table for table in found if table.rows)


def sentences(plan: TenantPlan) -> Iterator[str]:
    """What the tables do not say: clashes, and how many tickets stay and would be late."""
    yield from (f"Warning: {clash}." for clash in plan.clashes)
    if plan.tickets:
        count, late = len(plan.tickets), [each.ticket.number for each in plan.tickets if each.newly_late]
        stay = "1 open ticket stays" if count == 1 else f"{count} open tickets stay"
        said = f"{len(late)} would be late at once: {', '.join(late[:10])}" if late else "none would be late by that"
        yield (f"{stay} under another contract or plan; `tocsin desk readopt` moves one. If all were moved, {said}.")


def document(plan: TenantPlan) -> dict[str, Any]:
    """The plan of one tenant for machines."""
    return {
        "tenant": plan.tenant,
        "changes": plan.changes,
        "before": _side(plan.contract_before, plan.before),
        "after": _side(plan.contract_after, plan.after),
        "rules": [change._asdict() for change in plan.rules],
        "others": [dict(zip(("what", "change", "text"), row, strict=True)) for row in _others(plan)],
        "clashes": list(plan.clashes),
        "tickets": [_ticket(each) for each in plan.tickets],
    }


def _title(contract: Contract | None, adopted: Adopted) -> str:
    return f"{contract.name if contract else 'a contract'} / {adopted.plan} ({adopted.contract[:_HASH_SHOWN]})"


def _side(contract: Contract | None, adopted: Adopted | None) -> dict[str, Any] | None:
    if adopted is None:
        return None
    return {"contract": contract.name if contract else None, "hash": adopted.contract, "plan": adopted.plan}


def _others(plan: TenantPlan) -> Iterator[tuple[str, str, str]]:
    before, after = plan.before, plan.after
    yield from _diff("contact", map(_contact, before.contacts if before else ()), map(_contact, after.contacts))
    yield from _diff("server", map(_server, before.servers if before else ()), map(_server, after.servers))
    yield from _diff("mail domain", (before and before.domains) or (), after.domains or ())
    yield from _diff("first day", _day(before), _day(after))


def _day(adopted: Adopted | None) -> tuple[str, ...]:
    return (adopted.since.isoformat(),) if adopted and adopted.since else ()


def _diff(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    had, has = list(before), list(after)
    yield from ((what, "removed", each) for each in had if each not in has)
    yield from ((what, "added", each) for each in has if each not in had)


def _contact(it: Contact) -> str:
    may = "" if it.authorised else "not authorised"
    return ", ".join(filter(None, (it.name, *it.phones, *it.emails, it.location, may)))


def _server(it: Server) -> str:
    return f"{it.name}: {it.plan}, from {it.covered_from} until before {it.covered_until} ({it.timezone})"


def _tickets(plan: TenantPlan) -> ReportTable:
    """One row a promise that would move, the tickets that would be late first; of very many the first."""
    columns = ("ticket", "contract", "promise", "deadline", "if readopted", "then")
    table = new_table("Open tickets, if each were readopted", *columns)
    for each in plan.tickets:
        about = (each.ticket.number, f"{each.contract} / {each.ticket.plan}")
        if each.readopted.refusal:
            table.rows.append((*about, "", "", "", f"cannot be: {each.readopted.refusal}"))
        for it in each.readopted.promises:
            table.rows.append((*about, _promise(it), _deadline(it.before), _deadline(it.after), _then(it)))
    if (more := len(table.rows) - _PROMISES_SHOWN) > 0:
        del table.rows[_PROMISES_SHOWN:]
        table.rows.append(("...", "", "", "", "", f"and {more} more; --json has all"))
    return table


def _promise(it: Moved) -> str:
    return it.rule if it.cycle == 1 else f"{it.rule} ({it.cycle})"


def _deadline(owed: Owed | None) -> str:
    if owed is None:
        return "not owed"
    return "no date" if owed.deadline is None else show(owed.deadline)


def _then(it: Moved) -> str:
    if it.newly_late:
        return "late at once"
    if it.after is None:
        return "ends"
    if it.before is None:
        return "begins"
    if it.after.late:
        return "late, as it is now"
    return "as now" if it.after == it.before else "moves"


def _ticket(each: TicketPlan) -> dict[str, Any]:
    return {
        "ticket": each.ticket.id,
        "number": each.ticket.number,
        "contract": each.contract,
        "contract_hash": each.ticket.contract,
        "plan": each.ticket.plan,
        "refusal": each.readopted.refusal or None,
        "newly_late": each.newly_late,
        "promises": [
            {
                "rule": it.rule,
                "cycle": it.cycle,
                "deadline": _shown(it.before),
                "if_readopted": _shown(it.after),
                "then": _then(it),
            }
            for it in each.readopted.promises
        ],
    }


def _shown(owed: Owed | None) -> str | None:
    deadline: Instant | None = owed.deadline if owed else None
    return None if deadline is None else show(deadline)
