"""The addresses that the board has for browsers: which names lead to it, and which pages are its own."""

from typing import NamedTuple

from aiohttp import web
from yarl import URL

from tocsin.board.identity.file import AccessSpec
from tocsin.loopback import is_loopback
from tocsin.settings import Settings, SettingsError

_OF_A_PROXY = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")


class Place(NamedTuple):
    """Where browsers find the board. `url` None: on this machine, by whatever name of loopback.

    `tls`: the board itself has a certificate. `open`: whoever is on this machine may look at everything.
    """

    url: str | None
    tls: bool
    open: bool

    @property
    def secure(self) -> bool:
        """True if browsers reach the board by TLS alone."""
        return self.url.startswith("https:") if self.url else self.tls

    def require_own_name(self, request: web.Request) -> None:
        """Refuse who asks under another name: a page from elsewhere may have one that leads here."""
        host = _host(request)
        known = is_loopback(host) if self.url is None else host == URL(self.url).host
        if not known:
            raise web.HTTPMisdirectedRequest(text="The board is asked for under a name that is not its own.")
        if self.url is None and any(name in request.headers for name in _OF_A_PROXY):
            raise web.HTTPMisdirectedRequest(
                text="A proxy asks for others: set board_url to the board's address for them."
            )

    def is_own_page(self, request: web.Request) -> bool:
        """True if a page of the board, and none from elsewhere, has sent this."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        return site == "same-origin" and request.headers.get("Origin", "") == self._origin(request)

    def _origin(self, request: web.Request) -> str:
        if self.url is None:
            return f"{'https' if self.tls else 'http'}://{request.host}"
        return str(URL(self.url).origin())


def _host(request: web.Request) -> str:
    return (request.url.host or "").rstrip(".").lower()


def place_of(settings: Settings, spec: AccessSpec | None) -> Place:
    """Where the board is found. Raises `SettingsError` where a network would reach it, and it trusts anybody there.

    Also where names, tokens or tickets would pass a network in plaintext.
    """
    url, tls = settings.board_url, settings.board_tls_certificate_file is not None
    if spec is None and not is_loopback(settings.board_host):
        raise SettingsError(
            f"board_host is {settings.board_host}, where a network reaches it, and the board asks nobody who they "
            "are: set board_access_file, or leave board_host at 127.0.0.1."
        )
    if spec is None and url is not None:
        raise SettingsError("board_url is set without board_access_file: others would see everything.")
    if url is None and spec is not None and (spec.by_others or not is_loopback(settings.board_host)):
        raise SettingsError("board_url is needed: the address of the board as browsers have it, https://HOST/.")
    if url is not None and URL(url).relative() != URL("/"):
        raise SettingsError("board_url must end with the first / behind the host: the board has no path of its own.")
    if not settings.allow_plaintext:
        _require_tls(settings, tls=tls)
    return Place(url, tls, url is None and (spec is None or not spec.hides))


def _require_tls(settings: Settings, *, tls: bool) -> None:
    unless = "; or, where nobody can listen on the way, allow_plaintext to true."
    url = URL(settings.board_url or "")
    if url.scheme == "http" and not is_loopback(url.host or ""):
        raise SettingsError(f"board_url must be https://...: whoever listens could act in another's name{unless}")
    if not tls and not is_loopback(settings.board_host):
        raise SettingsError(
            f"board_host is {settings.board_host}, and names and tickets would pass a network in plaintext: set "
            f"board_tls_certificate_file{unless}"
        )
