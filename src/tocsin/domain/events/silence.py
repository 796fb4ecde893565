"""Decisions about silences: what nobody is paged about for a time. No clock depends on them."""

from tocsin.domain.events.base import BaseEvent
from tocsin.domain.fact import Fact
from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import AlertKind, PagingAction, SilenceEnd


class Match(Fact, omit_defaults=True):
    """What a silence is about: what is named must be so, and any of several. Nothing named: everything.

    `tickets` are ids. `servers`, `sources`, `signatures`, `assets` and `keys` are those of what machines have seen.
    """

    tickets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def about_machines(self) -> bool:
        """True if it names what machines have seen."""
        return bool(self.servers or self.assets or self.sources or self.signatures or self.keys)


class BaseSilenceEvent(BaseEvent):
    """An event about a silence: of the tenant, or of a ticket of which something is not told."""


class _SilenceAsked(BaseSilenceEvent):
    """A silence as somebody has asked for it."""

    PERSONAL = ("reason", "analyst")
    silence: str
    begins_at: Instant
    until: Instant
    reason: str
    analyst: str
    match: Match


class SilencePlanned(_SilenceAsked):
    """A silence that begins later."""

    TYPE = "SilencePlanned"


class SilenceBegun(_SilenceAsked):
    """From here on nobody is paged about what matches; what is open is taken back from paging systems."""

    TYPE = "SilenceBegun"


class SilenceEnded(BaseSilenceEvent):
    """The silence is over, and has swallowed so many alerts; what is still open and was not told is told now."""

    TYPE = "SilenceEnded"
    PERSONAL = ("analyst",)
    silence: str
    why: SilenceEnd
    swallowed: int
    analyst: str | None = None


class AlertSilenced(BaseSilenceEvent):
    """An alert was not published. `opens`: it is the first about this `incident`, which was not open before."""

    TYPE = "AlertSilenced"
    silence: str
    kind: AlertKind
    incident: str
    action: PagingAction
    opens: bool
    role: str | None = None


class IncidentSilenced(BaseSilenceEvent):
    """An incident that had been told is taken back from paging systems; it is open all the same."""

    TYPE = "IncidentSilenced"
    silence: str
    incident: str
    present: AlertKind


class IncidentUnsilenced(BaseSilenceEvent):
    """An open incident of which something was not told is told as it stands; no silence is about all of it now.

    `present` is what there is to tell of it, and `role` the highest who may be told, as far as one has been.
    """

    TYPE = "IncidentUnsilenced"
    silence: str
    incident: str
    present: AlertKind
    role: str | None = None
    tier: int | None = None


SilenceEvent = SilencePlanned | SilenceBegun | SilenceEnded | AlertSilenced | IncidentSilenced | IncidentUnsilenced
"""Every event about a silence."""
