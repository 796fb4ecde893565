"""`tocsin report handover`: what the next shift inherits."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click

from tocsin.board.replayed.player import Player
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._source import source_argument
from tocsin.cli._types import DURATION, TIME
from tocsin.contracts.errors import ContractError
from tocsin.domain.instant import DAY, Instant
from tocsin.domain.tlp import TLPS, Tlp
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.render.text import safe, safe_json
from tocsin.replay.fold import Unreplayable
from tocsin.report.handover import Shift, handover
from tocsin.report.handover_paper import as_json, paper
from tocsin.report.markdown import markdown
from tocsin.report.page import page
from tocsin.report.standing import READ, Standing, standing
from tocsin.roster.reading import read_known
from tocsin.roster.roster import Roster, Span
from tocsin.settings import Settings
from tocsin.story.words import UTC

_LOOK_AHEAD = 28 * DAY
_NO_END: Instant = 2**61


@click.command("handover")
@click.option("--shift", "role", required=True, metavar="ROLE", help="The role whose shift takes over.")
@click.option("--tenant", help="Only what is owed to this client, and its own layers of the roster.")
@click.option("--at", type=TIME, help="The shift that is on duty then.  [default: the next one]")
@click.option("--length", type=DURATION, default="8 h", show_default=True, help="Of a shift, where there is no roster.")
@click.option(
    "--tlp",
    type=click.Choice([tlp.value for tlp in TLPS]),
    help="Withhold the content of tickets with a stricter marking.",
)
@click.option("--format", "form", type=click.Choice(["md", "html", "json"]), default="md", show_default=True)
@click.option("--json", "json_wanted", is_flag=True, help="The same as --format json.")
@source_argument("roster_file")
def command(  # noqa: PLR0913 - its options
    *,
    spec: Spec,
    settings: Settings,
    role: str,
    tenant: str | None,
    at: Instant | None,
    length: Instant,
    tlp: str | None,
    form: str,
    json_wanted: bool,
) -> None:
    """Tell the next shift what it inherits: what is late or falls due within it, in order; what nobody has taken;
    callbacks that are owed, action plans with their timeframe, waits until a date; tickets that wait.

    The shift comes from the roster (--roster-file): without --at it is the next turn of the role, with it the one that
    is on duty then. A time before the end of the log is told as it was, by folding the inbox up to it.

    FILE is a recorded file or the folder of an export; without it the records are those of the cluster.

    \b
    Examples:
      tocsin report handover --shift "Shift lead" --roster-file roster.toml
      tocsin report handover --shift "Shift lead" --format html > handover.html
      tocsin report handover export/ --shift analyst --at 2026-03-02T20:00:00Z --tlp green
    """  # noqa: D205, D301 - click reads the backspace as: do not rewrap
    roster = _roster(settings.roster_file)
    with opened_source(spec) as source:
        stands = _standing(source, at)
    if tenant is not None and tenant not in stands.contacts:
        known = ", ".join(sorted(stands.contacts)) or "none"
        raise CommandError(f"This log has nothing of a tenant {tenant}; it has {known}.", Exit.USAGE)
    shift = _shift(role, roster, tenant, stands.clock, at, length)
    found = handover(stands, shift, tenant, Tlp(tlp) if tlp else None)
    if json_wanted or form == "json":
        click.echo(safe_json(as_json(found)))
    else:
        click.echo(page(paper(found)) if form == "html" else markdown(paper(found)), nl=form == "html")


def _roster(path: Path | None) -> Roster | None:
    if path is None:
        return None
    try:
        return asyncio.run(read_known(path)).roster
    except ContractError as error:
        raise CommandError(str(error), Exit.USAGE) from None


def _standing(source: RecordSource, at: Instant | None) -> Standing:
    """What stands at the end of the log, or stood at `at` where that was before. Raises `CommandError`."""
    inboxes = source.partitions(Topic.INBOX)
    if source.partitions(Topic.TICKETS):
        stands = standing(_records(source))
        if at is None or at >= stands.clock:
            return stands
    if not inboxes:
        raise CommandError("There is no inbox in it; what stood at a time follows from that.", Exit.USAGE)
    player = Player({each: source.records(Topic.INBOX, each) for each in inboxes})
    try:
        stands = standing(player.to(_NO_END if at is None else at))
    except Unreplayable as error:
        raise CommandError(safe(str(error)), Exit.USAGE) from None
    return stands if at is None or player.next_at is None else stands._replace(clock=at)


def _records(source: RecordSource) -> Iterator[Record]:
    return (it for topic in READ for place in source.partitions(topic) for it in source.records(topic, place))


def _shift(  # noqa: PLR0913, PLR0917 - what a shift follows from
    role: str, roster: Roster | None, tenant: str | None, clock: Instant, at: Instant | None, length: Instant
) -> Shift:
    """The shift that takes over. Raises `CommandError`."""
    begins = clock if at is None else at
    if roster is None:
        return Shift(role, (), begins, begins + length, UTC)
    known = {name.casefold(): name for name in roster.role_names(tenant)}
    name = known.get(role.casefold())
    if name is None:
        raise CommandError(f"There is no role {role!r}; there is {', '.join(map(repr, known.values()))}.", Exit.USAGE)
    spans = roster.spans(name, tenant, begins, begins + _LOOK_AHEAD)
    span = spans[0] if at is not None else _next_turn(spans)
    person = roster.people.get(span.who) if span.who else None
    who = (person.name,) if person else ()
    return Shift(name, who, span.start, span.end, person.zone if person else UTC)


def _next_turn(spans: list[Span]) -> Span:
    """The turn after the present one, at most a day long where the roster does not say its end."""
    following = next((after for before, after in pairwise(spans) if after.who not in (None, before.who)), None)
    return following or spans[0]._replace(end=min(spans[0].end, spans[0].start + DAY))
