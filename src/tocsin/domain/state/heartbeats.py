"""The last heartbeat of each notify: when the next one is expected."""

import msgspec

from tocsin.domain.events import NotifyEvent
from tocsin.domain.events.heartbeat import NotifyBeat, NotifyFellSilent, NotifyHeard
from tocsin.domain.instant import Instant


class Heartbeat(msgspec.Struct):
    """The time by which the next one is expected; `silent` once an alert has said that it is missing."""

    expected_by: Instant
    silent: bool = False


def evolve_heartbeats(event: NotifyEvent, heartbeats: dict[str, Heartbeat]) -> None:
    """Apply `event` to the heartbeats of a tenant, by name."""
    if isinstance(event, NotifyHeard | NotifyBeat):
        heartbeats[event.name] = Heartbeat(event.expected_by)
    elif isinstance(event, NotifyFellSilent):
        heartbeats[event.name].silent = True
    else:
        heartbeats.pop(event.name, None)


def next_silence(heartbeats: dict[str, Heartbeat]) -> Instant | None:
    """The time from which on the first of them is missing; None: none that is waited for."""
    return min((each.expected_by for each in heartbeats.values() if not each.silent), default=None)


def missing(heartbeats: dict[str, Heartbeat], now: Instant) -> list[NotifyFellSilent]:
    """The events that follow from those which are missing at `now`."""
    return [
        NotifyFellSilent(name=name, expected_by=each.expected_by)
        for name, each in heartbeats.items()
        if not each.silent and each.expected_by <= now
    ]
