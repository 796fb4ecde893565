"""An OpenID provider of a test's own: it knows one person, and looks at what it is asked as a real one does."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote_plus, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "tocsin-board", "a secret: of+the board/%"


class OpenIdProvider:
    """Who is known stands in `claims`; what a test spoils, in the other attributes."""

    def __init__(self) -> None:
        self.issuer = ""
        self.now = 0
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.shown_key: Any = self.key
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {"sub": "1", "login": "ada", "groups": ["soc-analysts"], "tenants": ["acme"]}
        self.configuration: dict[str, Any] = {}
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/.well-known/openid-configuration", self._configuration),
            web.get("/authorize", self._authorize),
            web.post("/token", self._token),
            web.get("/keys", self._keys),
        ]

    async def _configuration(self, request: web.Request) -> web.Response:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.asked.append("configuration")
        return web.json_response({**found, **self.configuration})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert (asked["scope"], asked["code_challenge_method"]) == ("openid profile", "S256")
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        page = f'<a href="{asked["redirect_uri"]}?{back.replace("&", "&amp;")}">I am Ada</a>'
        return web.Response(text=page, content_type="text/html")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self._codes.pop(str(form["code"]), {})
        known = base64.b64encode(f"{CLIENT}:{quote_plus(SECRET)}".encode()).decode()
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        fits = (
            request.headers["Authorization"] == f"Basic {known}"
            and form["redirect_uri"] == asked.get("redirect_uri")
            and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked.get("code_challenge")
        )
        if not fits:
            return web.json_response({"error": "invalid_grant"}, status=400)
        told = {"iss": self.issuer, "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": asked["nonce"]}
        claims = {name: value for name, value in {**told, **self.claims}.items() if value is not None}
        token = jwt.encode(self.header, claims, self.key, algorithms=["RS256", "HS256", "none"])
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})

    async def _keys(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.shown_key.as_dict(private=False)]})


@asynccontextmanager
async def provided() -> AsyncIterator[OpenIdProvider]:
    """One that is served under a name of this machine that is another site than the board's."""
    provider = OpenIdProvider()
    app = web.Application()
    app.router.add_routes(provider.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        provider.issuer = f"http://localhost:{runner.addresses[0][1]}"
        yield provider
    finally:
        await runner.cleanup()
