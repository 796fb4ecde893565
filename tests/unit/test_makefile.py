import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_a_missing_venv_module_is_a_sentence_that_says_what_to_install(tmp_path: Path) -> None:
    outcome = _install(tmp_path, 'case "$*" in *ensurepip*) exit 1;; esac; exec python3 "$@"')
    assert outcome.returncode == 2
    assert "apt install python3-venv" in outcome.stderr


def test_an_old_python_is_a_sentence_that_says_which_one_is_needed(tmp_path: Path) -> None:
    old = "import sys; sys.version_info, sys.version = (3, 9, 2), '3.9.2 (main)'; exec(sys.argv[1])"
    outcome = _install(tmp_path, f'exec python3 -c "{old}" "$2"')
    assert outcome.returncode == 2
    assert "needs Python 3.11 or newer" in outcome.stderr
    assert "is 3.9.2" in outcome.stderr


def test_packages_that_cannot_be_had_are_a_sentence_after_what_pip_says(tmp_path: Path) -> None:
    pip = "mkdir -p .venv/bin; printf '#!/bin/sh\\nexit 1\\n' > .venv/bin/pip; chmod +x .venv/bin/pip"
    outcome = _install(tmp_path, f'case "$*" in "-m venv"*) {pip};; *) exec python3 "$@";; esac')
    assert outcome.returncode == 2
    assert "Is there a network?" in outcome.stderr


def _install(directory: Path, python: str) -> subprocess.CompletedProcess[str]:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, directory)
    interpreter = directory / "python"
    interpreter.write_text(f"#!/bin/sh\n{python}\n")
    interpreter.chmod(0o755)
    command = ["make", "run", f"PYTHON={interpreter}"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
