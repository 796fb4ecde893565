"""Signing in at an OpenID provider: authorization code with PKCE, the ID token judged by the provider's keys.

What the provider says of somebody is asked once for each session.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import aiohttp
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from pydantic import TypeAdapter, ValidationError
from yarl import URL

from tocsin.board.identity.file import EVERYBODY, Name, OpenIdSpec
from tocsin.loopback import is_loopback

TRIP_SECONDS = 600
"""How long somebody may take at the provider."""

_SECONDS = 8.0
_AT_ONCE = 4
_ANSWER_BYTES_MAX = 256 * 1024
_CONFIGURATION_SECONDS = 300.0
_LEEWAY_SECONDS = 60
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Each proves that the provider has signed; none of them is made with a secret that is ours as well."""

_NAME = TypeAdapter(Name)

_log = structlog.get_logger()


class NotKnownError(Exception):
    """Somebody could not be signed in; the message is a sentence for them."""


class Trip(NamedTuple):
    """What is remembered of somebody who has gone to the provider. `expires`: seconds since the epoch."""

    expires: float
    state: str
    nonce: str
    verifier: str
    back: str

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier, which it is shown later."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Person(NamedTuple):
    """Who has signed in, and what they may."""

    name: str
    acts: bool
    tenants: tuple[str, ...] | None


class Provider:
    """An OpenID provider. `back`: the address to which it leads browsers. `secret`: ours, where we have one."""

    def __init__(
        self,
        spec: OpenIdSpec,
        back: str,
        secret: Callable[[], str | None],
        now: Callable[[], float],
        *,
        plaintext: bool = False,
    ) -> None:
        self._spec = spec
        self._back = back
        self._secret = secret
        self._now = now
        self._plaintext = plaintext
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._configuration: tuple[float, dict[str, Any]] | None = None

    @property
    def proof(self) -> str:
        """What sessions that it has vouched for stand on."""
        return f"{self._spec.issuer} {self._spec.client_id}"

    def trip(self, back: str) -> Trip:
        """One that begins now, and leads to the path `back` in the end."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return Trip(self._now() + TRIP_SECONDS, state, nonce, verifier, back)

    async def address(self, trip: Trip) -> str:
        """Where a browser is led to sign in. Raises `NotKnownError`."""
        asked = {
            "response_type": "code",
            "client_id": self._spec.client_id,
            "redirect_uri": self._back,
            "scope": " ".join(dict.fromkeys(("openid", *self._spec.scopes))),
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
        }
        return str(URL(await self._endpoint("authorization_endpoint")).update_query(asked))

    async def person(self, answer: Mapping[str, str], trip: Trip | None) -> Person:
        """Who came back from `trip` with that answer. Raises `NotKnownError`."""
        state = answer.get("state", "").encode("utf-8", "surrogatepass")
        if trip is None or trip.expires <= self._now() or not hmac.compare_digest(state, trip.state.encode()):
            raise NotKnownError("This sign-in was begun elsewhere, or too long ago. Begin again.")
        if answer.get("iss", self._spec.issuer) != self._spec.issuer:
            raise NotKnownError("Another provider has answered than the one that was asked.")
        if "code" not in answer:
            raise NotKnownError("The provider has not signed you in.")
        claims = await self._claims(await self._token(answer["code"], trip), trip)
        return _person(self._spec, claims)

    async def _token(self, code: str, trip: Trip) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "client_id": self._spec.client_id,
            "code_verifier": trip.verifier,
        }
        secret = self._secret()
        headers = {} if secret is None else {"Authorization": _basic(self._spec.client_id, secret)}
        address = await self._endpoint("token_endpoint")
        return str((await self._asked("POST", address, data=form, headers=headers)).get("id_token", ""))

    async def _claims(self, token: str, trip: Trip) -> dict[str, Any]:
        keys = await self._asked("GET", await self._endpoint("jwks_uri"))
        must: Any = {
            "iss": {"essential": True, "value": self._spec.issuer},
            "aud": {"essential": True, "value": self._spec.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True, "value": trip.nonce},
        }
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]  # it is judged there
            JWTClaimsRegistry(now=int(self._now()), leeway=_LEEWAY_SECONDS, **must).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise self._wrong(f"its ID token is not valid: {type(error).__name__}") from None
        if claims.get("azp", self._spec.client_id) != self._spec.client_id:
            raise self._wrong("its ID token is for another client")
        return dict(claims)

    async def _endpoint(self, name: str) -> str:
        found = (await self._configured()).get(name)
        url = URL(found) if isinstance(found, str) else URL()
        if url.scheme == "https" or (url.scheme == "http" and (self._plaintext or is_loopback(url.host or ""))):
            return str(url)
        raise self._wrong(f"its configuration has no {name} by https")

    async def _configured(self) -> dict[str, Any]:
        kept, now = self._configuration, self._now()
        if kept is None or not 0 <= now - kept[0] < _CONFIGURATION_SECONDS:
            where = f"{self._spec.issuer.rstrip('/')}/.well-known/openid-configuration"
            kept = (now, await self._asked("GET", where))
            if kept[1].get("issuer") != self._spec.issuer:
                raise self._wrong("its configuration is of another issuer")
            self._configuration = kept
        return kept[1]

    async def _asked(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            async with (
                self._at_once,
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
                session.request(method, url, allow_redirects=False, **more) as answer,
            ):
                body = b""
                async for chunk in answer.content.iter_chunked(16 * 1024):
                    body += chunk
                    if len(body) > _ANSWER_BYTES_MAX:
                        raise self._wrong(f"{url} answers too much")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise self._wrong(f"{url} cannot be asked: {type(error).__name__}") from None
        if not answer.ok:
            raise self._wrong(f"{url} answers {answer.status}")
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise self._wrong(f"{url} answers no JSON object")
        return document

    def _wrong(self, why: str) -> NotKnownError:
        """What went wrong is for the log: whoever signs in can do nothing about it."""
        _log.warning("provider_failed", issuer=self._spec.issuer, why=why)
        return NotKnownError("The provider cannot be asked who you are, or its answer is not valid. Try again.")


def _basic(client_id: str, secret: str) -> str:
    """As OAuth has it: both are encoded as in a form before they are joined."""
    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(joined.encode()).decode()}"


def _person(spec: OpenIdSpec, claims: Mapping[str, Any]) -> Person:
    try:
        name = _NAME.validate_python(claims.get(spec.name), strict=True)
    except ValidationError:
        raise NotKnownError("The provider gives no name that can be used.") from None
    groups = _listed(claims, spec.groups)
    if not spec.may_look(groups):
        raise NotKnownError(f"{name} is in no group that may look at the board.")
    tenants = _listed(claims, spec.tenants)
    everything = spec.tenants is None or EVERYBODY in tenants
    return Person(name, spec.may_act(groups), None if everything else tuple(sorted(tenants)))


def _listed(claims: Mapping[str, Any], claim: str | None) -> frozenset[str]:
    found = claims.get(claim) if claim else None
    values = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return frozenset(each for each in values if isinstance(each, str))
