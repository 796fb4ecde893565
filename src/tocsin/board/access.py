"""Who looks at the board, at which tenants, and who may act. The one place where a request becomes somebody."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Collection
from enum import StrEnum
from ipaddress import ip_address
from typing import NamedTuple

import structlog
from aiohttp import web
from pydantic import TypeAdapter, ValidationError
from yarl import URL

from tocsin.board.identity.file import EVERYBODY, AccessSpec, Name, ProxySpec, TokenSpec, read_access
from tocsin.board.identity.openid import NotKnownError, Person, Provider
from tocsin.board.identity.place import Place, place_of
from tocsin.board.identity.sessions import Sessions
from tocsin.board.identity.signed import KEY_LENGTH_MIN
from tocsin.contracts.errors import ContractError
from tocsin.domain.instant import HOUR, SECOND
from tocsin.loopback import is_loopback
from tocsin.settings import Settings, SettingsError
from tocsin.settings.secrets import read_secret
from tocsin.web.access import TOKEN_LENGTH_MIN
from tocsin.web.guesses import Guesses

_log = structlog.get_logger()

BACK = "/sign-in/back"
"""Where a provider leads browsers."""

_NAME = TypeAdapter(Name)
_SEVERAL = 2
_COOKIE_LENGTH_MAX = 3_800  # of 4,096 with its name, which browsers keep


class How(StrEnum):
    """How the board knows who asks."""

    NOBODY = "nobody"
    BEARER = "bearer"  # the token stands in the request
    PROXY = "proxy"
    SESSION = "session"


class Viewer(NamedTuple):
    """Whoever looks. `tenants` None means all of them; `name` is empty where nobody asked who it is.

    Forms are bound to `session`. `expires`: seconds since the epoch at which it ends; None where nothing ends it.
    """

    name: str = ""
    tenants: frozenset[str] | None = None
    acts: bool = False
    how: How = How.NOBODY
    session: str = ""
    expires: float | None = None

    def sees(self, tenant: str) -> bool:
        """True if what is of that tenant may be shown."""
        return self.tenants is None or tenant in self.tenants

    def seen(self, tenants: Collection[str]) -> list[str]:
        """Those of `tenants` that may be named."""
        return [tenant for tenant in tenants if self.sees(tenant)]

    @property
    def eyes(self) -> "Viewer":
        """Whoever sees the same: what they are shown is made once."""
        return Viewer(tenants=self.tenants)


class Begun(NamedTuple):
    """A session that has begun, as the cookie holds it."""

    name: str
    cookie: str


class Access:
    """Tells who makes a request, by what the access file says; without one, this machine looks and nobody acts."""

    def __init__(
        self, place: Place, spec: AccessSpec | None, sessions: Sessions, provider: Provider | None = None
    ) -> None:
        self.place = place
        self.sessions = sessions
        self.provider = provider
        self._spec = AccessSpec.model_construct(tokens={}, proxy=None, openid=None) if spec is None else spec
        self._guesses = Guesses(time.monotonic)
        self._names = {token.sha256: name for name, token in self._spec.tokens.items()}

    @property
    def lets_act(self) -> bool:
        """True if anybody may act."""
        return self._spec.lets_act

    @property
    def takes_tokens(self) -> bool:
        """True if somebody can sign in with a token."""
        return bool(self._names)

    @property
    def provider_title(self) -> str:
        """What the provider is called where somebody can sign in by one; empty where there is none."""
        return self._spec.openid.title if self._spec.openid and self.provider else ""

    @property
    def lets_sign_in(self) -> bool:
        """True if somebody can sign in here."""
        return self.takes_tokens or self.provider is not None

    def viewer(self, request: web.Request) -> Viewer:
        """Who looks. Raises an `HTTPException` for who may not."""
        self.place.require_own_name(request)
        found = self._bearer(request) or self._proxied(request) or self._signed_in(request)
        if found is None and not self.place.open:
            raise web.HTTPUnauthorized(text="The board does not know who you are.")
        return found or Viewer()

    def is_still(self, request: web.Request, viewer: Viewer) -> bool:
        """True while `viewer`, who made the request, may go on looking: nobody has signed out, nothing has expired."""
        try:
            return self.viewer(request) == viewer
        except web.HTTPException:
            return False

    def sign_in(self, token: str, request: web.Request) -> Begun:
        """A session for whoever shows `token`. Raises `HTTPUnauthorized`, or `HTTPTooManyRequests` who guesses."""
        name = self._owner(token)
        if name is None:
            raise self._guessed(request)
        return Begun(name, self.sessions.begin(name, self._spec.tokens[name].sha256))

    def vouched(self, provider: Provider, person: Person) -> Begun:
        """A session for somebody of whom `provider` has told. Raises `NotKnownError` where no cookie can hold it."""
        cookie = self.sessions.begin(person.name, provider.proof, acts=person.acts, tenants=person.tenants)
        if len(cookie) > _COOKIE_LENGTH_MAX:
            raise NotKnownError("The provider names more tenants than a session can hold.")
        return Begun(person.name, cookie)

    def sign_out(self, viewer: Viewer) -> None:
        """End the session of `viewer`."""
        if viewer.expires is not None:
            self.sessions.end(viewer.session, viewer.expires)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie. With that prefix browsers take it by TLS from this host alone."""
        return "__Host-tocsin-board" if self.place.secure else "tocsin-board"

    def require_own_form(self, viewer: Viewer, token: str) -> None:
        """Refuse a form that no page of this session has shown."""
        if viewer.how is not How.BEARER and not self.sessions.is_form_of(viewer.session, token):
            raise web.HTTPForbidden(text="The page is too old, or of another session: load it again.")

    def _owner(self, token: str) -> str | None:
        if len(token) < TOKEN_LENGTH_MIN:
            return None
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
        known = [name for shown, name in self._names.items() if hmac.compare_digest(shown, digest)]
        return known[0] if known else None

    def _guessed(self, request: web.Request) -> web.HTTPException:
        remote = request.remote or ""
        if self._guesses.guessed(remote):
            return web.HTTPTooManyRequests(text="Too many tokens that nobody has. Wait a minute.")
        _log.warning("token_not_known", remote=remote)
        return web.HTTPUnauthorized(text="Nobody has that token.", headers={"WWW-Authenticate": "Bearer"})

    def _bearer(self, request: web.Request) -> Viewer | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._names:
            return None
        name = self._owner(token.strip())
        if name is None:
            raise self._guessed(request)
        return _by_token(name, self._spec.tokens[name], How.BEARER)

    def _signed_in(self, request: web.Request) -> Viewer | None:
        session = self.sessions.read(request.cookies.get(self.cookie, ""))
        if session is None:
            return None
        token = self._spec.tokens.get(session.name)
        if self.provider is not None and session.proof == self.provider.proof:
            tenants = None if session.tenants is None else frozenset(session.tenants)
            viewer = Viewer(session.name, tenants, session.acts, How.SESSION)
        elif token is not None and token.sha256 == session.proof:
            viewer = _by_token(session.name, token, How.SESSION)
        else:
            return None
        return viewer._replace(session=session.id, expires=session.expires)

    def _proxied(self, request: web.Request) -> Viewer | None:
        proxy = self._spec.proxy
        if proxy is None or proxy.user not in request.headers:
            return None
        if not _is_from(proxy, request.remote):
            raise web.HTTPForbidden(text="A name is believed from the proxy alone.")
        return _by_proxy(proxy, request)


