"""The days on which a server has its plan."""

from datetime import date

from tocsin.contracts.notation.targets import show_target
from tocsin.domain.contract.calendar import ALWAYS_OPEN, WorkingCalendar
from tocsin.domain.contract.model import Contract, Term
from tocsin.domain.contract.rules import Server
from tocsin.domain.contract.target import Target
from tocsin.domain.instant import parse, to_datetime
from tocsin.domain.time.deadlines import deadline
from tocsin.tenants.model import ServerSpec

_EVERY_DAY = WorkingCalendar(timezone="UTC", week=ALWAYS_OPEN)


def covered_server(server: ServerSpec, contract: Contract, timezone: str) -> Server:
    """The server with the days of its plan in `timezone`, the day of installation being the first.

    Raises `ValueError` if the contract has no such plan for servers, or not for so long.
    """
    term = _term_of(server, contract)
    until = _end(server.installed, server.term or term.shortest)
    if not _end(server.installed, term.shortest) <= until <= _end(server.installed, term.longest):
        raise ValueError(
            f"the plan {server.plan} holds from {show_target(term.shortest)} to {show_target(term.longest)} "
            f"({term.cites.clause})"
        )
    return Server(
        name=server.name, plan=server.plan, covered_from=server.installed, covered_until=until, timezone=timezone
    )


def _term_of(server: ServerSpec, contract: Contract) -> Term:
    plans = {name: plan.term for name, plan in contract.plans.items() if plan.term}
    term = plans.get(server.plan)
    if term is None:
        raise ValueError(
            f"{contract.name} has no plan {server.plan!r} for a server; it has {', '.join(plans) or 'none at all'}"
        )
    return term


def _end(installed: date, term: Target) -> date:
    """The first day after the term."""
    return to_datetime(deadline(parse(f"{installed}T00:00:00Z"), term, _EVERY_DAY)).date()
