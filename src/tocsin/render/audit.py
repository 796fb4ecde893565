"""Tables of the audit reports."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from rich.table import Table

from tocsin.audit.attainment import Count, Group
from tocsin.audit.chain import Chain
from tocsin.audit.checking import Check
from tocsin.audit.head import Head
from tocsin.audit.support_log import Entry
from tocsin.domain.instant import show
from tocsin.domain.state.credit import Credit, percent, show_share, show_time
from tocsin.render.durations import whole_seconds
from tocsin.render.table import cell

_OF_ATTAINMENT = (
    *("month", "tenant", "plan", "objective", "priority", "met", "missed", "reached", "promised", "", "credit"),
)
_VERDICTS = {None: "", True: "kept", False: "broken"}


def chain_table(chains: Mapping[int, Chain]) -> Table:
    """The chain of each partition, and whether it holds."""
    table = Table("partition", "records", "persons forgotten in", "head", "chain")
    for partition, chain in sorted(chains.items()):
        state = f"broken: {chain.fault.place} {chain.fault.why}" if chain.fault else "holds"
        table.add_row(*map(cell, (partition, chain.records, chain.forgotten, chain.head, state)))
    return table


def head_table(heads: Iterable[Head]) -> Table:
    """One row for each head."""
    table = Table("partition", "records", "from offset", "to offset", "time of the log", "root")
    for it in heads:
        table.add_row(*map(cell, (it.place, it.size, it.first, it.end - 1, it.time, it.root)))
    return table


def check_table(checks: Iterable[Check]) -> Table:
    """One row for each partition: how many of its records signed heads vouch for."""
    table = Table("partition", "as signed", "not signed yet", "signed up to offset", "at", "")
    for it in checks:
        told = it.document()
        place, verdict = f"{told['topic']}/{told['partition']}", "differs" if it.faults else "holds"
        table.add_row(*map(cell, (place, it.signed, it.unsigned, told["signed_to"] - 1, told["signed_at"], verdict)))
    return table


def support_log_table(entries: Iterable[Entry]) -> Table:
    """One row for each contact; a wanted field that is not known is marked as missing."""
    names = ("contact", "location", "analyst", "time_to_resolve", "details")
    table = Table("ticket", "client's ticket", "when", "what", *(name.replace("_", " ") for name in names))
    for it in entries:
        shown = {name: getattr(it, name) for name in names}
        shown["contact"] = it.contact or it.address
        shown["time_to_resolve"] = None if it.time_to_resolve is None else whole_seconds(it.time_to_resolve)
        told = [f"{shown[name] or ''} (missing)".strip() if name in it.missing else shown[name] for name in names]
        table.add_row(*map(cell, (it.number or it.tenant, it.client_ticket, show(it.contacted_at), it.what, *told)))
    return table


def attainment_table(rows: Iterable[tuple[Group, Count]]) -> Table:
    """One row for each group of promises: how many were kept in time, beside the promised share."""
    table = Table(*_OF_ATTAINMENT)
    for group, count in rows:
        what = f"rule {group.rule}" if group.rule else group.objective or "all promises"
        whose = (group.month, group.tenant, f"{group.contract} {group.plan}".strip(), what, group.priority)
        credit = count.credit.arithmetic if count.credit else ""
        told = (*_reached(count), _VERDICTS[count.kept], credit)
        table.add_row(*map(cell, (*whose, count.met, count.missed, *told)))
    return table


def credits_table(owed: Mapping[tuple[str, str], Iterable[Credit]]) -> Table:
    """One row for each fee of a period: what is credited of it on the whole."""
    table = Table("month", "tenant", "credited")
    for (tenant, month), several in owed.items():
        for it in several:
            table.add_row(*map(cell, (month, tenant, it.arithmetic)))
    return table


def _reached(count: Count) -> tuple[str, str]:
    """What was reached, and what was promised."""
    if count.figure is not None and count.promise:
        return f"{count.promise.measure} {show_time(count.figure)}", f"{show_time(count.promise.at_most or 0)} at most"
    promised = "" if count.promised is None else percent(Decimal(str(count.promised)))
    return show_share(count.met, count.met + count.missed), promised
