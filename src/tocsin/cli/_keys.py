"""Keys that heads are signed with: Ed25519, in files (PEM) or behind PKCS#11."""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tocsin.audit.head import key_id
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._hsm import SCHEME, HardwareKey

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FileKey:
    """A private key in a file."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @property
    def public(self) -> Ed25519PublicKey:
        """Its public key."""
        return self._private.public_key()

    @property
    def key_id(self) -> str:
        """The SHA-256 of its public key, in hex."""
        return key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`."""
        return self._private.sign(data)


def private_key(named: str) -> FileKey | HardwareKey:
    """The private key of a file, or of a PKCS#11 URI. Raises `CommandError`."""
    return HardwareKey(named) if named.startswith(SCHEME) else _read_private(Path(named))


def _read_private(path: Path) -> FileKey:
    """The private key in a file that nobody else may read."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise CommandError(f"Others may read the key in {path}: chmod 600 {path}", Exit.USAGE)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise CommandError(f"The key in {path} cannot be read: {error.strerror}.", Exit.USAGE) from None
    except TypeError:
        raise CommandError(f"The key in {path} is encrypted; its file's permissions protect it.", Exit.USAGE) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CommandError(f"{path} holds no private key in PEM.", Exit.USAGE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"The key in {path} is not of Ed25519; `tocsin audit keygen` makes one.", Exit.USAGE)
    return FileKey(key)


def read_public(path: Path) -> Ed25519PublicKey:
    """The public key in a file. Raises `CommandError`."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise CommandError(f"The key in {path} cannot be read: {error.strerror}.", Exit.USAGE) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CommandError(f"{path} holds no public key in PEM.", Exit.USAGE) from None
    if not isinstance(key, Ed25519PublicKey):
        raise CommandError(f"The key in {path} is not of Ed25519.", Exit.USAGE)
    return key


def write_pair(path: Path) -> tuple[Path, str]:
    """Write a new private key to `path` and its public key beside it; the path and the id of that one.

    Raises `CommandError` where there is a file already.
    """
    private = Ed25519PrivateKey.generate()
    beside = path.with_name(f"{path.name}.pub")
    if beside.exists():
        raise CommandError(f"There is a file {beside} already.", Exit.USAGE)
    _write(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write(beside, shown(private.public_key()).encode(), 0o644)
    return beside, key_id(private.public_key())


def shown(public: Ed25519PublicKey) -> str:
    """A public key in PEM."""
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _write(path: Path, text: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(text)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", Exit.USAGE) from None
