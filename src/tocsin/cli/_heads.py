"""Signed heads as options of a command: a file of them, or a topic that another party keeps."""

import fcntl
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.audit.chain import Fault
from tocsin.audit.head import SignedHead, key_id
from tocsin.audit.kept_heads import KeptHeads
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._keys import read_public
from tocsin.client.kept_elsewhere import hand_over, values_of
from tocsin.render.text import safe
from tocsin.settings import Settings

_Function = Callable[..., Any]

PATH = click.Path(dir_okay=False, path_type=Path)
KEY = click.option("--key", type=PATH, multiple=True, help="Public key (PEM) of whoever signs; several after a change.")


_file = click.option("--heads", type=PATH, help="File of signed heads, one a line.")
_topic = click.option("--topic", metavar="NAME", help="Topic of signed heads in place of a file, by its whole name.")


def heads_options(*, required: bool = True) -> Callable[[_Function], _Function]:
    """Call the command, which has `settings`, with `here`: where heads are kept. None where neither is named."""

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def with_heads(settings: Settings, heads: Path | None, topic: str | None, **options: Any) -> Any:
            if (heads and topic) or (required and not (heads or topic)):
                raise CommandError("Name either the file of the heads (--heads) or their topic (--topic).", Exit.USAGE)
            here = HeadsHere(settings, heads, topic) if heads or topic else None
            return function(settings=settings, here=here, **options)

        return _file(_topic(with_heads))

    return decorate


def public_keys(paths: Sequence[Path]) -> dict[str, Ed25519PublicKey]:
    """The public keys by their ids. Raises `CommandError`."""
    return {key_id(key): key for key in map(read_public, paths)}


class HeadsHere:
    """Where heads are kept: a file, or a topic of the cluster."""

    def __init__(self, settings: Settings, heads: Path | None, topic: str | None) -> None:
        self._settings, self._path, self._topic = settings, heads, topic

    def __str__(self) -> str:
        return f"topic {self._topic}" if self._path is None else f"file {self._path.name}"

    @contextmanager
    def read(self, keys: Mapping[str, Ed25519PublicKey]) -> Iterator[KeptHeads]:
        """The heads that there are. Raises `CommandError`."""
        with self._opened() as file:
            yield KeptHeads(file, keys)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep another process from signing to the same file meanwhile. Raises `CommandError`."""
        if self._path is None:
            yield
            return
        with _to_append(self._path) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(f"Another process signs to {self._path}.") from None
            yield

    def add(self, head: SignedHead) -> None:
        """Add a head; it is on the disk, or on all copies of the topic, when this returns."""
        if self._path is not None:
            with _to_append(self._path) as file:
                file.write(head.line() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        elif self._topic is not None:
            key = head.head.place.encode()
            run(hand_over(self._settings, self._topic, [(key, head.line())]))

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        if self._path is not None:
            try:
                with self._path.open("rb") as file:
                    yield file
            except FileNotFoundError:
                raise CommandError(f"There is no file {self._path}.", Exit.USAGE) from None
        else:
            with TemporaryFile() as file:
                run(self._copy(file))
                file.seek(0)
                yield file

    async def _copy(self, file: BinaryIO) -> None:
        async for value in values_of(self._settings, self._topic or ""):
            file.write(value.replace(b"\n", b" ") + b"\n")


def _to_append(path: Path) -> BinaryIO:
    try:
        return path.open("ab")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", Exit.USAGE) from None


def sentences(faults: Sequence[Fault]) -> str:
    """The faults for the end of a command."""
    return "\n".join(f"{safe(fault.place)}: {safe(fault.why)}" for fault in faults)
