"""Apache Kafka's jars, pinned by coordinate, size and SHA-256, fetched once into the user's cache.

`kafka-jars.txt` beside this module is the pin, `kafka-jars-3.9.txt` that of the older line which tests also run on;
`python -m tocsin.dev.pin VERSION` writes them anew.
"""

import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from tocsin.dev.errors import NEEDS_EXTRA, DevError

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes in all, from any thread."""

_PARALLEL = 8
_ATTEMPTS = 3
_TIMEOUT_SECONDS = 8  # of silence; also how long Ctrl-C may have to wait for a dead network


class Jar(NamedTuple):
    """One pinned file of Maven Central."""

    coordinate: str  # group:artifact:version
    size: int
    sha256: str


PIN = "kafka-jars.txt"
"""The pin of the broker that `tocsin dev` starts."""

OLDER_PIN = "kafka-jars-3.9.txt"
"""The pin of a broker of the line before, which many clusters still run."""


def pinned(pin: str = PIN) -> tuple[Jar, ...]:
    """The jars that the broker needs; Kafka's own comes first."""
    text = files("tocsin.dev").joinpath(pin).read_text()
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Jar(coordinate, int(size), sha256) for coordinate, size, sha256 in rows)


def kafka_version(pin: str = PIN) -> str:
    """The version of the pinned Apache Kafka."""
    return pinned(pin)[0].coordinate.rsplit(":", 1)[1]


def cache_directory() -> Path:
    """The folder of downloads: `$XDG_CACHE_HOME/tocsin`, by default `~/.cache/tocsin`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin"


def fetch(progress: Progress = lambda _done, _total: None, pin: str = PIN) -> list[Path]:
    """The paths of all jars of `pin`, downloading what is not in the cache. Safe to call from several processes.

    Every file is checked against its pin on every call, so a damaged one is fetched again.

    Raises `DevError` when the extra `dev` is missing or the download failed.
    """
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        return _Fetch(cache / "jars", progress, pin).run()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _Fetch:
    """One pass over the pins. A few threads download the jars that the cache lacks."""

    def __init__(self, repository: Path, progress: Progress, pin: str) -> None:
        self._context = _maven(repository, self._on_download)
        self._progress = progress
        self._jars = pinned(pin)
        self._total = sum(jar.size for jar in self._jars)
        self._done = 0
        self._counting = threading.Lock()
        self._cancelled = threading.Event()

    def run(self) -> list[Path]:
        with ThreadPoolExecutor(_PARALLEL) as pool:
            try:
                return list(pool.map(self._one, self._jars))
            except BaseException:  # Ctrl-C too: the threads must not go on downloading
                self._cancelled.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _one(self, jar: Jar) -> Path:
        artifact = self._context.project(*jar.coordinate.split(":")[:2]).at_version(jar.coordinate.split(":")[2])
        path = Path(artifact.artifact().cached_path)
        if _intact(path, jar):
            self._count(jar.size)
            return path
        problem: Exception | None = None
        for _ in range(_ATTEMPTS):
            if self._cancelled.is_set():
                break
            path.unlink(missing_ok=True)
            try:
                artifact.artifact().resolve()
            except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo raises RuntimeError
                problem = error
            if _intact(path, jar):
                return path
        raise DevError(
            f"Could not download {jar.coordinate} from Maven Central ({_reason(problem)}). Check the"
            " network and try again, or use a Kafka that is already there: tocsin dev --bootstrap HOST:PORT."
        ) from problem

    @contextlib.contextmanager
    def _on_download(self, _filename: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield self._count

    def _count(self, size: int) -> None:
        if self._cancelled.is_set():
            raise RuntimeError("cancelled")
        with self._counting:
            self._done += size
            done = min(self._done, self._total)  # a download that was repeated counts twice
        self._progress(done, self._total)


def _maven(repository: Path, on_download: Callable[[str, int], Any]) -> Any:
    try:
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - of the extra `dev`
    except ImportError as error:
        raise DevError(NEEDS_EXTRA) from error
    resolver = PythonResolver(progress_callback=on_download)
    return MavenContext(resolver=resolver, repo_cache=repository, timeout=_TIMEOUT_SECONDS)


def _reason(problem: Exception | None) -> str:
    return "its SHA-256 is not the pinned one" if problem is None else type(problem).__name__


def _intact(path: Path, jar: Jar) -> bool:
    if not path.exists() or path.stat().st_size != jar.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
