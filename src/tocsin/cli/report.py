"""`tocsin report`: what a client, and the one who answers to them, wants to read."""

from importlib.metadata import version
from pathlib import Path

import click
import msgspec

from tocsin.audit.journal import JournalUnreadable
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._handover import command as handover
from tocsin.cli._source import source_argument
from tocsin.cli._told_records import told_records
from tocsin.domain.instant import parse
from tocsin.domain.tlp import Tlp
from tocsin.recording.source import Spec
from tocsin.render.text import safe, safe_json
from tocsin.report.building import report_of
from tocsin.report.chapters import paper
from tocsin.report.document import NoTypst, document
from tocsin.report.gathering import READ, NoSuchTenant, gathered
from tocsin.report.markdown import markdown
from tocsin.report.model import Report
from tocsin.report.page import page
from tocsin.report.period import Period
from tocsin.report.sharing import withheld
from tocsin.report.spreadsheet import TABLES, spreadsheet
from tocsin.settings import Settings

_DEFAULT = "client"


class _WithDefault(click.Group):
    """A group whose first command is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


class _PeriodArgument(click.ParamType):
    name = "period"

    def convert(self, value: str | Period, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        if isinstance(value, Period):
            return value
        try:
            return Period.parse(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


@click.group("report", cls=_WithDefault)
def command() -> None:
    """Report what was kept, or what a shift inherits; `report --tenant T --period 2026-10` means `report client`."""


@command.command(_DEFAULT)
@click.option("--tenant", required=True, help="The client whose report it is. It holds nothing of another one.")
@click.option(
    "--period", required=True, type=_PeriodArgument(), metavar="2026-10|2026-Q4|2026", help="Month, quarter or year."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "pdf", "csv", "json", "md"]),
    default="html",
    show_default=True,
    help="pdf needs pip install 'tocsin[report]'.",
)
@click.option(
    "--table", type=click.Choice(TABLES), default="attainment", show_default=True, help="The list that csv has."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="File.  [default: standard output]"
)
@click.option("--tlp", type=click.Choice([tlp.value for tlp in Tlp]), help="Withhold the content of stricter tickets.")
@source_argument()
def client(  # noqa: PLR0913 - its options
    *,
    spec: Spec,
    settings: Settings,
    tenant: str,
    period: Period,
    form: str,
    table: str,
    output: Path | None,
    tlp: str | None,
) -> None:
    """Make the report of a client: what was due in a month, quarter or year, and what became of it.

    It has the attainment beside what was promised, verdicts and credits, each breach with how its deadline came about,
    corrections, exclusions and waits, the times to detect, acknowledge, respond, contain and resolve, callbacks, the
    support log, open matters, and the head of the journal. Each figure leads to tickets, and these to offsets.

    FILE is a recorded file or the folder of an export; without it the cluster is read. It reads the journal, or folds
    the inbox where there is no journal. The same log gives the same bytes: the time of a report is that of the log.

    \b
    Examples:
      tocsin report --tenant acme --period 2026-10 --output acme-2026-10.html
      tocsin report --tenant acme --period 2026-Q4 --format pdf --output acme.pdf export/
      tocsin report --tenant acme --period 2026-10 --format csv --table promises

    Exit status: 0; 1 when the log has nothing of that client; 2 when an option or FILE is wrong; 69 when no broker
    answers.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    made = _report(spec, tenant, period)
    content = _content(withheld(made, Tlp(tlp)) if tlp else made, form, table)
    if output is None:
        click.get_binary_stream("stdout").write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise CommandError(f"The report cannot be written: {error}.", Exit.USAGE) from None


command.add_command(handover)


def _report(spec: Spec, tenant: str, period: Period) -> Report:
    with told_records(spec, READ) as records:
        try:
            return report_of(gathered(records(), tenant), period, version("tocsin"))
        except NoSuchTenant as error:
            raise CommandError(safe(f"{error}.")) from None
        except JournalUnreadable as error:
            raise CommandError(safe(f"The journal cannot be read: {error}."), Exit.USAGE) from None


def _content(report: Report, form: str, table: str) -> bytes:
    match form:
        case "pdf":
            try:
                return document(paper(report), parse(report.as_of))
            except NoTypst as error:
                raise CommandError(str(error), Exit.USAGE) from None
        case "csv":
            return spreadsheet(report, table).encode()
        case "json":
            return safe_json(msgspec.json.format(msgspec.json.encode(report)).decode()).encode() + b"\n"
        case "md":
            return markdown(paper(report)).encode()
        case _:
            return page(paper(report)).encode()
