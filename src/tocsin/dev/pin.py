"""Write `kafka-jars.txt` anew: `python -m tocsin.dev.pin 4.4.0`. Needed to move Tocsin to another Kafka.

`python -m tocsin.dev.pin 3.9.1 kafka-jars-3.9.txt` writes the pin of the older line.

Kafka is resolved alone: in one go with another artifact, that one's dependency management would decide
versions of Kafka's own parts. The logger is therefore added by hand; Kafka's log would go nowhere without it. So are
the administrator's programs (`tocsin.dev.programs`), which get by with what a broker needs.
"""

import dataclasses
import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import Artifact, MavenContext
from jgo.parse import Coordinate

from tocsin.dev.jars import PIN

_LOGGER = "org.slf4j:slf4j-simple:1.7.36"


def main(version: str, pin: str = PIN) -> None:
    """Resolve, download and describe every jar of Apache Kafka `version`; write it to the file `pin`."""
    with tempfile.TemporaryDirectory() as repository:
        context = MavenContext(repo_cache=Path(repository))
        by_hand = [f"org.apache.kafka:kafka-tools:{version}", _LOGGER]
        artifacts = _resolve(context, f"org.apache.kafka:kafka_2.13:{version}")
        artifacts += [_artifact(context, coordinate) for coordinate in by_hand]
        lines = [_describe(artifact) for artifact in artifacts]
    header = "# group:artifact:version size sha256, by `python -m tocsin.dev.pin`; Apache Kafka first\n"
    Path(__file__).with_name(pin).write_text(header + "\n".join(lines) + "\n")


def _resolve(context: MavenContext, coordinate: str) -> list[Artifact]:
    wanted = context.create_dependency(dataclasses.replace(Coordinate.parse(coordinate), scope="compile"))
    inputs, transitive = context.resolver.resolve([wanted])
    needed = [dependency for dependency in transitive if dependency.scope in ("compile", "runtime")]
    return [dependency.artifact for dependency in inputs + needed]


def _artifact(context: MavenContext, coordinate: str) -> Artifact:
    group, name, version = coordinate.split(":")
    return context.project(group, name).at_version(version).artifact()


def _describe(artifact: Artifact) -> str:
    content = artifact.resolve().read_bytes()
    coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
    return f"{coordinate} {len(content)} {hashlib.sha256(content).hexdigest()}"


if __name__ == "__main__":
    main(*sys.argv[1:])
