"""The time at which certificates expire, the brokers' and ours in files."""

import asyncio
import ssl
import time
from collections.abc import Iterable
from typing import NamedTuple

from aiokafka.conn import collect_hosts
from aiokafka.errors import KafkaError
from cryptography import x509

from tocsin.doctor.finding import Finding, Level
from tocsin.domain.instant import DAY, SECOND, Instant, from_datetime, show
from tocsin.settings import Settings
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.clients import admin_client
from tocsin.streams.kafka.refusals import RefusedError
from tocsin.tls.expiry import in_files

NAME = "certificates"
SOON = 30 * DAY
_ATTEMPT_SECONDS = 5.0


class Certificate(NamedTuple):
    """Whose certificate it is, and when it expires; None: it cannot be read."""

    whose: str
    expires_at: Instant | None


async def check(settings: Settings) -> list[Finding]:
    """Findings about each certificate, also of brokers that are not trusted because theirs has expired."""
    found = [Certificate(f"{each.setting} ({each.path})", each.expires_at) for each in in_files(settings)]
    if settings.security_protocol.endswith("SSL"):
        for host, port in await _addresses(settings):
            if (expires_at := await _shown_by(host, port)) is not None:
                found.append(Certificate(f"the broker at {host}:{port}", expires_at))
    return judge(found, int(time.time() * SECOND))


async def _addresses(settings: Settings) -> list[tuple[str, int]]:
    """Of each broker; of those that we know from the settings where the cluster does not answer us."""
    try:
        async with asyncio.timeout(2 * _ATTEMPT_SECONDS), admin_client(settings) as admin:
            return sorted((broker.host, broker.port) for broker in compat.brokers(admin))
    except (KafkaError, RefusedError, OSError):
        return [(host, port) for host, port, _ in collect_hosts(settings.bootstrap, randomize=False)]


async def _shown_by(host: str, port: int) -> Instant | None:
    """When the certificate expires that is shown there; None where nobody answers, or not by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is looked at, and nothing is said
    try:
        async with asyncio.timeout(_ATTEMPT_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, OverflowError):
        return None
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return from_datetime(x509.load_der_x509_certificate(shown).not_valid_after_utc)


def judge(certificates: Iterable[Certificate], now: Instant) -> list[Finding]:
    """A fault for one that has expired, a warning for one that does so within 30 days."""
    found = [_judged(each, now) for each in certificates]
    return found or [Finding(NAME, Level.OK, "These settings name no certificate.")]


def _judged(certificate: Certificate, now: Instant) -> Finding:
    whose, expires_at = certificate
    renew = "put a renewed one in its place; new connections use it"
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
