"""Who takes part in `make bench`: Tocsin and the peers, each in an environment of its own, and how it is started."""

import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from stand import TOCSIN

from tocsin.dev.jars import fetch, kafka_version
from tocsin.dev.kafka import install
from tocsin.settings import Settings

PEERS = Path(__file__).parent / "peers"
ENVIRONMENTS = Path(__file__).parents[2] / ".tocsin" / "peers"
_MAIN_CLASS = "KafkaStreamsJob"


class Contender(NamedTuple):
    """`commands` are its processes. `share`: what is slow is given fewer events, what warms up slowly more."""

    title: str
    commands: tuple[list[str], ...]
    share: float = 1.0


def environment(settings: Settings, data: Path) -> Mapping[str, str]:
    """What Tocsin and the peers are told."""
    peers = {"BOOTSTRAP": settings.bootstrap, "PREFIX": settings.topic_prefix, "DATA": str(data)}
    return {**settings.environment(), **peers}


def contender(name: str) -> Contender:
    """The one of that name, one of `NAMES`. Raises `SystemExit` where its environment is missing."""
    return _MADE[name]()


def _tocsin() -> Contender:
    return Contender(f"Tocsin {metadata.version('tocsin')}", (TOCSIN,))


def _naive_faust() -> Contender:
    command = [sys.executable, str(PEERS / "naive_faust.py"), "worker", "--without-web", "-l", "warn"]
    return Contender(f"naive Faust {metadata.version('faust-streaming')}, at least once", (command,), share=1 / 6)


def _librdkafka() -> Contender:
    python = python_of("librdkafka")
    command = [python, str(PEERS / "librdkafka_loop.py")]
    return Contender(f"librdkafka loop by hand (confluent-kafka {_version(python, 'confluent-kafka')})", (command,))


def _quixstreams() -> Contender:
    python = python_of("quixstreams")
    job = str(PEERS / "quixstreams_job.py")
    commands = ([python, job, "intake"], [python, job, "ticketing"])
    return Contender(f"quixstreams {_version(python, 'quixstreams')} exactly-once, two processes", commands)


def _kafka_streams() -> Contender:
    installed, classes = install(), ENVIRONMENTS / "kafka-streams"
    streams, compiler = fetch(pin=str(PEERS / "kafka-streams-jars.txt"))
    classpath = f"{installed.classpath}:{streams}"
    _compile((str(installed.java), "-cp", str(compiler)), classpath, classes)
    command = [str(installed.java), "-Xmx512m", "-cp", f"{classpath}:{classes}", _MAIN_CLASS]
    return Contender(f"Kafka Streams {kafka_version()} exactly-once v2", (command,), share=3)


@cache
def _compile(java: tuple[str, ...], classpath: str, classes: Path) -> None:
    """The Java runtime that the broker uses has no compiler of its own; Eclipse's is a jar."""
    main = "org.eclipse.jdt.internal.compiler.batch.Main"
    options = ["-21", "-proc:none", "-cp", classpath, "-d", str(classes)]
    subprocess.run([*java, main, *options, str(PEERS / f"{_MAIN_CLASS}.java")], check=True)


def python_of(environment: str) -> str:
    """The interpreter of an environment. Raises `SystemExit` where it is missing."""
    python = ENVIRONMENTS / environment / "bin" / "python"
    if not python.exists():
        raise SystemExit(f"{python} is missing: make bench makes it")
    return str(python)


def _version(python: str, package: str) -> str:
    asked = [python, "-c", f"from importlib import metadata; print(metadata.version({package!r}))"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


_MADE = {
    "tocsin": _tocsin,
    "quixstreams": _quixstreams,
    "librdkafka": _librdkafka,
    "kafka-streams": _kafka_streams,
    "naive-faust": _naive_faust,
}
NAMES = tuple(_MADE)
