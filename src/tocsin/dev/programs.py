"""Apache Kafka's own programs without its distribution: `python -m tocsin.dev.programs FOLDER`.

Writes scripts of the names that the distribution has into a folder for the PATH. They run the pinned jars.
"""

import shlex
import sys
from pathlib import Path

from tocsin.dev.errors import DevError
from tocsin.dev.kafka import Installation, install

_SERVER = "kafka-server-start.sh"
_PROGRAMS = {
    _SERVER: "kafka.Kafka",
    "kafka-storage.sh": "kafka.tools.StorageTool",
    "kafka-acls.sh": "org.apache.kafka.tools.AclCommand",
    "kafka-configs.sh": "org.apache.kafka.tools.ConfigCommand",
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
}


def write(installation: Installation, folder: Path) -> list[Path]:
    """Write the scripts, over what stands there under their names; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_written(folder / name, installation.java_command(main)) for name, main in _PROGRAMS.items()]


def _written(path: Path, command: list[str | Path]) -> Path:
    if path.name != _SERVER:
        command.insert(1, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")  # its answer is what one wants to read
    path.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n')
    path.chmod(0o755)
    return path


def main(arguments: list[str]) -> None:
    """Fetch Kafka where it is not there yet (45 MB), and write the scripts into the folder that is named."""
    if len(arguments) != 1:
        raise SystemExit("Usage: python -m tocsin.dev.programs FOLDER")
    try:
        for path in write(install(), Path(arguments[0])):
            print(path)  # noqa: T201 - a program for the terminal
    except DevError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main(sys.argv[1:])
