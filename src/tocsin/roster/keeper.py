"""Keeps the roster up to date: file and calendars are read again and again, and a bad one changes nothing."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import structlog

from tocsin.contracts.errors import ContractError
from tocsin.domain.instant import DAY, Instant, show
from tocsin.roster.reading import KnownRoster, read_kept, read_known, write_kept
from tocsin.roster.roster import Person, Roster, Span

_AHEAD = 14 * DAY
"""How far a new roster is reckoned before it is trusted, as far as `Roster.on_duty` looks."""

_TURNS_MAX = 10_000

_log = structlog.get_logger()


class Turn(NamedTuple):
    """Who carries a role now: `person` None where nobody does, `why` says why. `roster` is its identity."""

    person: Person | None
    until: Instant | None
    roster: str | None
    why: str = ""


class RosterKeeper:
    """The roster in force, which is the last valid one; `problem` says why what stands there now is not in force.

    With `kept`, a file of its own, the last valid one outlives the process.
    """

    def __init__(self, path: Path, now: Callable[[], Instant], kept: Path | None = None) -> None:
        self._path = path
        self._kept = kept
        self._now = now
        self._turns: dict[tuple[str, str | None], Span] = {}
        self.known: KnownRoster | None = None
        self.problem: str | None = None
        self.read_at: Instant | None = None

    async def look(self) -> None:
        """Read file and calendars. What cannot be read or is wrong is logged once, and what was valid stays."""
        try:
            found = await read_known(self._path)
            if self.known is None or found.identity != self.known.identity:
                await asyncio.to_thread(_reckon, found.roster, self._now())
                self._adopt(found)
                await asyncio.to_thread(self._keep, found)
        except ContractError as error:
            if str(error) != self.problem:
                _log.error("roster_refused", problem=str(error), in_force=self.known and self.known.identity)
            self.problem = str(error)
            if self.known is None and self._kept is not None:
                await self._take_kept(self._kept)
            return
        if self.problem:
            _log.info("roster_valid_again", roster=found.identity)
        self.problem = None
        self.read_at = self._now()

    async def watch(self, seconds: float) -> None:
        """Look every `seconds` until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self.look()

    def turn(self, role: str, tenant: str | None, at: Instant) -> Turn:
        """Who carries `role` for that client at `at`."""
        if self.known is None:
            return Turn(None, None, None, "there is no valid roster")
        roster, identity, _ = self.known
        try:
            span = self._span(roster, role, tenant, at)
        except ContractError as error:
            return Turn(None, None, identity, str(error))
        if span.who is None:
            missing = role not in roster.role_names(tenant)
            why = f"the roster has no role {role!r}" if missing else f"nobody carries {role!r} until {show(span.end)}"
            return Turn(None, span.end, identity, why)
        return Turn(roster.people[span.who], span.end, identity)

    def person(self, key: str) -> Person | None:
        """The person of the roster in force with that key."""
        return self.known.roster.people.get(key) if self.known else None

    def hints(self) -> list[str]:
        """What somebody should look at, for /readyz."""
        if self.problem is None:
            return []
        force = "none" if self.known is None else "a kept one"
        if self.read_at is not None:
            force = f"that of {show(self.read_at)}"
        return [f"the roster is refused, {force} is in force: {self.problem}"]

    def _adopt(self, found: KnownRoster) -> None:
        self.known = found
        self._turns.clear()
        _log.info("roster_in_force", roster=found.identity, people=len(found.roster.people))

    def _keep(self, found: KnownRoster) -> None:
        if self._kept is not None:
            try:
                write_kept(self._kept, found)
            except OSError as error:
                _log.error("roster_not_kept", file=str(self._kept), problem=error.strerror)

    async def _take_kept(self, kept: Path) -> None:
        """What is kept and no longer good was told of when it was refused."""
        try:
            found = await asyncio.to_thread(read_kept, kept, self._path)
            await asyncio.to_thread(_reckon, found.roster, self._now())
        except ContractError as error:
            _log.warning("no_kept_roster", problem=str(error))
            return
        self._adopt(found)

    def _span(self, roster: Roster, role: str, tenant: str | None, at: Instant) -> Span:
        """As `on_duty`, reckoned once for a turn: in a storm each alert asks."""
        span = self._turns.get((role, tenant))
        if span is None or not span.start <= at < span.end:
            span = roster.on_duty(role, tenant, at)
            if len(self._turns) >= _TURNS_MAX:
                self._turns.clear()
            self._turns[role, tenant] = span
        return span


def _reckon(roster: Roster, now: Instant) -> None:
    """Raise `ContractError` where a calendar holds what cannot be reckoned."""
    for tenant in (None, *roster.roles_of_tenants):
        for role in roster.role_names(tenant):
            roster.spans(role, tenant, now, now + _AHEAD)
