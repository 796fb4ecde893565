"""Programs of Debian's packages, pinned by SHA-256, unpacked without root and kept under `.tocsin`.

Where a pinned package cannot be had (another system, no network, a newer version in its place), a program of that name
on the PATH is taken. Where there is none, the test fails and says what to do: nothing is skipped in silence.
"""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

KEPT = Path(__file__).parents[2] / ".tocsin" / "debian"
"""The folder of what was unpacked."""


class Package(NamedTuple):
    """A package of Debian 12 for amd64."""

    name: str
    version: str
    sha256: str


PROMETHEUS = Package(
    "prometheus", "2.42.0+ds-5+deb12u1", "81d59a24fce84f7fbe97a45a4f2914b6a5881b5cd1db2a6a0e129e515e1a5f55"
)
"""Has `prometheus` and `promtool`."""

ALERTMANAGER = Package(
    "prometheus-alertmanager", "0.25.0-1+b4", "4fb9aed15cfe8e0c32408e643ab32a1e41ee87d2cc26f18aeba928b1b0b98ae7"
)
"""Has `prometheus-alertmanager` and `amtool`."""


SOFTHSM = Package("softhsm2", "2.6.1-2.1", "10bf00517295d1da6229684a73fbf90d64841d0a8df69517dc0004586720d04e")
"""Has `softhsm2-util`."""

SOFTHSM_LIBRARY = Package(
    "libsofthsm2", "2.6.1-2.1", "8c29aa37b082c2904d5ff8c65432e6b018929687400854dbeafd1c2a787d3508"
)
"""Has the module of PKCS#11 that it speaks with."""


SYSTEMD = (
    Package("systemd", "252.38-1~deb12u1", "9d86b1146870f30cde7c684558fff56a495da510e34c5f08424218634cf5be0f"),
    Package(
        "libsystemd-shared", "252.38-1~deb12u1", "93941cf5488adad7db7ab59d3e8453e1032b8765f0100cca4c2433787a5edad7"
    ),
    Package("libapparmor1", "3.0.8-3", "4b79f49eafc2017374da9ec206b5495433eadd2b1ea078c3895c99e72825e9d3"),
    Package("libip4tc2", "1.8.9-2", "f2c48b367f9ec13f9aa577e7ccf81b371ce5d5fe22dddf9d7aa99f1e0bb7cfc4"),
    Package("libkmod2", "30+20221128-1", "af63bbbfc15fbd1f254b15c393b3b95b18b18cc81348fc1b4f1c9c34b4d672d7"),
)
"""Have `systemd-analyze`, the units that others name, and its libraries that not every Debian has."""


VALGRIND = Package("valgrind", "1:3.19.0-1", "324842f2308a1e42abf2d81ff5eb19a9475fc9db95647f4d9da71444eda4087f")
"""Has `valgrind`, whose other files are in `usr/libexec/valgrind`."""


class MissingProgramError(Exception):
    """A program cannot be had; the message says what to do."""


def program(package: Package, name: str, kept: Path = KEPT) -> Path:
    """The path of the program `name` of `package`. Safe to call from several processes.

    Raises `MissingProgramError`.
    """
    unpacked, why = _unpacked(package, kept)
    found = str(unpacked / "usr" / "bin" / name) if not why else shutil.which(name)
    if found is None:
        raise MissingProgramError(
            f"These tests need `{name}`. {why}. Install it and put it on the PATH (on Debian and Ubuntu: `apt install"
            f" {package.name}`), or give this machine Debian's packages: {package.name} {package.version}."
        )
    return Path(found)


def library(package: Package, path: str, kept: Path = KEPT) -> Path:
    """The library at `path` of `package`, or of this machine. Raises `MissingProgramError`."""
    unpacked, why = _unpacked(package, kept)
    found = unpacked / path if not why else Path("/") / path
    if not found.exists():
        raise MissingProgramError(
            f"These tests need /{path}. {why}. On Debian and Ubuntu: `apt install {package.name}`."
        )
    return found


def folder(package: Package, kept: Path = KEPT) -> Path:
    """The folder of `package`, unpacked. Raises `MissingProgramError`."""
    unpacked, why = _unpacked(package, kept)
    if why:
        raise MissingProgramError(f"{why}. On Debian and Ubuntu: `apt install {package.name}`.")
    return unpacked


def _unpacked(package: Package, kept: Path) -> tuple[Path, str]:
    """The folder of the package, and why it is not there; "" where it is."""
    unpacked = kept / f"{package.name}_{package.version.replace(':', '.')}"  # lists of paths are separated by colons
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return unpacked, "" if unpacked.is_dir() else _fetch(package, unpacked)


def _fetch(package: Package, unpacked: Path) -> str:
    """Unpack `package` to `unpacked`; why that cannot be done, "" where it was."""
    missing = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        return f"Debian's packages cannot be had here: there is no {' and no '.join(missing)}"
    with tempfile.TemporaryDirectory(dir=unpacked.parent) as folder:
        deb, said = _downloaded(package, Path(folder))
        if deb is None:
            return f"apt-get cannot download {package.name}={package.version} for amd64: {said}"
        if hashlib.sha256(deb.read_bytes()).hexdigest() != package.sha256:
            return f"The SHA-256 of {deb.name} is not the pinned one"
        _run("dpkg-deb", "--extract", deb, Path(folder) / "unpacked")
        (Path(folder) / "unpacked").rename(unpacked)
    return ""


def _downloaded(package: Package, folder: Path) -> tuple[Path | None, str]:
    """The downloaded file, or None and what apt-get has said last."""
    private = (
        *("-o", f"Dir::State::lists={_made(folder / 'lists')}", "-o", f"Dir::Cache={_made(folder / 'cache')}"),
        *("-o", "Dir::State::status=/dev/null", "-o", "APT::Architecture=amd64", "-o", "Acquire::Languages=none"),
    )
    said = _download(package, folder, ())
    if said and not (said := _run("apt-get", *private, "update")):  # no lists yet; our own need no root
        said = _download(package, folder, private)
    return next(folder.glob("*.deb"), None), said


def _download(package: Package, folder: Path, options: Sequence[str]) -> str:
    return _run("apt-get", *options, "download", f"{package.name}:amd64={package.version}", folder=folder)


def _run(*command: str | Path, folder: Path | None = None) -> str:
    """Run `command`; the last line of its complaint, "" where it succeeded."""
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if outcome.returncode == 0 else (outcome.stderr.strip().splitlines() or ["no reason given"])[-1]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "partial").mkdir(exist_ok=True)
    return folder
