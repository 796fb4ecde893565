"""Who may use the gateway: this machine, who shows the token, who has a certificate of ours."""

import ssl

from aiohttp import web
from aiohttp.typedefs import Middleware

from tocsin.loopback import is_loopback
from tocsin.settings import Settings, SettingsError
from tocsin.web.access import OPEN, TOKEN_LENGTH_MIN, answering, refuse_strangers
from tocsin.web.tls import server_tls

_SIGNED = "/twilio/"
"""Paths whose requests bring a proof of their own."""


def require_trust(settings: Settings) -> str | None:
    """The token that requests and mail clients must show; None where none is needed.

    Raises `SettingsError` where a network would reach the gateway, and it trusts anybody or speaks in clear.
    """
    token = settings.secret("gateway_token")
    if token is not None and len(token) < TOKEN_LENGTH_MIN:
        raise SettingsError(f"gateway_token is easily guessed: take {TOKEN_LENGTH_MIN} characters or more.")
    if settings.gateway_tls_client_ca_file and not settings.gateway_tls_certificate_file:
        raise SettingsError("gateway_tls_client_ca_file is set without gateway_tls_certificate_file.")
    if is_loopback(settings.gateway_host):
        return token
    if token is None and settings.gateway_tls_client_ca_file is None:
        raise SettingsError(
            f"gateway_host is {settings.gateway_host}, where a network reaches it: set gateway_token_file to what "
            "senders must show, or gateway_tls_client_ca_file to the authority of their certificates."
        )
    if settings.gateway_tls_certificate_file is None and not settings.allow_plaintext:
        raise SettingsError(
            f"gateway_host is {settings.gateway_host}, and messages and tokens would reach it in plaintext: set "
            "gateway_tls_certificate_file; or, where nobody can listen on the way, allow_plaintext to true."
        )
    return token


def gateway_tls(settings: Settings) -> ssl.SSLContext | None:
    """TLS as the settings say; None without a certificate. Raises `SettingsError`."""
    return server_tls(
        "the gateway",
        settings.gateway_tls_certificate_file,
        settings.gateway_tls_key_file,
        settings.gateway_tls_client_ca_file,
    )


def gateway_guard(settings: Settings) -> Middleware:
    """Let in who shows the token, or has come with a certificate of ours, or is on this machine.

    No web page may send anything: a browser on this machine says where the page is from.
    """
    token = require_trust(settings)
    by_certificate = settings.gateway_tls_client_ca_file is not None

    def require(request: web.Request) -> None:
        if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") != "none":
            raise web.HTTPForbidden(text="Web pages may not send messages.\n")
        if request.path != OPEN and not request.path.startswith(_SIGNED) and not by_certificate:
            refuse_strangers(request, token)

    return answering(require)
