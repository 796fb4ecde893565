"""What the figures of a report rest on: the promises that were counted, the tickets, and the heads of the log."""

from collections.abc import Callable

from tocsin.report.model import Report
from tocsin.report.sections import Section, Table, cell, offsets, row, ticket

At = Callable[[str | None], str]
"""A time in words."""

_HOW = (
    "Every figure above is counted from the promises and tickets listed here, and each of these names its records: "
    "inbox offsets are those of soc.inbox, journal offsets those of soc.ticket-events."
)
_PROOF = (
    "The journal held this when the report was made. `tocsin audit verify` recomputes the chain; chain is its last "
    "hash up to the offset end, and root the Merkle root (RFC 6962) over the records from first on. A signed head of "
    "the same root proves that the log was so (`tocsin audit sign`)."
)


def promises_chapter(report: Report, at: At) -> Section:
    """The promises that were counted, in the groups of the attainment."""
    by_id = {each.id: each for each in report.promises}
    missed = {each.promise for each in report.breaches}
    columns = ("promise", "ticket", "started", "due", "kept", "", "inbox offsets")
    tables = []
    for place, group in enumerate(report.attainment):
        rows = []
        for name in group.promises:
            it = by_id[name]
            result = cell(it.result, f"b-{name}", "bad") if name in missed else cell(it.result, tone="good")
            times = (at(it.started_at), at(it.deadline), at(it.kept_at))
            corrected = cell(f"{result.text}, corrected") if it.corrected else result
            rows.append(row(name, ticket(it.ticket), *times, corrected, offsets(it.inbox_offsets), anchor=f"p-{name}"))
        title = " ".join((group.month, group.contract, group.plan, group.objective.replace("_", " "), group.priority))
        tables.append(Table(cell(title).text, columns, tuple(rows), anchor=f"k-{place}"))
    return Section("promises", "The promises that were counted", (_HOW,), tables=tuple(tables))


def tickets_chapter(report: Report, at: At) -> Section:
    """The tickets that are named, with their records."""
    columns = (
        "ticket",
        "TLP",
        "title",
        "priority",
        "stage",
        "opened",
        "resolved",
        "inbox offsets",
        "journal",
        "elsewhere",
    )
    rows = tuple(
        row(
            it.number,
            (it.tlp or "").upper(),
            it.title,
            it.priority,
            it.stage.replace("_", " "),
            at(it.opened_at),
            at(it.resolved_at),
            offsets(it.inbox_offsets),
            " to ".join(f"{place.partition}/{place.offset}" for place in it.places),
            "; ".join(it.elsewhere),
            anchor=f"t-{it.number}",
        )
        for it in report.tickets
    )
    return Section("tickets", "The tickets", tables=(Table("Tickets that are named above", columns, rows),))


def proof_chapter(report: Report) -> Section:
    """The heads of the journal."""
    columns = ("partition", "first", "end", "records", "chain", "root")
    rows = tuple(
        row(f"{it.topic}/{it.partition}", it.first, it.end, it.records, it.chain, it.root) for it in report.proofs
    )
    contracts = tuple(
        row(it.adopted_at, it.contract, it.plan, it.title, it.hash, it.place.offset) for it in report.agreements
    )
    agreed = Table("Contracts", ("adopted", "contract", "plan", "title", "hash", "journal offset"), contracts, (5,))
    return Section(
        "proof",
        "How to check this",
        (_PROOF, f"Made by Tocsin {report.release} from the log as of {report.as_of}."),
        tables=(Table("The journal", columns, rows, (1, 2, 3)), agreed),
    )
