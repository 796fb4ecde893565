"""Secrets of the notify file: read from their files or the environment, and shown nowhere."""

import os
from pathlib import Path

from tocsin.loopback import is_loopback
from tocsin.notify.model import SecretSpec
from tocsin.settings import SettingsError
from tocsin.settings.secrets import read_secret


class Secrets:
    """Finds the secrets of a notify file in `folder`. `plaintext`: they may leave this machine without TLS."""

    def __init__(self, folder: Path, *, plaintext: bool) -> None:
        self._folder = folder
        self._plaintext = plaintext

    def value(self, spec: SecretSpec, name: str) -> str:
        """The secret in clear. Raises `SettingsError` with `name` where it cannot be had."""
        if spec.file is not None:
            return read_secret(name, self._folder / spec.file)
        found = os.environ.get(spec.env or "")
        if not found:
            raise SettingsError(f"{name}: the environment has no {spec.env}.")
        return found

    def url(self, spec: SecretSpec | str, name: str) -> str:
        """The address in clear. Raises `SettingsError`, also where messages would leave this machine in plaintext."""
        found = spec if isinstance(spec, str) else self.value(spec, name)
        scheme, _, rest = found.partition("://")
        if scheme not in ("http", "https"):
            raise SettingsError(f"{name} must be https://HOST[:PORT]/PATH.")
        authority = rest.partition("/")[0]
        if scheme == "http":
            self.require_tls(authority.rpartition("@")[2].rpartition(":")[0] or authority, name)
        return found

    def require_tls(self, host: str, name: str) -> None:
        """Raise `SettingsError` where `host` is another machine and nobody has allowed plaintext."""
        if not self._plaintext and not is_loopback(host):
            raise SettingsError(
                f"{name}: messages and secrets would reach {host} in plaintext. Use TLS; or, where nobody can listen "
                "on the way, set allow_plaintext to true."
            )
