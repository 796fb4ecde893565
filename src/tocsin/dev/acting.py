"""What `tocsin dev` gives its wallboard: somebody who may act there, with a token for this run."""

import hashlib
import secrets
from pathlib import Path

from tocsin.settings import Settings

TOKEN = "board-token"  # noqa: S105 - the name of a file
"""The file with the token, in the folder of the run."""

WHO = "Grace Hopper"
"""The analyst of the run's roster."""


def with_analyst(settings: Settings, directory: Path) -> Settings:
    """`settings` with an access file in `directory` that lets an analyst act, unless they have one."""
    if settings.board_access_file is not None:
        return settings
    token, access = secrets.token_urlsafe(16), directory / "board-access.toml"
    file = directory / TOKEN
    file.touch(mode=0o600)
    file.write_text(token, encoding="utf-8")
    digest = hashlib.sha256(token.encode()).hexdigest()
    access.write_text(f'[tokens."{WHO}"]\nsha256 = "{digest}"\nacts = true\n', encoding="utf-8")
    return settings.model_copy(update={"board_access_file": access})
