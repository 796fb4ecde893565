"""The real promtool judges the rules; every alert has a test of its own there, and a section of the runbooks."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tools.debian import PROMETHEUS, MissingProgramError, program

pytestmark = pytest.mark.slow  # the first run downloads promtool

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "deploy" / "prometheus"
TESTS = ("rules_test.yml", "rules_long_test.yml")
RUNBOOKS = REPOSITORY / "docs" / "runbooks.md"


def promtool(*arguments: str | Path, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    command = [program(PROMETHEUS, "promtool"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def loaded(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def rules(kind: str) -> dict[str, dict[str, Any]]:
    """Rules of that kind, `alert` or `record`, by name."""
    every = [rule for group in loaded("rules.yml")["groups"] for rule in group["rules"]]
    return {rule[kind]: rule for rule in every if kind in rule}


def test_promtool_accepts_the_configuration_and_the_rules_and_finds_no_fault(tmp_path: Path) -> None:
    config = (FOLDER / "prometheus.yml").read_text()
    for file in set(re.findall(r"credentials_file: ([^}]+)}", config)):
        token = tmp_path / file.lstrip("/")
        token.parent.mkdir(parents=True)
        token.write_text("x" * 32)
        config = config.replace(file, str(token))
    (tmp_path / "prometheus.yml").write_text(config)
    (tmp_path / "rules.yml").write_text((FOLDER / "rules.yml").read_text())
    outcome = promtool("check", "config", "prometheus.yml", folder=tmp_path)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yml").returncode == 0


def test_every_alert_fires_in_its_test_and_keeps_quiet_before() -> None:
    outcome = promtool("test", "rules", *TESTS)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    tests = [test for name in TESTS for test in loaded(name)["tests"]]
    cases = [case for test in tests for case in test.get("alert_rule_test", ())]
    told = {case["alertname"] for case in cases if case["exp_alerts"]}
    quiet = {case["alertname"] for case in cases if not case["exp_alerts"]}
    assert told == quiet == set(rules("alert"))


def test_promtool_would_notice_another_threshold(tmp_path: Path) -> None:
    for name in ("rules.yml", "rules_test.yml"):
        (tmp_path / name).write_text(
            (FOLDER / name).read_text().replace('{priority="P1"}) > 10', '{priority="P1"}) > 11')
        )
    assert promtool("test", "rules", "rules_test.yml", folder=tmp_path).returncode == 1


def test_every_alert_leads_to_its_section_of_the_runbooks_and_every_section_is_of_an_alert() -> None:
    sections = re.findall(r"^### (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)
    alerts = rules("alert")
    assert sections == list(alerts)
    for name, rule in alerts.items():
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"


def test_a_program_that_cannot_be_had_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        MissingProgramError, match=r"there is no apt-get and no dpkg-deb\. Install it and put it on the"
    ):
        program(PROMETHEUS, "promtool", kept=tmp_path)


def test_where_the_package_cannot_be_had_the_program_on_the_path_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own := tmp_path / "promtool").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program(PROMETHEUS, "promtool", kept=tmp_path / "kept") == own


def test_a_package_with_another_checksum_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (deb := tmp_path / "other_1_amd64.deb").write_bytes(b"not what was pinned")
    for name, script in (("apt-get", f'cp {deb} "$PWD"'), ("dpkg-deb", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(MissingProgramError, match=r"The SHA-256 of other_1_amd64\.deb is not the pinned one"):
        program(PROMETHEUS, "no-such-program", kept=tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == [tmp_path / "kept" / "lock"]
