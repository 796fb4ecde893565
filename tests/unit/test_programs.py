"""Kafka's own programs, from the pinned jars."""

import subprocess
from pathlib import Path

import pytest

from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import install
from tocsin.dev.programs import write


@pytest.mark.slow  # the jars may have to be fetched
def test_the_programs_of_kafkas_distribution_run_from_the_pinned_jars(tmp_path: Path) -> None:
    scripts = {path.name: path for path in write(install(), tmp_path / "a folder")}
    for name in ("kafka-acls.sh", "kafka-configs.sh", "kafka-topics.sh"):
        assert said(scripts[name], "--version") == kafka_version()
    assert len(said(scripts["kafka-storage.sh"], "random-uuid")) == 22
    assert "USAGE" in said(scripts["kafka-server-start.sh"], status=1)


def said(script: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run([script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return (done.stdout or done.stderr).strip()
