"""The table of contents of an export: `manifest.json` in its folder."""

from pathlib import Path

import msgspec

MANIFEST = "manifest.json"
FORMAT = 1


class RecordingError(ValueError):
    """What was exported cannot be read. The message names the file, and the line if there is one."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """The offsets of a partition that an export holds, [`begin`, `end`), and the number of records among them."""

    begin: int
    end: int
    records: int


class ExportedTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A topic of an export. The keys of `partitions` are their numbers."""

    partitions: dict[int, Stretch]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The table of contents. The keys of `topics` are their default names."""

    format: int = FORMAT
    topics: dict[str, ExportedTopic]


_decoder = msgspec.json.Decoder(Manifest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an export. Raises `RecordingError`."""
    path = folder / MANIFEST
    try:
        manifest = _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        raise RecordingError(f"{folder} is no export: it has no {MANIFEST}") from None
    except msgspec.MsgspecError as error:
        raise RecordingError(f"{path}: {error}") from None
    if manifest.format > FORMAT:
        raise RecordingError(f"{path}: a newer version of Tocsin has written it (format {manifest.format})")
    return manifest


def file_of(folder: Path, topic: str, partition: int) -> Path:
    """The file that holds a partition; its lines may be compressed. Raises `RecordingError` where it is missing."""
    for name in (f"{partition}.jsonl", f"{partition}.jsonl.zst"):
        path = folder / topic / name
        if path.exists():
            return path
    raise RecordingError(f"{folder / topic / str(partition)}.jsonl is missing")
