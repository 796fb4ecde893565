"""Who may look at the board, and at which tenants. The one place where a request becomes somebody."""

from collections.abc import Collection
from typing import NamedTuple, Protocol

from aiohttp import web

from tocsin.loopback import is_loopback
from tocsin.settings import Settings, SettingsError


class Viewer(NamedTuple):
    """Whoever looks. `tenants` None means all of them; `name` is empty where nobody asked who it is."""

    name: str = ""
    tenants: frozenset[str] | None = None

    def sees(self, tenant: str) -> bool:
        """True if what is of that tenant may be shown."""
        return self.tenants is None or tenant in self.tenants

    def seen(self, tenants: Collection[str]) -> list[str]:
        """Those of `tenants` that may be named."""
        return [tenant for tenant in tenants if self.sees(tenant)]


class Access(Protocol):
    """Tells who makes a request."""

    def viewer(self, request: web.Request) -> Viewer:
        """Who looks. Raises an `HTTPException` for who may not."""


class OnThisMachine:
    """Lets everybody on this machine look at everything, and nobody else."""

    def viewer(self, request: web.Request) -> Viewer:
        """See `Access`. A page from elsewhere, whose name leads a browser here, is refused by the Host header."""
        if not is_loopback((request.url.host or "").rstrip(".")):
            raise web.HTTPMisdirectedRequest(text="The board is asked for under a name that is not its own.")
        return Viewer()


def access_for(settings: Settings) -> Access:
    """How requests become somebody. Raises `SettingsError` where anybody on a network could look."""
    if not is_loopback(settings.board_host):
        raise SettingsError(
            f"board_host is {settings.board_host}, where a network reaches it, and the board asks nobody who they "
            "are: leave board_host at 127.0.0.1."
        )
    return OnThisMachine()
