"""`tocsin tenants readopt`: what was opened under a contract that was adopted by mistake is judged by the right one."""

import json
from collections.abc import Iterator

import click

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._outcome import outcome_of
from tocsin.cli._settings import settings_options
from tocsin.cli._types import TIME
from tocsin.client import standing, tickets
from tocsin.client.desk import Reply, ask
from tocsin.domain.commands.desk import Readopt
from tocsin.domain.decide.cover import TERM_OVER, server_meant
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.render.text import safe, safe_json
from tocsin.settings import Settings

_RIGHT_ALREADY = "same_contract"


@click.command("readopt")
@click.argument("tenant")
@click.option("--since", type=TIME, required=True, help="When the mistaken contract was adopted.")
@click.option("--analyst", envvar=["USER", "LOGNAME"], required=True, help="Who acts.  [default: $USER]")
@click.option(
    "--timeout", "seconds", type=click.FloatRange(min=0), default=10.0, show_default=True, help="Seconds for each."
)
@settings_options()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each ticket.")
def readopt(  # noqa: PLR0913 - its options
    tenant: str, since: Instant, analyst: str, seconds: float, settings: Settings, *, as_json: bool
) -> None:
    """Judge the tickets of TENANT that were opened since a mistaken adoption by the contract that it has now.

    Adopt the right contract first (`plan`, `adopt`). Then each ticket that was opened since and is under another one is
    moved as `tocsin desk readopt --mistaken` moves it, closed ones too: what the mistaken contract judged is judged
    anew from the start, and what was told wrongly is corrected. A ticket keeps its priority. Said again it goes on.

    \b
    Example:
      tocsin tenants readopt acme --since 2026-03-14T09:00:00Z

    Exit status: 0, also where no ticket is left to move; 1 one was refused, 3 no answer in time.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    adopted = run(standing.read_adopted(settings)).get(tenant)
    if adopted is None:
        raise CommandError(safe(f"{tenant} has adopted no contract: `tocsin tenants plan` shows what would be."))
    found = run(tickets.read(settings, lambda ticket: _is_meant(ticket, adopted, since)))
    replies = []
    for ticket, reply in _moved(settings, [each.ticket for each in found], analyst, seconds):
        _say(ticket, reply, as_json=as_json)
        replies.append(reply)
    if not as_json:
        click.echo(f"{sum(bool(reply and reply.applied) for reply in replies)} of {len(replies)} tickets were moved.")
    if not all(replies):
        raise CommandError("No answer in time; is a worker running? Say it again, it goes on.", Exit.NO_ANSWER)
    if not all(reply.applied or reply.reason == _RIGHT_ALREADY for reply in replies if reply):
        raise CommandError("Not every ticket was moved.")


def _is_meant(ticket: Ticket, adopted: Tenant, since: Instant) -> bool:
    """Returns whether it may have to be moved; the fold has the last word."""
    if ticket.tenant != adopted.name or ticket.opened_at < since:
        return False
    server = server_meant(adopted, ticket.server)
    plans = {each.plan for each in adopted.servers if each.name == server} or {adopted.plan}
    follows = ticket.contract == adopted.contract and (ticket.plan in plans or "server" in ticket.notices)
    return not follows or ticket.server != server or TERM_OVER in ticket.ruled_out


def _moved(
    settings: Settings, found: list[Ticket], analyst: str, seconds: float
) -> Iterator[tuple[Ticket, Reply | None]]:
    for ticket in found:
        data = {"ticket": ticket.id, "analyst": analyst, "mistaken": True}
        yield ticket, run(ask(settings, Readopt.TYPE, data, ticket.tenant, seconds))


def _say(ticket: Ticket, reply: Reply | None, *, as_json: bool) -> None:
    outcome = outcome_of(reply)
    if as_json:
        click.echo(safe_json(json.dumps({"ticket": ticket.number, **outcome})))
    else:
        why = reply.refusal if reply else ""
        click.echo(safe(" ".join(filter(None, (f"{ticket.number}: {outcome['outcome']}.", why)))))
