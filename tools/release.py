"""Make the files of a release: `make release`, into dist/.

    wheel and sdist       of the commit, the same to the byte each time they are made of it
    sbom.cdx.json         CycloneDX: what a clean environment has in which the wheel is installed, with its licences
    PROVENANCE.md         which commit, by which tools, and how to make the same again
    SHA256SUMS            of all of these

Runs in an environment of its own (`.tocsin/release`), with nothing but the standard library.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
SBOM, PROVENANCE, SUMS = "sbom.cdx.json", "PROVENANCE.md", "SHA256SUMS"
TOOLS = ("build", "hatchling", "cyclonedx-bom")

_NOTES = """\
# Provenance

| | |
|---|---|
| commit | {commit} |
| of | {time} |
| made by | `make release`, Python {python}, {tools} |
| on | {system} |

Wheel and sdist are the same to the byte whenever they are made of that commit with these tools. With the published
SHA256SUMS beside the repository:

    git checkout {commit} && make release
    grep tocsin- ../SHA256SUMS | (cd dist && sha256sum --check)

`{sbom}` lists the wheel with all that it needs, in the versions of constraints.txt, as a clean environment got them
from the package index. Nothing here is signed: whoever publishes it signs `SHA256SUMS`.
"""


def main() -> None:
    """Make all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="the folder, which is emptied before")
    parser.add_argument("--clean", type=Path, default=ROOT / ".tocsin" / "clean", help="where to install the wheel")
    options = parser.parse_args()
    shutil.rmtree(options.into, ignore_errors=True)
    build(options.into)
    (wheel,) = options.into.glob("*.whl")
    install(wheel, options.clean)
    list_parts(options.clean, options.into / SBOM)
    (options.into / PROVENANCE).write_text(notes(), encoding="utf-8")
    files = sorted(path for path in options.into.iterdir() if path.name != SUMS)
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (options.into / SUMS).write_text(sums, encoding="utf-8")
    print(sums, end="")


def build(into: Path) -> None:
    """Build the sdist, and of it the wheel."""
    command = ["-m", "build", "--no-isolation", "--outdir", str(into), str(ROOT)]
    _run(sys.executable, *command, SOURCE_DATE_EPOCH=_git("log", "-1", "--format=%ct"))


def install(wheel: Path, folder: Path) -> None:
    """Install the wheel into a new environment in `folder`, with the versions that are tested."""
    venv.create(folder, clear=True, with_pip=True)
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    _run(str(folder / "bin" / "python"), *pip, str(wheel), PIP_CONSTRAINT=str(ROOT / "constraints.txt"))


def list_parts(folder: Path, into: Path) -> None:
    """Write down what the environment in `folder` has; the program holds it against the schema of CycloneDX."""
    options = ["--pyproject", str(ROOT / "pyproject.toml"), "--gather-license-texts", "--output-reproducible"]
    program = str(Path(sys.executable).with_name("cyclonedx-py"))
    _run(program, "environment", *options, "--output-file", str(into), str(folder / "bin" / "python"))


def notes() -> str:
    """The notes on where it comes from."""
    changed = " with changes that were not committed" if _git("status", "--porcelain") else ""
    return _NOTES.format(
        commit=_git("rev-parse", "HEAD") + changed,
        time=_git("log", "-1", "--format=%cI"),
        python=platform.python_version(),
        tools=", ".join(f"{name} {metadata.version(name)}" for name in TOOLS),
        system=f"{platform.system()}, {platform.machine()}",
        sbom=SBOM,
    )


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own words


def _run(*command: str, **environment: str) -> None:
    subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - as above


if __name__ == "__main__":
    main()
