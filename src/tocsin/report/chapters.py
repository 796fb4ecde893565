"""The chapters of a report: what was promised and kept, then what was done, then what all of it rests on."""

from collections.abc import Iterator
from decimal import Decimal

from tocsin.domain.instant import SECOND, parse
from tocsin.domain.state.credit import percent, show_share
from tocsin.report.model import Breach, Judgement, Kept, Report
from tocsin.report.plots import weeks_plot
from tocsin.report.proving import promises_chapter, proof_chapter, tickets_chapter
from tocsin.report.sections import Cell, Heading, Item, Paper, Row, Section, Table, cell, row, ticket
from tocsin.story.words import span, stamp

_LABEL = 10
"""The width of the label before the words of a promise."""


def paper(report: Report) -> Paper:
    """The report as it is read."""
    return Paper(_heading(report), tuple(_sections(report)))


def _heading(report: Report) -> Heading:
    telling, agreed = Telling(report), report.agreements[-1:]
    met = sum(it.met for it in report.attainment)
    figures = (
        ("Promises due", f"{len(report.promises):,}"),
        ("Kept in time", show_share(met, len(report.promises)) if report.promises else "none due"),
        ("Missed", f"{len(report.breaches):,}"),
        ("Corrected", f"{len(report.corrections):,}"),
        ("Credits", f"{len(report.credits):,}"),
        ("Open tickets", f"{len(report.open):,}"),
    )
    contract = "".join(f"{it.title or it.contract}, plan {it.plan}. " for it in agreed)
    times = f"Times are those of {report.period.timezone}, as of {telling.at(report.as_of)}."
    title = cell(f"Report for {report.tenant}, {report.period.name}").text
    without = f" Withheld for a marking above TLP:{report.tlp.upper()}: {report.withheld}." if report.tlp else ""
    return Heading(title, cell(f"{contract}{times}{without}").text, figures)


def _sections(report: Report) -> list[Section]:
    """The chapters; one of which there is nothing says so."""
    told = Telling(report)
    return [
        Section("attainment", "What was promised, and what was kept", told.verdicts(), tables=(told.attainment(),)),
        Section("credits", "Verdicts and credits", told.on_credits(), tables=tuple(told.judgements())),
        Section(
            "times",
            "Times",
            ("Elapsed time on the tickets of the period, closed hours and waits included.",),
            plots=tuple(weeks_plot(it) for it in report.measures if it.weeks),
            tables=(told.times(),),
        ),
        Section("breaches", "Breaches", told.on_breaches(), items=tuple(map(told.breach, report.breaches))),
        Section("corrections", "Corrected", told.on_corrections(), tables=tuple(told.corrections())),
        Section("exclusions", "Exclusions and waits", told.on_exclusions(), tables=tuple(told.exclusions())),
        Section("callbacks", "Callbacks", tables=tuple(told.callbacks())),
        Section("support-log", "Support log", tables=tuple(told.contacts())),
        Section("open", "Open matters", (f"As of {told.at(report.as_of)}.",), tables=tuple(told.open())),
        promises_chapter(report, told.at),
        tickets_chapter(report, told.at),
        proof_chapter(report),
    ]


