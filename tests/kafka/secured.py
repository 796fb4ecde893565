"""A broker that trusts nobody: TLS, SASL and an authorizer, with certificates that are made for the run."""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tocsin.dev.kafka import HOST, Installation, LocalKafka, free_port
from tocsin.settings import Settings

PASSWORDS = "correct-horse-"
"""A user's password is this and the user's name."""

_LISTENERS = {
    "SASL_SSL": "SASL_SSL",
    "SSL": "SSL",
    "SASL_PLAINTEXT": "SASL_PLAINTEXT",
    "PLAINTEXT": "PLAINTEXT",
    "DETOUR": "PLAINTEXT",
    "CONTROLLER": "PLAINTEXT",
}
"""Names and security protocols."""

_DAY = dt.timedelta(days=1)
_MODULE = "org.apache.kafka.common.security"


class Certificate(NamedTuple):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password: bytes | None = None) -> bytes:
        hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)


class Authority:
    """A certificate authority."""

    def __init__(self, name: str, lasts: dt.timedelta = _DAY) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        basic = x509.BasicConstraints(ca=True, path_length=0)
        signed = _builder(name, name, key, lasts).add_extension(basic, critical=True).sign(key, hashes.SHA256())
        self._own = Certificate(signed, key)
        self._name = name

    def pem(self) -> bytes:
        return self._own.pem()

    def issue(self, name: str, hosts: Iterable[str] = (), lasts: dt.timedelta = _DAY) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self._name, key, lasts)
        if names := [_general_name(host) for host in hosts]:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Certificate(builder.sign(self._own.key, hashes.SHA256()), key)


def _builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey, lasts: dt.timedelta) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + lasts)
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class SecuredKafka:
    """A listener for each security protocol; whoever comes by `PLAINTEXT` may do all. `DETOUR` leads elsewhere."""

    def __init__(self, installation: Installation, folder: Path, users: Iterable[str]) -> None:
        self.folder = folder
        self.authority = Authority("Test CA")
        (folder / "ca.pem").write_bytes(self.authority.pem())
        broker = self.authority.issue("broker", [HOST])
        (folder / "broker.pem").write_bytes(broker.key_pem() + broker.pem())
        self.ports = {name: free_port() for name in _LISTENERS}
        users = list(users)
        self.kafka = LocalKafka(
            installation,
            folder / "kafka",
            self.ports["PLAINTEXT"],
            properties=self._properties(users),
            format_options=[f"--add-scram={_scram(kind, user)}" for user in users for kind in ("256", "512")],
        )

    def settings(self, security: str, **values: Any) -> Settings:
        """Settings for a client of the listener `security`, which is a security protocol."""
        if security.endswith("SSL"):
            values = {"tls_ca_file": self.folder / "ca.pem", **values}
        return Settings(bootstrap=f"{HOST}:{self.ports[security]}", security_protocol=security, web_port=0, **values)

    def scram(self, user: str, **values: Any) -> Settings:
        """Settings for `user` by SCRAM over TLS."""
        known = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": user, "sasl_password": PASSWORDS + user}
        return self.settings("SASL_SSL", **{**known, **values})

    def _properties(self, users: list[str]) -> dict[str, str]:
        listeners = {name: f"{name}://{HOST}:{port}" for name, port in self.ports.items()}
        advertised = {**listeners, "DETOUR": "DETOUR://192.0.2.1:9092"}  # an address that is nobody's
        tls = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.folder / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.folder / "ca.pem"),
        }
        return {
            "listeners": ",".join(listeners.values()),
            "advertised.listeners": ",".join(it for name, it in advertised.items() if name != "CONTROLLER"),
            "controller.quorum.voters": f"1@{HOST}:{self.ports['CONTROLLER']}",
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in _LISTENERS.items()),
            "inter.broker.listener.name": "PLAINTEXT",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            **tls,
            "listener.name.ssl.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
            # tokens are shown anew: brokers end what has been open for so long
            "listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms": "3000",
            **_jaas("sasl_ssl", users),
            **_jaas("sasl_plaintext", users),
        }


def _jaas(listener: str, users: list[str]) -> dict[str, str]:
    known = " ".join(f'user_{user}="{PASSWORDS}{user}"' for user in users)
    modules = {
        "plain": f"{_MODULE}.plain.PlainLoginModule required {known};",
        "scram-sha-256": f"{_MODULE}.scram.ScramLoginModule required;",
        "scram-sha-512": f"{_MODULE}.scram.ScramLoginModule required;",
        "oauthbearer": f'{_MODULE}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
    }
    return {f"listener.name.{listener}.{mechanism}.sasl.jaas.config": text for mechanism, text in modules.items()}


def _scram(kind: str, user: str) -> str:
    return f"SCRAM-SHA-{kind}=[name={user},iterations=4096,password={PASSWORDS}{user}]"
