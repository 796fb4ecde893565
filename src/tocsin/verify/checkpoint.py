"""A checkpoint: the state of each partition at an offset of the inbox, as files from which a later run goes on.

`checkpoint.json` names for each partition its place in the log and the digest of its file. Nothing of it is encrypted:
the state names persons, as the log does.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import zstandard

from tocsin.messages.record import Record, Topic
from tocsin.recording.files import records_in
from tocsin.replay import line

MANIFEST = "checkpoint.json"
FORMAT = 1

State = Mapping[tuple[Topic, bytes], bytes]
"""The value of each record of `soc.tickets` and `soc.tenants` by topic and key."""


class CheckpointError(ValueError):
    """The checkpoint cannot be used or written; the message says why."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A partition of a checkpoint.

    Its state has seen the inbox up to `position` and was made by the `rules`. What follows from the rest of the inbox
    begins on the journal at `journal`, and among the alerts at `alerts`. `sha256` is that of its file.
    """

    position: int
    rules: int
    journal: int
    alerts: int
    records: int
    sha256: str


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The table of contents. `proven`: the fold has made the state, and what it gave was the same as on the topics."""

    format: int = FORMAT
    proven: bool
    partitions: dict[int, Kept]


_decoder = msgspec.json.Decoder(Checkpoint)


def make_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. Raises `CheckpointError` where something is in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise CheckpointError(f"{folder} is not empty: a checkpoint goes into a folder of its own")


def discard(folder: Path) -> None:
    """Remove what was written of a checkpoint that did not come to its end."""
    for path in (*folder.glob("*.jsonl.zst"), folder / MANIFEST):
        path.unlink(missing_ok=True)


def write_state(folder: Path, partition: int, state: State) -> str:
    """Write the file of a partition; returns its digest."""
    path = _file(folder, partition)
    with path.open("xb") as file, zstandard.ZstdCompressor().stream_writer(file) as packed:
        path.chmod(0o600)
        for (topic, key), value in state.items():
            packed.write(line.write_faithfully(Record(topic, partition, 0, 0, key, value)) + b"\n")
    return _digest(path)


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> str:
    """Write the table of contents, the last of its files; returns its digest."""
    path = folder / MANIFEST
    path.write_bytes(msgspec.json.format(msgspec.json.encode(checkpoint), indent=2) + b"\n")
    path.chmod(0o600)
    return _digest(path)


def read_checkpoint(folder: Path) -> Checkpoint:
    """The table of contents. Raises `CheckpointError`."""
    path = folder / MANIFEST
    try:
        checkpoint = _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        raise CheckpointError(f"{folder} is no checkpoint: it has no {MANIFEST}") from None
    except msgspec.MsgspecError as error:
        raise CheckpointError(f"{path}: {error}") from None
    if checkpoint.format > FORMAT:
        raise CheckpointError(f"{path}: a newer version of Tocsin has written it (format {checkpoint.format})")
    return checkpoint


def read_state(folder: Path, partition: int, kept: Kept) -> Iterator[Record]:
    """The state of a partition. Raises `CheckpointError` where its file is not the one that was written."""
    path = _file(folder, partition)
    if not path.exists() or _digest(path) != kept.sha256:
        raise CheckpointError(f"{path} is missing, or not what {MANIFEST} says: its digest is another one")
    return records_in(path)


def _file(folder: Path, partition: int) -> Path:
    return folder / f"{partition}.jsonl.zst"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
