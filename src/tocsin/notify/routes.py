"""Which sinks an alert goes to. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from tocsin.domain.vocabulary import AlertKind, PagingAction
from tocsin.notify.alert import AlertContent
from tocsin.notify.model import ROSTER, RouteSpec

FOLLOWING = frozenset({PagingAction.ACKNOWLEDGE.value, PagingAction.RESOLVE.value})
"""Actions on an incident that is open already: they go wherever its trigger went, whatever the routes say."""

FOLLOWING_KINDS = frozenset(
    {
        AlertKind.ACKNOWLEDGED,
        AlertKind.UNACKNOWLEDGED,
        AlertKind.CLEARED,
        AlertKind.FORGOTTEN,
        AlertKind.SILENCED,
    }
)
"""Kinds that only ever follow an alert about the same incident."""


class Destination(NamedTuple):
    """Where an alert goes. `role`: who is paged by the roster; `paged` is false where the roster has no part in it."""

    sinks: frozenset[str]
    paged: bool
    role: str | None


class Routes:
    """The routes of the file."""

    def __init__(self, routes: Sequence[RouteSpec]) -> None:
        self._routes = routes

    def destination(self, alert: AlertContent) -> Destination:
        """Where the routes send an alert that opens something. Every route that fits adds its sinks."""
        fitting = [route for route in self._routes if _fits(route, alert)]
        paging = [route for route in fitting if ROSTER in route.to]
        role = alert.role or next((route.role for route in paging if route.role), None)
        sinks = frozenset(name for route in fitting for name in route.to if name != ROSTER)
        return Destination(sinks, bool(paging), role)


def follows(alert: AlertContent) -> bool:
    """True where it is about an incident that has been told before, so that it goes where that was told."""
    return alert.action in FOLLOWING or alert.kind in FOLLOWING_KINDS


def _fits(route: RouteSpec, alert: AlertContent) -> bool:
    return (
        _met(route.tenants, alert.tenant)
        and (not route.kinds or not _kinds(alert).isdisjoint(route.kinds))
        and _met(route.tiers, alert.tier)
        and _met(route.roles, alert.role)
        and _met(route.priorities, alert.priority)
        and _met(route.tlp, alert.tlp or "none")
    )


def _kinds(alert: AlertContent) -> set[str]:
    """The kinds as which a route knows `alert`: what a silence has held back comes as what it makes up for."""
    if alert.kind != AlertKind.UNSILENCED:
        return {alert.kind}
    made_up_for = {alert.kind, alert.present or alert.kind}
    return made_up_for | {AlertKind.ESCALATED.value} if alert.role else made_up_for


def _met(wanted: Sequence[object], found: object) -> bool:
    return not wanted or found in wanted
