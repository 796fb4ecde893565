"""TLS of the servers that we run."""

import ssl
from pathlib import Path

from tocsin.settings import SettingsError
from tocsin.tls.renewed import RenewedTls


def server_tls(
    server: str, certificate: Path | None, key: Path | None, clients: Path | None = None
) -> ssl.SSLContext | None:
    """TLS 1.2 or later with our certificate, as it stands in its file when somebody connects; None without one.

    With `clients`, the certificates of an authority, only who has one of theirs is let in. Raises `SettingsError`,
    which names the `server`.
    """
    if certificate is None:
        return None
    return RenewedTls(lambda: _made(server, certificate, key, clients), (certificate, key, clients))


def _made(server: str, certificate: Path, key: Path | None, clients: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # without a password OpenSSL would ask for one at the terminal
        context.load_cert_chain(certificate, key, password="")
        if clients is not None:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError) as error:  # ssl's own errors are OSErrors
        raise SettingsError(f"The certificates of {server} cannot be used: {error}.") from None
    return context
