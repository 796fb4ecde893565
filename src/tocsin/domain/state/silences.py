"""Silences of a tenant, and what of an incident paging systems have not been told.

An incident that is open is *hidden* while paging systems do not know of it: it opened within a silence, or was taken
back when one began. One that is not hidden may have had something held back, such as the page to one role.
"""

from collections.abc import Collection
from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.domain.events.silence import (
    AlertSilenced,
    IncidentSilenced,
    IncidentUnsilenced,
    Match,
    SilenceBegun,
    SilenceEnded,
    SilenceEvent,
    SilencePlanned,
)
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import PagingAction

SEEN_MAX = 20
"""The number of differing detections of a ticket that are kept; one with more is quietened by no source."""


class Seen(NamedTuple):
    """What a sensor has seen, by the names that it gives it."""

    source: str
    signature: str
    asset: str


MORE = Seen("", "", "")
"""Stands for all beyond those that are kept."""


class Silence(msgspec.Struct, kw_only=True):
    """A silence that is planned, or in force since it has `begun`."""

    name: str
    match: Match
    reason: str
    by: str
    begins_at: Instant
    until: Instant
    begun: bool
    swallowed: int = 0  # alerts


class Muted(NamedTuple):
    """An incident of which something was not told, and the silence that kept it. `heard`: it was told before."""

    incident: str
    silence: str
    hidden: bool
    heard: bool


class Quiet(msgspec.Struct):
    """What paging systems have not been told of a ticket, or of a tenant."""

    muted: tuple[Muted, ...] = ()  # incidents that are open
    unheard: tuple[Muted, ...] = ()  # incidents that are over and were never told
    changes: int = 0  # how often an incident was taken back, or told after all

    def of(self, incident: str) -> Muted | None:
        """What is known of an incident; None where all of it was told."""
        return next((each for each in self.muted if each.incident == incident), None)

    def tidy(self, still_open: Collection[str]) -> None:
        """Let go of incidents that are over, and keep in mind those of which nobody has heard."""
        over = [each for each in self.muted if each.incident not in still_open]
        if not over and not self.unheard:
            return
        never_told = (each for each in over if each.hidden and not each.heard)
        self.muted = tuple(each for each in self.muted if each.incident in still_open)
        self.unheard = tuple(each for each in (*self.unheard, *never_told) if each.incident not in still_open)


def with_event(quiet: Quiet | UnsetType, event: SilenceEvent) -> Quiet:
    """What has not been told after `event`; where any silence began it is set from then on."""
    quiet = Quiet() if quiet is UNSET else quiet
    if not isinstance(event, AlertSilenced | IncidentSilenced | IncidentUnsilenced):
        return quiet
    before = quiet.of(event.incident)
    others = tuple(each for each in quiet.muted if each.incident != event.incident)
    if isinstance(event, IncidentUnsilenced):
        quiet.muted, quiet.changes = others, quiet.changes + 1
    elif isinstance(event, IncidentSilenced):
        taken_back = Muted(event.incident, event.silence, hidden=True, heard=True)
        quiet.muted, quiet.changes = (*others, taken_back), quiet.changes + 1
    elif event.action is PagingAction.TRIGGER and event.opens:
        quiet.muted = (*others, Muted(event.incident, event.silence, hidden=True, heard=False))
    elif event.action is PagingAction.TRIGGER and before is None:
        quiet.muted = (*others, Muted(event.incident, event.silence, hidden=False, heard=True))
    return quiet


def known(silences: tuple[Silence, ...] | UnsetType) -> tuple[Silence, ...]:
    """The silences of a tenant, planned or in force."""
    return () if silences is UNSET else silences


def with_silence(silences: tuple[Silence, ...] | UnsetType, event: SilenceEvent) -> tuple[Silence, ...] | UnsetType:
    """The silences of a tenant after `event`; unset where there is none."""
    others = tuple(each for each in known(silences) if each.name != event.silence)
    if isinstance(event, SilencePlanned | SilenceBegun):
        return (*others, _silence(event))
    if isinstance(event, SilenceEnded):
        return others or UNSET
    if isinstance(event, AlertSilenced):
        for each in known(silences):
            each.swallowed += each.name == event.silence
    return silences


def _silence(event: SilencePlanned | SilenceBegun) -> Silence:
    return Silence(
        name=event.silence,
        match=event.match,
        reason=event.reason,
        by=event.analyst,
        begins_at=event.begins_at,
        until=event.until,
        begun=isinstance(event, SilenceBegun),
    )


def next_turn(silences: tuple[Silence, ...] | UnsetType) -> Instant | None:
    """The time at which the next of them begins or ends; None where there is none."""
    return min((each.until if each.begun else each.begins_at for each in known(silences)), default=None)


def turning(silences: tuple[Silence, ...] | UnsetType, at: Instant) -> tuple[Silence, ...]:
    """Those of them that begin or end by `at`."""
    return tuple(each for each in known(silences) if (each.until if each.begun else each.begins_at) <= at)
