"""Secrets that stand in files."""

from pathlib import Path


class SettingsError(ValueError):
    """A setting is wrong; the message names it and where it came from."""


def read_secret(name: str, file: Path) -> str:
    """The content of `file` without its line end. Raises `SettingsError` with the name of the setting."""
    try:
        secret = file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{name} ({file}) cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{name} ({file}) is not UTF-8 text.") from None
    if not secret or not secret.isprintable():
        raise SettingsError(f"{name} ({file}) must hold one line of text and nothing else.")
    return secret
