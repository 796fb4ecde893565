"""Certificates in files: a renewed one is used without a restart, and when each expires is told."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from prometheus_client import generate_latest
from secured import Authority

from tocsin.gateway.counts import Counts
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import certificates, client_options
from tocsin.web.tls import server_tls

HOST = "127.0.0.1"


def put(file: Path, content: bytes) -> None:
    """In the place of what stands there, as those who renew certificates do."""
    fresh = file.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(file)


@asynccontextmanager
async def served(tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A server that ends each connection as soon as it stands; gives its port."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"!")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, HOST, 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def shown(port: int, tls: ssl.SSLContext) -> x509.Certificate:
    """What the server shows to one who is heard."""
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
    assert await reader.readexactly(1) == b"!", "in TLS 1.3 a client hears only then that it is refused"
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(found)


async def test_a_server_shows_a_renewed_certificate_to_the_next_who_connects(tmp_path: Path) -> None:
    authority, file = Authority("ours"), tmp_path / "board.pem"
    old, new = authority.issue("old", [HOST]), authority.issue("new", [HOST])
    put(file, old.pem() + old.key_pem())
    trusted = ssl.create_default_context(cadata=authority.pem().decode())
    async with served(server_tls("the board", file, None)) as port:
        assert await shown(port, trusted) == old.certificate
        put(file, new.pem())
        assert await shown(port, trusted) == old.certificate, "a file without its key is not used"
        put(file, new.pem() + new.key_pem())
        assert await shown(port, trusted) == new.certificate


async def test_a_server_trusts_a_renewed_authority_of_its_clients_and_the_former_no_longer(tmp_path: Path) -> None:
    ours, former, present = Authority("ours"), Authority("former"), Authority("present")
    own = ours.issue("gateway", [HOST])
    put(tmp_path / "own.pem", own.pem() + own.key_pem())
    put(tmp_path / "clients.pem", former.pem())
    clients = {}
    for name, authority in {"former": former, "present": present}.items():
        issued = authority.issue("sensor")
        put(tmp_path / f"{name}.pem", issued.pem() + issued.key_pem())
        clients[name] = ssl.create_default_context(cadata=ours.pem().decode())
        clients[name].load_cert_chain(tmp_path / f"{name}.pem")
    async with served(server_tls("the gateway", tmp_path / "own.pem", None, tmp_path / "clients.pem")) as port:
        assert await shown(port, clients["former"])
        put(tmp_path / "clients.pem", present.pem())
        assert await shown(port, clients["present"])
        with pytest.raises((OSError, EOFError)):
            await shown(port, clients["former"])


async def test_a_client_trusts_a_renewed_authority_and_notes_when_the_servers_certificate_expires(
    tmp_path: Path,
) -> None:
    former, present = Authority("former"), Authority("present")
    own = present.issue("broker", [HOST])
    put(tmp_path / "own.pem", own.pem() + own.key_pem())
    put(tmp_path / "ca.pem", former.pem())
    settings = Settings(security_protocol="SSL", tls_ca_file=tmp_path / "ca.pem")
    tls = client_options(settings)["ssl_context"]
    async with served(server_tls("a broker", tmp_path / "own.pem", None)) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await shown(port, tls)
        assert certificates(settings).keys() == {"tls_ca_file"}
        put(tmp_path / "ca.pem", present.pem())
        await shown(port, tls)
    expires = own.certificate.not_valid_after_utc.timestamp()
    assert certificates(settings)[f"broker {HOST}"] == expires


def test_of_several_certificates_in_a_file_the_first_to_expire_is_told_and_none_has_expired(tmp_path: Path) -> None:
    first, second = Authority("first"), Authority("second", lasts=dt.timedelta(days=90))
    (tmp_path / "ca.pem").write_bytes(second.pem() + first.pem())
    (tmp_path / "none.pem").write_text("no certificate")
    settings = Settings(tls_ca_file=tmp_path / "ca.pem", board_tls_certificate_file=tmp_path / "none.pem")
    soonest = x509.load_pem_x509_certificate(first.pem()).not_valid_after_utc.timestamp()
    assert certificates(settings) == {"tls_ca_file": soonest, "board_tls_certificate_file": 0}
    page = generate_latest(Counts(lambda: certificates(settings)).registry).decode()
    assert 'tocsin_certificate_expiry_timestamp_seconds{certificate="board_tls_certificate_file"} 0.0' in page


def test_metrics_tell_of_certificates_while_a_password_is_being_replaced(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(Authority("Test CA").pem())
    user: dict[str, Any] = {
        "sasl_mechanism": "PLAIN",
        "sasl_username": "worker",
        "sasl_password_file": tmp_path / "gone",
    }
    settings = Settings(security_protocol="SASL_SSL", tls_ca_file=tmp_path / "ca.pem", **user)
    assert certificates(settings).keys() == {"tls_ca_file"}
