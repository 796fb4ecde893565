"""Opens what records are read from.

A `Spec` says where they are; it can be given to another process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.recording.cluster import ClusterSource
from tocsin.recording.files import FileSource, FolderSource
from tocsin.recording.reading import RecordSource
from tocsin.settings import Settings

Spec = Path | Settings
"""A recorded file, the folder of an export, or a cluster."""


@contextmanager
def opened_source(spec: Spec) -> Iterator[RecordSource]:
    """The records at `spec`. Raises `RecordingError`, or `ClientError` and what Kafka raises."""
    if isinstance(spec, Settings):
        with ClusterSource(spec) as source:
            yield source
    else:
        yield FolderSource(spec) if spec.is_dir() else FileSource(spec)
