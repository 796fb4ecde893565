"""The one place where settings become Kafka clients: how brokers are found, spoken to, trusted and told who we are."""

import ssl
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    AuthenticationFailedError,
    InvalidTopicError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.protocol.metadata import MetadataRequest

from tocsin.loopback import is_loopback
from tocsin.settings import Settings, SettingsError
from tocsin.settings.secrets import read_secret
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.refusals import RefusedError, refused_connection
from tocsin.tls.expiry import expiries
from tocsin.tls.renewed import RenewedTls


def client_options(settings: Settings) -> dict[str, Any]:
    """Arguments for every aiokafka client. Passwords are read from their files anew each time.

    Raises `SettingsError` where settings are missing or cannot be read, and where messages would leave this machine
    in plaintext without anybody having allowed it.
    """
    _refuse_plaintext(settings, (_host(address) for address in settings.bootstrap.split(",")))
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol in ("SSL", "SASL_SSL"):
        options["ssl_context"] = _tls(settings)
    if settings.security_protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        options |= _sasl(settings)
    return options


def certificates(settings: Settings) -> dict[str, float]:
    """When certificates expire, in seconds since 1970: those in our files, and brokers' as they show them."""
    encrypted = settings.security_protocol.endswith("SSL")
    return expiries(settings, _tls(settings).expiries if encrypted else {})


@asynccontextmanager
async def admin_client(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A started client for the cluster's own affairs.

    Whoever works with messages asks one first: it tells why brokers refuse us, which other clients only log. Brokers
    also say under which addresses they are reached; these too are refused where plaintext would leave this machine.

    Raises `SettingsError`, `RefusedError`; `KafkaError` or `OSError` where the brokers cannot be reached.
    """
    options = client_options(settings)
    admin = AIOKafkaAdminClient(**options)
    try:
        await _start(admin, options)
        _refuse_plaintext(settings, (broker.host for broker in compat.brokers(admin)))
        yield admin
    finally:
        await admin.close()


async def _start(admin: AIOKafkaAdminClient, options: Mapping[str, Any]) -> None:
    try:
        await admin.start()
    except KafkaError as error:
        if (why := await refused_connection(options)) is not None:
            raise RefusedError(why) from error
        raise


async def described(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The partitions of those of the topics `names` that exist, as brokers describe them. Creates none.

    Raises `TopicAuthorizationFailedError` where we may not know.
    """
    if not names:
        return {}
    answer = await compat.send(admin, MetadataRequest(list(names), allow_auto_topic_creation=False))
    topics = answer.to_object()["topics"]
    if hidden := {t["topic"] for t in topics if t["error_code"] == TopicAuthorizationFailedError.errno}:
        raise TopicAuthorizationFailedError(hidden)
    return {
        topic["topic"]: topic["partitions"]
        for topic in topics
        if topic["error_code"] not in (UnknownTopicOrPartitionError.errno, InvalidTopicError.errno)
    }


async def listed(admin: AIOKafkaAdminClient) -> frozenset[str]:
    """The names of all topics that we may know of. Creates none."""
    answer = await compat.send(admin, MetadataRequest(None, allow_auto_topic_creation=False))
    return frozenset(topic["topic"] for topic in answer.to_object()["topics"] if not topic["error_code"])


def _refuse_plaintext(settings: Settings, hosts: Iterable[str]) -> None:
    if settings.security_protocol.endswith("SSL") or settings.allow_plaintext:
        return
    strangers = sorted({host for host in hosts if not is_loopback(host)})
    if strangers:
        exposed = "Messages and credentials" if settings.security_protocol == "SASL_PLAINTEXT" else "Messages"
        raise SettingsError(
            f"{exposed} would reach {', '.join(strangers)} in plaintext (security_protocol is "
            f"{settings.security_protocol}). Set security_protocol to SSL or SASL_SSL; or, where nobody can listen on "
            "the way, allow_plaintext to true."
        )


def _host(address: str) -> str:
    return address.rpartition(":")[0]


def _tls(settings: Settings) -> RenewedTls:
    """The context of the settings' files, the same for all clients."""
    return _renewed(settings.tls_ca_file, settings.tls_certificate_file, settings.tls_key_file)


@lru_cache  # the system's certificates take a while to load, and a worker makes a client for each partition
def _renewed(ca: Path | None, certificate: Path | None, key: Path | None) -> RenewedTls:
    """TLS 1.2 or later, the broker's certificate and host name checked. Renewed files hold for new connections."""
    if key is not None and certificate is None:
        raise SettingsError("tls_key_file is set without tls_certificate_file.")
    return RenewedTls(lambda: _made(ca, certificate, key), (ca, certificate, key))


def _made(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:  # ssl's own errors are OSErrors
        raise SettingsError(f"tls_ca_file ({ca}) cannot be used: {_reason(error)}.") from None
    if certificate is not None:
        try:
            # without a password OpenSSL would ask for one at the terminal
            context.load_cert_chain(certificate, key, password="")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"tls_certificate_file ({certificate}) with its key ({key or 'in the same file'}) cannot be used: "
                f"{_reason(error)}. Both must be PEM and belong together; the key must not be encrypted."
            ) from None
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no certificate in it").lower().replace("_", " ")
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _sasl(settings: Settings) -> dict[str, Any]:
    mechanism = _needed(settings, "sasl_mechanism", settings.sasl_mechanism)
    if mechanism == "OAUTHBEARER":
        provider = TokenFile(_needed(settings, "sasl_token_file", settings.sasl_token_file))
        return {"sasl_mechanism": mechanism, "sasl_oauth_token_provider": provider}
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": _needed(settings, "sasl_username", settings.sasl_username),
        "sasl_plain_password": _needed(settings, "sasl_password_file", settings.secret("sasl_password")),
    }


def _needed(settings: Settings, name: str, value: Any) -> Any:
    if value is None:
        what = f"{settings.security_protocol} with {settings.sasl_mechanism}" if settings.sasl_mechanism else "SASL"
        raise SettingsError(f"{what} needs the setting {name}.")
    return value


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka ships no types
    """Reads the bearer token from `file` for each connection; whoever puts it there renews it before it runs out."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read()  # a wrong file is better known now

    async def token(self) -> str:
        """Called by aiokafka whenever it connects; an attempt that fails for this error is made again."""
        try:
            return self._read()
        except SettingsError as error:
            raise AuthenticationFailedError(str(error)) from None

    def _read(self) -> str:
        return read_secret("sasl_token_file", self._file)