def _by_token(name: str, token: TokenSpec, how: How) -> Viewer:
    return Viewer(name, None if token.tenants is None else frozenset(token.tenants), token.acts, how)


def _by_proxy(proxy: ProxySpec, request: web.Request) -> Viewer:
    try:
        name = _NAME.validate_python(_only(request, proxy.user).strip())
    except ValidationError:
        raise web.HTTPForbidden(text="The proxy gives no name that can be used.") from None
    groups = _listed(request, proxy.groups)
    if not proxy.may_look(groups):
        raise web.HTTPForbidden(text=f"{name} is in no group that may look at the board.")
    tenants = _listed(request, proxy.tenants)
    everything = proxy.tenants is None or EVERYBODY in tenants
    return Viewer(name, None if everything else tenants, proxy.may_act(groups), How.PROXY, f"proxy {name}")


def _listed(request: web.Request, header: str | None) -> frozenset[str]:
    found = "" if header is None else _only(request, header)
    return frozenset(each.strip() for each in found.split(",") if each.strip())


def _only(request: web.Request, header: str) -> str:
    """The value of `header`, empty where there is none. Of two, one may be a stranger's."""
    values = request.headers.getall(header, [])
    if len(values) >= _SEVERAL:
        raise web.HTTPForbidden(text=f"The header {header} stands there more than once.")
    return values[0] if values else ""


def _is_from(proxy: ProxySpec, remote: str | None) -> bool:
    try:
        address = ip_address(remote or "")
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in proxy.addresses)


def access_for(settings: Settings) -> Access:
    """How requests become somebody. Raises `SettingsError` where anybody on a network could look."""
    spec = None
    if settings.board_access_file is not None:
        try:
            spec = read_access(settings.board_access_file)
        except ContractError as error:
            raise SettingsError(str(error)) from None
    place = place_of(settings, spec)
    seconds = settings.board_session_hours * HOUR / SECOND
    return Access(place, spec, Sessions(_keys(settings), seconds, time.time), _provider(settings, spec))


def _provider(settings: Settings, spec: AccessSpec | None) -> Provider | None:
    """The provider of the access file. Raises `SettingsError` where answers would pass a network in plaintext."""
    if spec is None or spec.openid is None or settings.board_access_file is None:
        return None
    issuer, file = URL(spec.openid.issuer), spec.openid.client_secret_file
    if issuer.scheme != "https" and not is_loopback(issuer.host or "") and not settings.allow_plaintext:
        raise SettingsError("openid.issuer must be https://...: whoever listens could act in another's name.")
    path = None if file is None else settings.board_access_file.parent / file

    def secret() -> str | None:
        return None if path is None else read_secret("openid.client_secret_file", path)

    secret()  # that it cannot be read is said at the start
    back = str(URL(settings.board_url or "") / BACK.lstrip("/"))
    return Provider(spec.openid, back, secret, time.time, plaintext=settings.allow_plaintext)


def _keys(settings: Settings) -> tuple[bytes, ...]:
    """The keys of the setting; without it one that ends with this process, and its sessions with it."""
    secret = settings.secret("board_session_key")
    if secret is None:
        return (secrets.token_bytes(KEY_LENGTH_MIN),)
    keys = tuple(key.strip().encode() for key in secret.split(","))
    if any(len(key) < KEY_LENGTH_MIN for key in keys):
        raise SettingsError(f"board_session_key is easily guessed: take {KEY_LENGTH_MIN} characters or more.")
    return keys
