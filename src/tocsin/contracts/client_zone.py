"""The time zone that `client` stands for in a contract."""

from collections.abc import Iterable
from typing import NamedTuple

from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.notation.calendar import CLIENT, client_calendars
from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.overlay import OverlaySpec, overlay_calendars

WITHOUT_TENANT = "not known without a tenant"
NOT_GIVEN = "the tenant has none"


class ClientZone(NamedTuple):
    """The calendars that follow the client's time zone; `unknown` says why that zone is not known, if it is not."""

    calendars: frozenset[str]
    unknown: str = ""

    def shown(self, calendar: str, timezone: str) -> str:
        """The time zone of `calendar`; for one that follows the client that it does, and whether its zone is known."""
        if calendar not in self.calendars:
            return timezone
        return f"{CLIENT}: {self.unknown}, so {timezone}" if self.unknown else f"{CLIENT}: {timezone}"

    def owner(self, calendar: str) -> str:
        """For machines: `contract`, `client`, or `unknown client`, whose calendars are worked out in UTC."""
        if calendar not in self.calendars:
            return "contract"
        return f"unknown {CLIENT}" if self.unknown else CLIENT


def client_zone(
    contract: ContractSpec, overlays: Iterable[OverlaySpec], overrides: TenantOverrides, unknown: str
) -> ClientZone:
    """The calendars of both that follow the client's time zone, with those of the tenant in their place."""
    calendars = {**contract.calendars, **overlay_calendars(overlays), **overrides.calendars}
    return ClientZone(client_calendars(calendars), unknown)
