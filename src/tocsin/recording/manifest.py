"""The table of contents of an export: `manifest.json` in its folder."""

import os
from pathlib import Path

import msgspec

from tocsin.domain.instant import Instant

MANIFEST = "manifest.json"
FRESH = f"{MANIFEST}.new"
"""The manifest while it is being written."""
FORMAT = 1


class RecordingError(ValueError):
    """What was exported cannot be read. The message names the file, and the line if there is one."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The offsets of a partition that an export holds, [`begin`, `end`), and the number of records among them.

    `sha256` is that of all lines with their ends, unpacked; `last` is that of the last line without its end.
    """

    begin: int
    end: int
    records: int
    sha256: str = ""
    last: str = ""


class ExportedTopic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A topic of an export. The keys of `partitions` are their numbers; `config` is what Tocsin sets."""

    partitions: dict[int, Stretch]
    config: dict[str, str] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The table of contents. The keys of `topics` are their default names.

    `since` and `until` are the stamps that an export was limited to, `all_topics` says that no topic was left out.
    `at_rest`: the ends of all partitions belong together, since nothing was written at one moment.
    """

    format: int = FORMAT
    release: str = ""
    at: str = ""
    finished: bool = True
    all_topics: bool = False
    at_rest: bool = False
    since: Instant | None = None
    until: Instant | None = None
    packed: bool = False
    topics: dict[str, ExportedTopic]

    @property
    def whole(self) -> bool:
        """True if no record was left out."""
        return self.all_topics and self.since is None and self.until is None

    def records(self, name: str) -> int:
        """The number of records of a topic."""
        return sum(stretch.records for stretch in self.topics[name].partitions.values())


_decoder = msgspec.json.Decoder(Manifest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished export. Raises `RecordingError`."""
    manifest = read_plan(folder)
    if not manifest.finished:
        raise RecordingError(
            f"{folder} holds an export that was not finished: say `tocsin export` again, and it goes on"
        )
    return manifest


def read_plan(folder: Path) -> Manifest:
    """The manifest of an export, finished or not. Raises `RecordingError`."""
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


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put `manifest` into the folder, in place of the one that is there."""
    fresh = folder / FRESH
    with fresh.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / MANIFEST)


def file_of(folder: Path, topic: str, partition: int) -> Path:
    """The file that holds a partition; its lines may be compressed. Raises `RecordingError` where it is missing."""
    for name in (f"{partition}.jsonl", f"{partition}.jsonl.zst"):
        path = folder / topic / name
        if path.exists():
            return path
    raise RecordingError(f"{folder / topic / str(partition)}.jsonl is missing")
