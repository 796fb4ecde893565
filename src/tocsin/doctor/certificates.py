"""The time at which certificates expire, the brokers' and ours in files."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from tocsin.doctor.finding import Finding, Level
from tocsin.domain.instant import DAY, SECOND, Instant, from_datetime, show
from tocsin.settings import Settings
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.clients import admin_client, client_options

NAME = "certificates"
SOON = 30 * DAY
_ATTEMPT_SECONDS = 5.0
_FILES = ("tls_certificate_file", "gateway_tls_certificate_file", "board_tls_certificate_file")


class Certificate(NamedTuple):
    """Whose certificate it is, and when it expires; None: it cannot be read."""

    whose: str
    expires_at: Instant | None


async def check(settings: Settings) -> list[Finding]:
    """Findings about each certificate."""
    found = [_in_file(name, path) for name in _FILES if (path := getattr(settings, name)) is not None]
    if settings.security_protocol.endswith("SSL"):
        found += [each async for each in _of_brokers(settings)]
    return judge(found, int(time.time() * SECOND))


def _in_file(name: str, path: Path) -> Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return Certificate(f"{name} ({path})", None)
    return Certificate(f"{name} ({path})", from_datetime(certificate.not_valid_after_utc))


async def _of_brokers(settings: Settings) -> AsyncIterator[Certificate]:
    async with admin_client(settings) as admin:
        brokers = sorted((broker.host, broker.port) for broker in compat.brokers(admin))
    context: ssl.SSLContext = client_options(settings)["ssl_context"]
    for host, port in brokers:
        async with asyncio.timeout(_ATTEMPT_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        expires = x509.load_der_x509_certificate(shown).not_valid_after_utc
        yield Certificate(f"the broker at {host}:{port}", from_datetime(expires))


def judge(certificates: Iterable[Certificate], now: Instant) -> list[Finding]:
    """A fault for one that has expired, a warning for one that does so within 30 days."""
    found = [_judged(each, now) for each in certificates]
    return found or [Finding(NAME, Level.OK, "These settings name no certificate.")]


def _judged(certificate: Certificate, now: Instant) -> Finding:
    whose, expires_at = certificate
    renew = "renew it, and restart whoever has loaded it"
    if expires_at is None:
        return Finding(NAME, Level.FAULT, f"There is no readable certificate in {whose}.", renew)
    if expires_at <= now:
        return Finding(NAME, Level.FAULT, f"The certificate of {whose} expired at {show(expires_at)}.", renew)
    if expires_at < now + SOON:
        days = (expires_at - now) // DAY
        return Finding(
            NAME, Level.WARNING, f"The certificate of {whose} expires in {days} days, at {show(expires_at)}.", renew
        )
    return Finding(NAME, Level.OK, f"The certificate of {whose} is good until {show(expires_at)}.")
