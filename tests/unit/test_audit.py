"""`make audit`: what counts as audited, and what it says where nobody answers. pip-audit itself is a stand-in."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "audit.py"
FINE = {"name": "one", "version": "1", "vulns": []}
VULNERABLE = {"name": "two", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "one", "skip_reason": "Dependency not found on PyPI and could not be audited: one (1)"}

Audit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Runs the script over one==1 and two==2; `answers` is what the stand-in says to each call in turn."""

    def audit(*answers: Any, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pins.txt").write_text("# pins\none==1\ntwo==2\n")
        program = tmp_path / "pip-audit"
        program.write_text(
            f"#!{sys.executable}\nfrom pathlib import Path\n"
            f"calls = Path({str(tmp_path / 'calls')!r})\ncalls.open('a').write('x')\n"
            f"print({[json.dumps({'dependencies': it}) if it else 'no JSON' for it in answers]!r}"
            "[len(calls.read_text()) - 1])\n"
        )
        program.chmod(0o755)
        command: list[str | Path] = [
            sys.executable,
            SCRIPT,
            "--pins",
            tmp_path / "pins.txt",
            "--pip-audit",
            program,
            *options,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return audit


def test_nothing_known_against_any_pin_is_success(audit: Audit) -> None:
    done = audit([FINE], [{**FINE, "name": "two"}])
    assert (done.returncode, done.stdout) == (0, "2 packages audited, 0 known vulnerabilities.\n")


def test_a_known_vulnerability_is_named_with_what_mends_it_and_fails(audit: Audit) -> None:
    done = audit([FINE], [VULNERABLE], options=("--warn-if-unreachable",))
    assert done.returncode == 1
    assert "two 2: PYSEC-1, fixed in 3" in done.stdout


@pytest.mark.parametrize("answers", [([SKIPPED],), (None,), ([FINE], [SKIPPED]), ([FINE], None)])
def test_what_could_not_be_asked_for_does_not_pass_for_audited(audit: Audit, answers: tuple[Any, ...]) -> None:
    done = audit(*answers)
    assert done.returncode == 69
    assert "NOT AUDITED" in done.stderr
    assert "audited," not in done.stdout


def test_ci_goes_on_with_a_loud_warning_where_the_registry_has_no_advisories(audit: Audit) -> None:
    done = audit([SKIPPED], options=("--warn-if-unreachable",))
    assert done.returncode == 0
    assert "NOT AUDITED: the registry here answers no question about known vulnerabilities of 2 of 2" in done.stderr


def test_a_vulnerability_fails_though_the_rest_could_not_be_asked_for(audit: Audit) -> None:
    assert audit([VULNERABLE], None, options=("--warn-if-unreachable",)).returncode == 1


def test_ci_audits(audit: Audit) -> None:
    assert "make audit" in (SCRIPT.parents[1] / ".ci" / "run").read_text()
