"""A key behind PKCS#11: in a hardware module that signs and never gives it away."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.audit.head import key_id
from tocsin.cli._exit import CommandError, Exit

SCHEME = "pkcs11:"


class HardwareKey:
    """A private key of Ed25519 that a PKCS#11 URI names (RFC 7512).

    It needs `token`, `object`, `module-path` and, in a file, the PIN: `pin-source`. Raises `CommandError`.
    """

    def __init__(self, uri: str) -> None:
        names = _names(uri)
        pkcs11 = _library()
        try:
            token = pkcs11.lib(names["module-path"]).get_token(token_label=names["token"])
            session = token.open(user_pin=_pin(names["pin-source"]))
            self._private = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=names["object"])
            public = session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, label=names["object"])
            point = public[pkcs11.Attribute.EC_POINT]
            self.public = Ed25519PublicKey.from_public_bytes(point[-32:])  # the rest says that it is an octet string
        except KeyError as error:
            raise CommandError(f"The PKCS#11 URI lacks {error}.", Exit.USAGE) from None
        except (pkcs11.PKCS11Error, ValueError) as error:
            why = str(error) or type(error).__name__
            raise CommandError(f"The key cannot be had by PKCS#11: {why}.", Exit.USAGE) from error
        self._mechanism = pkcs11.Mechanism.EDDSA

    @property
    def key_id(self) -> str:
        """The SHA-256 of its public key, in hex."""
        return key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`."""
        return bytes(self._private.sign(data, mechanism=self._mechanism))


def _names(uri: str) -> dict[str, str]:
    """The attributes of the URI."""
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    named = dict(part.partition("=")[::2] for part in path.split(";") if part)
    return {name: unquote(value) for name, value in named.items()} | {
        name: values[0] for name, values in parse_qs(query).items()
    }


def _pin(source: str) -> str:
    try:
        return Path(source.removeprefix("file:")).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"The file of the PIN cannot be read: {error.strerror}.", Exit.USAGE) from None


def _library() -> Any:
    try:
        import pkcs11  # noqa: PLC0415 - an extra, which few need
    except ImportError:
        raise CommandError("A key by PKCS#11 needs an extra: pip install 'tocsin[hsm]'", Exit.USAGE) from None
    return pkcs11
