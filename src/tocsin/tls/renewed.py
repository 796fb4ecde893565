"""TLS by certificates in files: each connection is made with what stands in them then."""

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import structlog

from tocsin.domain.instant import SECOND, Instant
from tocsin.settings import SettingsError

_log = structlog.get_logger()


class RenewedTls(ssl.SSLContext):
    """What `make` makes, made anew for the next connection when one of the `files` has been replaced.

    Where what is new cannot be used, as while only one of two files has been replaced, the former goes on.
    """

    expiries: dict[str, Instant]
    """When the certificates expire of the servers that we have connected to, by their host names."""
    _make: Callable[[], ssl.SSLContext]
    _files: Sequence[Path]
    _stamps: list[tuple[int, int] | None]
    _current: ssl.SSLContext

    def __new__(cls, make: Callable[[], ssl.SSLContext], files: Sequence[Path | None]) -> Self:
        """Raises `SettingsError`, as `make` does."""
        named = [file for file in files if file is not None]
        stamps, current = _stamps(named), make()
        self = super().__new__(cls, current.protocol)
        self.expiries = {}
        self._make, self._files, self._stamps = make, named, stamps
        self._current = self._noting(current)
        return self

    @property
    def current(self) -> ssl.SSLContext:
        """The context of the next connection."""
        stamps = _stamps(self._files)
        if stamps != self._stamps:
            self._stamps = stamps
            try:
                self._current = self._noting(self._make())
                _log.info("certificates_renewed", files=[str(file) for file in self._files])
            except SettingsError as error:
                _log.error("certificates_not_renewed", reason=str(error))
        return self._current

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """Called by asyncio for each connection."""
        return self.current.wrap_bio(*arguments, **options)

    def _noting(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.sslobject_class = type("Noting", (_Noting,), {"expiries": self.expiries})
        return context


class _Noting(ssl.SSLObject):
    """Notes when a server's certificate expires: asyncio asks for it once the server is trusted."""

    expiries: dict[str, Instant]

    def getpeercert(self, binary_form: bool = False) -> Any:  # noqa: FBT001, FBT002 - the standard library's
        shown = super().getpeercert(binary_form)
        if self.server_hostname and isinstance(shown, dict) and "notAfter" in shown:
            self.expiries[self.server_hostname] = ssl.cert_time_to_seconds(str(shown["notAfter"])) * SECOND
        return shown


def _stamps(files: Sequence[Path]) -> list[tuple[int, int] | None]:
    return [_stamp(file) for file in files]


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
