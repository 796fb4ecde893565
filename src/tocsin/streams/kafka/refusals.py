"""Refusals of brokers and of TLS, in sentences that say what to do. aiokafka logs these reasons and raises others."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    InconsistentGroupProtocolError,
    InvalidConfigurationError,
    InvalidGroupIdError,
    InvalidPartitionsError,
    InvalidReplicationFactorError,
    InvalidSessionTimeoutError,
    InvalidTopicError,
    InvalidTransactionTimeout,
    KafkaConnectionError,
    KafkaError,
    PolicyViolationError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from tocsin.settings import Settings

_ATTEMPT_SECONDS = 5.0
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL
_RIGHTS = {
    TopicAuthorizationFailedError: "topic",
    GroupAuthorizationFailedError: "consumer group",
    TransactionalIdAuthorizationFailed: "transactional id",
    ClusterAuthorizationFailedError: "cluster",
}


class RefusedError(Exception):
    """Not trusted, not known or not permitted; the message says which, and what to do."""


class RefusedSettingError(Exception):
    """The brokers do not take a setting; the message says which, and what to change."""


def lacking_rights(error: BaseException) -> str | None:
    """A sentence about lacking rights if `error` or one of its causes says so, else None."""
    for cause in _causes(error):
        for kind, name in _RIGHTS.items():
            if isinstance(cause, kind):
                return (
                    f"The brokers do not permit what was to be done with the {_named(name, cause)}. "
                    "Grant the role's rights: docs/security.md lists them."
                )
    return None


_SETTINGS = {
    InvalidSessionTimeoutError: "session_timeout {session_timeout:g} s: it must lie within the brokers' "
    "group.min.session.timeout.ms and group.max.session.timeout.ms, which are 6 s and 30 min where nobody has changed "
    "them. Change session_timeout, or these",
    InconsistentGroupProtocolError: "app_id {app_id!r}: the consumer group of that name has members that are no Tocsin "
    "workers. Take another app_id, or end the others",
    InvalidGroupIdError: "app_id {app_id!r}. Take another app_id",
    InvalidTransactionTimeout: "transactions of 10 s: set the brokers' transaction.max.timeout.ms to 10000 or more",
    InvalidReplicationFactorError: "replication_factor {replication_factor}: the cluster has fewer brokers. Set "
    "TOCSIN_REPLICATION_FACTOR to their number or less, or start more",
    InvalidPartitionsError: "partitions {partitions}. Set TOCSIN_PARTITIONS to another number",
    InvalidTopicError: "topic_prefix {topic_prefix!r}. Take another topic_prefix",
    InvalidConfigurationError: "the configuration of a topic. They say: {said}",
    PolicyViolationError: "partitions {partitions}, replication_factor {replication_factor}, audit_days {audit_days}, "
    "input_days {input_days}, alert_days {alert_days} or dead_letter_days {dead_letter_days} by a policy of theirs. "
    "They say: {said}",
}


def refused_setting(error: BaseException, settings: Settings) -> str | None:
    """A sentence about the setting that brokers refuse if `error` or one of its causes says so, else None."""
    for cause in _causes(error):
        for kind, sentence in _SETTINGS.items():
            if isinstance(cause, kind):
                said = " ".join(map(str, cause.args)) or "nothing"
                return f"The brokers refuse {sentence.format(said=said, **settings.model_dump())}."
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _causes(each)
        error = error.__cause__ or error.__context__


def _named(what: str, error: BaseException) -> str:
    """`error` carries a name, a set of names, or nothing."""
    names = [name for argument in error.args for name in ([argument] if isinstance(argument, str) else argument)]
    return f"{what} {', '.join(sorted(map(str, names)))}" if names else what


async def connect(options: Mapping[str, Any]) -> None:
    """Connect to the first broker of these client options, and let go. Raises as aiokafka."""
    connecting = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    host, port, _ = collect_hosts(options["bootstrap_servers"], randomize=False)[0]
    (await create_conn(host, port, **connecting)).close()


async def refused_connection(options: Mapping[str, Any]) -> str | None:
    """A sentence why the brokers of these client options refuse our connection; None where they do not."""
    connecting = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    for host, port, _ in collect_hosts(options["bootstrap_servers"], randomize=False):
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                connection = await create_conn(host, port, **connecting)
                try:
                    await connection.send(MetadataRequest([]))
                finally:
                    connection.close()
        except (KafkaError, OSError, TimeoutError, OverflowError) as error:  # the last one: no such port
            if sentence := _sentence(error, f"{host}:{port}", options):
                return sentence
    return None


def _sentence(error: Exception, address: str, options: Mapping[str, Any]) -> str | None:
    mechanism = options.get("sasl_mechanism", "no mechanism")
    match error:
        case ssl.SSLCertVerificationError(verify_code=code) if code == _EXPIRED:
            return (
                f"The certificate of the broker at {address}, or of its authority (tls_ca_file), has expired: renew it "
                "there. `tocsin doctor` says which one it is."
            )
        case ssl.SSLCertVerificationError():
            return (
                f"The certificate of the broker at {address} is not trusted: {error.verify_message}. "
                "The setting tls_ca_file names the authority that has signed it."
            )
        case SaslAuthenticationFailed() | AuthenticationFailedError():
            said = " ".join(map(str, error.args)).rstrip(".")
            return (
                f"The broker at {address} does not know us by {mechanism}: {said}. Check sasl_username and its "
                "password, or the token."
            )
        case UnsupportedSaslMechanismError() | IllegalSaslStateError():
            return (
                f"The broker at {address} does not take {mechanism} here. Check sasl_mechanism and security_protocol."
            )
        case KafkaConnectionError(__cause__=ssl.SSLError()) | ssl.SSLError():
            return (
                f"The broker at {address} ended TLS: {_tls_reason(error)}. If it asks for a certificate, "
                "tls_certificate_file names ours, which must be good still: `tocsin doctor` says until when."
            )
        case KafkaConnectionError() | ConnectionResetError():
            return (
                f"The broker at {address} ends the connection at once. Does it speak {options['security_protocol']} "
                "there? That is what security_protocol says."
            )
        case _:
            return None


def _tls_reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or getattr(error.__cause__, "reason", None) or "no reason given"
    return str(reason).lower().replace("_", " ")
