"""A file of lines that is written so that it can be gone on with, wherever the writer was killed.

What stands in it is whole: lines, or frames of zstd that end with a line. What is behind the last whole one is cut off.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import zstandard

_PIECE_BYTES = 4 * 1024 * 1024
_READ_BYTES = 1024 * 1024


class LineFile:
    """The lines of one file. It is entered before it is written to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.last = b""
        """The last line, without its end."""
        self._sum = sha256()
        self._waiting: list[bytes] = []
        self._bytes_waiting = 0

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("r+b" if self.path.exists() else "w+b")
        end = 0
        for piece, behind in _whole_pieces(self.path):
            self._take(piece)
            end = behind
        self._file.truncate(end)
        self._file.seek(end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if error is None:
                self._flush()
                self._file.flush()
                os.fsync(self._file.fileno())

    def write(self, line: bytes) -> None:
        """Append a line, which is given without its end."""
        self._waiting.append(line)
        self._bytes_waiting += len(line) + 1
        if self._bytes_waiting >= _PIECE_BYTES:
            self._flush()

    @property
    def digest(self) -> str:
        """The SHA-256 of all lines that have been written, with their ends."""
        return self._sum.hexdigest()

    @property
    def last_digest(self) -> str:
        """The SHA-256 of the last line; empty where there is none."""
        return sha256(self.last).hexdigest() if self.last else ""

    def _flush(self) -> None:
        if not self._waiting:
            return
        piece = b"\n".join(self._waiting) + b"\n"
        self._waiting, self._bytes_waiting = [], 0
        self._take(piece)
        packed = self.path.suffix == ".zst"
        self._file.write(zstandard.ZstdCompressor(write_checksum=True).compress(piece) if packed else piece)

    def _take(self, piece: bytes) -> None:
        self._sum.update(piece)
        self.records += piece.count(b"\n")
        self.last = piece[piece.rfind(b"\n", 0, -1) + 1 : -1]


def _whole_pieces(path: Path) -> Iterator[tuple[bytes, int]]:
    """What is whole in the file, unpacked, and the place behind each piece of it."""
    yield from _frames(path) if path.suffix == ".zst" else _lines(path)


def _lines(path: Path) -> Iterator[tuple[bytes, int]]:
    end = 0
    with path.open("rb") as file:
        for line in file:
            end += len(line)
            if line.endswith(b"\n"):
                yield line, end


def _frames(path: Path) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file:
        unpacker, piece, rest = zstandard.ZstdDecompressor().decompressobj(), [], b""
        while data := rest or file.read(_READ_BYTES):
            try:
                piece.append(unpacker.decompress(data))
            except zstandard.ZstdError:  # the machine has died, and not only the writer
                return
            rest = b""
            if unpacker.eof:
                rest = unpacker.unused_data
                yield b"".join(piece), file.tell() - len(rest)
                unpacker, piece = zstandard.ZstdDecompressor().decompressobj(), []
