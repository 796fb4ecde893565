"""The units under `deploy/systemd`, judged by systemd's own tools."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tools.debian import SYSTEMD, folder

from tocsin.cli._exit import Exit
from tocsin.settings import SECRETS, Settings

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
INSTALLED, HERE = "/opt/tocsin/bin/tocsin", str(Path(sys.executable).with_name("tocsin"))
EXPOSURE_MAX = "15"
"""Of 100. What is left: sockets of the network, which it is there for, and the root of the file system, read-only."""

AGAIN_IS_NO_USE = {Exit.USAGE, Exit.REFUSED, Exit.CONFIGURATION}


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the program of this machine, or that of a package where it has none."""
    program, environment = shutil.which("systemd-analyze"), dict(os.environ)
    if program is None:
        folders = [folder(package) for package in SYSTEMD]
        program = str(folders[0] / "usr" / "bin" / "systemd-analyze")
        libraries = [each for found in folders for each in (*found.glob("usr/lib/*-gnu"), *found.glob("lib/*-gnu"))]
        libraries += [each / "systemd" for each in libraries]
        environment["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))
        environment["SYSTEMD_UNIT_PATH"] = f"{folders[0] / 'lib' / 'systemd' / 'system'}:"
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)


def here(unit: Path, folder: Path, *, without: str = "") -> Path:
    """A copy of the unit that starts the program of this environment; an instance of it where it is a template."""
    copy = folder / unit.name.replace("@.", "@1.")
    copy.write_text(unit.read_text().replace(INSTALLED, HERE).replace(without, ""))
    return copy


def settings_of(unit: Path) -> dict[str, str]:
    return dict(re.findall(r"^Environment=TOCSIN_(\w+)=(.*)$", unit.read_text(), re.MULTILINE))


def test_there_is_a_unit_for_each_process() -> None:
    started = {re.findall(rf"^ExecStart={INSTALLED} (.+)$", unit.read_text(), re.MULTILINE)[0] for unit in UNITS}
    assert started == {"run", "board", "gateway", "notify run"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.stem)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    outcome = analyze("verify", here(unit, tmp_path))
    assert (outcome.returncode, outcome.stdout + outcome.stderr) == (0, "")


def test_systemd_would_notice_a_slip(tmp_path: Path) -> None:
    slip = here(UNITS[0], tmp_path)
    slip.write_text(slip.read_text().replace("NoNewPrivileges=", "NoNewPrivilege="))
    assert "'NoNewPrivilege'" in analyze("verify", slip).stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.stem)
def test_a_process_reaches_next_to_nothing_of_its_machine(unit: Path, tmp_path: Path) -> None:
    outcome = analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", here(unit, tmp_path))
    assert outcome.returncode == 0, outcome.stdout[-200:]


def test_one_line_less_would_be_noticed(tmp_path: Path) -> None:
    open_unit = here(UNITS[0], tmp_path, without="CapabilityBoundingSet=\n")
    assert analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", open_unit).returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.stem)
def test_it_comes_back_unless_that_is_no_use(unit: Path) -> None:
    text = unit.read_text()
    assert "Restart=always\n" in text
    (statuses,) = re.findall(r"^RestartPreventExitStatus=(.+)$", text, re.MULTILINE)
    assert {int(status) for status in statuses.split()} == AGAIN_IS_NO_USE


@pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.stem)
def test_every_setting_exists_and_a_secret_is_a_credential(unit: Path) -> None:
    given = settings_of(unit)
    assert {name.lower() for name in given} <= set(Settings.model_fields) - set(SECRETS)
    loaded = set(re.findall(r"^LoadCredential=([\w-]+):", unit.read_text(), re.MULTILINE))
    read = {value.removeprefix("%d/") for value in given.values() if value.startswith("%d/")}
    assert read == loaded