class Telling:
    """Says the parts of a report in words, by the client's clocks."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def at(self, time: str | None) -> str:
        """A time where the client is; empty for none."""
        return "" if time is None else stamp(parse(time) // SECOND * SECOND, self._report.period.timezone)

    def verdicts(self) -> tuple[str, ...]:
        """What is to be known of the period before its figures."""
        notes = [] if self._report.over else ["The period is not over: the figures are those so far."]
        if self._report.contracts_missing:
            notes.append("A contract is not in this log: what it promises is not known here.")
        if self._report.unread_events:
            count = self._report.unread_events
            notes.append(f"{count} events could not be read; another release wrote them, or the log begins after them.")
        return tuple(notes)

    def attainment(self) -> Table:
        """The promises by plan, objective and priority."""
        columns = ("month", "contract", "plan", "objective", "priority", "met", "missed", "share", "promised", "")
        rows = tuple(self._kept(place, it) for place, it in enumerate(self._report.attainment))
        return Table("Promises that were due, by plan, objective and priority", columns, rows, (5, 6, 7, 8))

    def _kept(self, place: int, it: Kept) -> Row:
        verdict = {None: cell(""), True: cell("kept", tone="good"), False: cell("broken", tone="bad")}[it.kept]
        promised = "" if it.promised is None else percent(Decimal(str(it.promised)))
        to = f"k-{place}"
        numbers = (
            cell(it.met, to),
            cell(it.missed, to, "bad" if it.missed else ""),
            cell(show_share(it.met, it.met + it.missed), to),
        )
        return row(it.month, it.contract, it.plan, _word(it.objective), it.priority, *numbers, promised, verdict)

    def on_credits(self) -> tuple[str, ...]:
        """Why there is no verdict, where there is none."""
        if self._report.judgements:
            return ()
        return ("The log has judged no promise over many for this period: there is none, or the period is not over.",)

    def judgements(self) -> Iterator[Table]:
        """The verdicts of the log, with what they credit."""
        if self._report.judgements:
            columns = ("period", "about", "figure", "promised", "verdict", "credit", "arithmetic", "clause", "record")
            rows = tuple(map(self._judgement, self._report.judgements))
            yield Table("Promises over many, as the log has judged them", columns, rows)
        if self._report.credits:
            rows = tuple(row(it.period, percent(Decimal(it.part)), it.of, it.arithmetic) for it in self._report.credits)
            yield Table("What is credited on the whole", ("period", "credit", "of", "arithmetic"), rows)

    def _judgement(self, it: Judgement) -> Row:
        count = it.met + it.missed
        if it.measure == "share":
            figure, promised = f"{it.met} of {count}", percent(Decimal(str(it.promised)))
        else:
            figure, promised = f"{it.measure} {_length(it.figure)}", _length(it.at_most)
        verdict = cell("kept", tone="good") if it.kept else cell("broken", tone="bad")
        credit = "" if it.credit is None else percent(Decimal(it.credit))
        scope = ", ".join(map(_word, it.scope.values()))
        record = f"{it.place.topic}/{it.place.partition}, offset {it.place.offset}"
        clause = ", ".join(filter(None, (it.source, it.clause)))
        return row(it.period, scope, figure, promised, verdict, credit, it.arithmetic, clause, record)

    def on_breaches(self) -> tuple[str, ...]:
        """How many there are."""
        count = len(self._report.breaches)
        return (f"{count} of {len(self._report.promises)} promises that were due were missed.",)

    def breach(self, it: Breach) -> Item:
        """A breach with how its deadline came about."""
        head, *lines = it.words
        told = [(line[:_LABEL].strip(), harmless_line(line[_LABEL:])) for line in lines]
        if it.place:
            place = f"{it.place.topic}/{it.place.partition}, offset {it.place.offset}"
            told.append(("told", f"{self.at(it.told_at)}, {place}"))
        links = (ticket(it.ticket), cell("the promise", f"p-{it.promise}"))
        return Item(f"b-{it.promise}", cell(f"{it.ticket} {it.title}: {head}").text, tuple(told), links)

    def on_corrections(self) -> tuple[str, ...]:
        """What a correction is, or that there was none."""
        if not self._report.corrections:
            return ("None: no breach that was told turned out not to be one.",)
        return ("Late evidence showed that these were kept after all, or not owed yet.",)

    def corrections(self) -> Iterator[Table]:
        """The breaches that were withdrawn."""
        columns = ("ticket", "objective", "withdrawn", "kept", "inbox offsets", "journal offset")
        found = self._report.corrections
        rows = (
            row(
                ticket(it.ticket),
                _word(it.objective),
                self.at(it.withdrawn_at),
                self.at(it.kept_at),
                ", ".join(map(str, it.inbox_offsets)),
                it.place.offset,
            )
            for it in found
        )
        yield from (Table("Breaches that were withdrawn", columns, tuple(rows)),) if found else ()

    def on_exclusions(self) -> tuple[str, ...]:
        """That there was none."""
        none = not (self._report.exclusions or self._report.waits)
        return ("None: nothing was excluded, and no ticket waited.",) if none else ()

    def exclusions(self) -> Iterator[Table]:
        """What was not owed, and where it waited, with the reasons."""
        columns = ("ticket", "reason", "what it ends", "clause", "since", "until", "inbox offsets")
        rows = tuple(
            row(
                ticket(it.ticket),
                _word(it.reason),
                _word(it.consequence),
                it.clause,
                self.at(it.since),
                self.at(it.lifted_at),
                ", ".join(map(str, it.inbox_offsets)),
            )
            for it in self._report.exclusions
        )
        yield from (Table("Exclusions", columns, rows),) if rows else ()
        waits = tuple(
            row(ticket(it.ticket), _word(it.reason), self.at(it.start), self.at(it.end), _length(it.seconds))
            for it in self._report.waits
        )
        yield from (Table("Waits", ("ticket", "reason", "from", "to", "lasts"), waits, (4,)),) if waits else ()

    def times(self) -> Table:
        """Count, median and 90th percentile of each measure."""
        rows = tuple(
            row(_word(it.name), it.meaning, it.count, _length(it.median), _length(it.p90))
            for it in self._report.measures
        )
        return Table("How long it took", ("time to", "counted", "tickets", "median", "p90"), rows, (2, 3, 4))

    def callbacks(self) -> Iterator[Table]:
        """The missed calls, and when each was returned."""
        columns = ("ticket", "caller", "missed", "due", "returned", "attempts", "")
        rows = tuple(
            row(
                ticket(it.ticket),
                it.caller or "(not known any more)",
                self.at(it.missed_at),
                self.at(it.deadline),
                self.at(it.returned_at),
                it.attempts,
                _state(it.state),
            )
            for it in self._report.callbacks
        )
        yield Table("Missed calls for which a callback was owed", columns, rows, (5,))

    def contacts(self) -> Iterator[Table]:
        """The support log."""
        columns = ("when", "ticket", "what", "contact", "location", "analyst", "time to resolve", "details", "missing")
        rows = tuple(
            row(
                self.at(it.contacted_at),
                ticket(it.ticket),
                _word(it.what),
                it.contact,
                it.location,
                it.analyst,
                _length(it.time_to_resolve),
                it.details,
                ", ".join(map(_word, it.missing)),
            )
            for it in self._report.support_log
        )
        yield Table("Calls, mails and requests that were received", columns, rows, (6,))

    def open(self) -> Iterator[Table]:
        """The open tickets with what they are owed."""
        columns = ("ticket", "title", "priority", "stage", "opened", "waits for", "owed")
        rows = tuple(
            row(
                ticket(it.ticket),
                it.title,
                it.priority,
                _word(it.stage),
                self.at(it.opened_at),
                _word(it.waits_for or ""),
                "; ".join(f"{_word(due.objective)} {due.state} {self.at(due.deadline)}".strip() for due in it.due),
            )
            for it in self._report.open
        )
        yield Table("Open tickets", columns, rows)


def harmless_line(text: str) -> str:
    """Text of a story, without what steers a reader."""
    return cell(text).text


def _state(state: str) -> Cell:
    return cell(state, tone="bad" if "late" in state else "good" if state == "kept in time" else "")


def _length(seconds: float | None) -> str:
    return "" if seconds is None else span(round(seconds * SECOND))


def _word(name: str) -> str:
    return name.replace("_", " ")
