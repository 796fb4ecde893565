"""What `tocsin notify check` says of people: the roster against sinks and contracts, and where answers are taken."""

import asyncio
from collections.abc import Iterator

from tocsin.cli._contracts import directory_of
from tocsin.domain.contract.model import Contract
from tocsin.notify.file import findings, uses_roster
from tocsin.notify.model import NotifySpec
from tocsin.notify.paging import require_settings
from tocsin.roster.lint import lint_against
from tocsin.roster.reading import read_roster
from tocsin.roster.roster import Roster
from tocsin.settings import Settings


def checked(settings: Settings, spec: NotifySpec) -> list[str]:
    """A sentence for each thing that is probably not meant, in the notify file or in the roster.

    Raises `SettingsError`, `ContractError` or `CommandError` for what is wrong.
    """
    place = require_settings(settings, spec)
    file = settings.roster_file
    roster = asyncio.run(read_roster(file)) if file else None
    used = {each.via for person in roster.people.values() for each in person.reach} if roster else set()
    said = [f"{about}: {text}" for about, text in findings(spec, sorted(used & spec.sinks.keys()))]
    if roster is not None:
        said += _of_roster(roster, settings, spec)
    if uses_roster(spec) and place is None:
        said.append("answer_url is not set: pages have no link to be answered by")
    return said


def _of_roster(roster: Roster, settings: Settings, spec: NotifySpec) -> Iterator[str]:
    roles: set[str] = set()
    if settings.tenants_file is not None:
        tenants = directory_of(settings)
        roles = {role for name in tenants.names() for role in _roles(tenants.contract(name))}
    for each in lint_against(roster, roles, spec.sinks.keys()):
        yield f"roster, {each.about}: {each.text}"


def _roles(contract: Contract) -> set[str]:
    return {step.role for plan in contract.plans.values() for policy in plan.escalation for step in policy.steps}
