import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin.notify.counts import METRICS as NOTIFY
from tocsin.settings import Settings
from tocsin.web.metrics import METRICS as WORKER

REPOSITORY = Path(__file__).parents[2]
DOCKERFILE = (REPOSITORY / "deploy" / "Dockerfile").read_text()
HADOLINT = Path(sys.executable).with_name("hadolint")
PROMETHEUS = REPOSITORY / "deploy" / "prometheus"


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    """Those that alert."""
    return [rule for group in _load("rules.yml")["groups"] for rule in group["rules"] if "alert" in rule]


def test_prometheus_scrapes_every_worker_of_the_compose_file() -> None:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    targets = _load("prometheus.yml")["scrape_configs"][0]["static_configs"][0]["targets"]
    assert {target.partition(":")[0] for target in targets} == {name for name in services if name.startswith("worker-")}


def test_prometheus_scrapes_notify_and_the_gateway_at_their_ports() -> None:
    targets = {
        target
        for each in _load("prometheus.yml")["scrape_configs"]
        for config in each["static_configs"]
        for target in config["targets"]
    }
    ports = {"notify": "notify_port", "gateway": "gateway_http_port"}
    assert {f"{name}:{Settings.model_fields[port].default}" for name, port in ports.items()} <= targets
    assert set(ports) <= set(yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"])


def test_prometheus_reads_the_rules_beside_it() -> None:
    assert all((PROMETHEUS / name).is_file() for name in _load("prometheus.yml")["rule_files"])


def test_every_metric_in_a_rule_is_one_that_a_process_has() -> None:
    used = set(re.findall(r"(?<![\w:])tocsin_\w+", (PROMETHEUS / "rules.yml").read_text()))
    assert used
    assert used - {name for metric in (*WORKER, *NOTIFY) for name in metric.sample_names} == set()


def test_every_rule_says_how_bad_it_is_and_what_it_means(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert rule["annotations"]["summary"]


def test_clocks_that_nobody_watches_and_workers_that_are_not_ready_are_told_within_a_minute(
    rules: list[dict[str, Any]],
) -> None:
    found = {rule["expr"]: (rule["for"], rule["labels"]["severity"]) for rule in rules if "for" in rule}
    unwatched = "max by (topic) (tocsin_inbox_partitions) - sum by (topic) (tocsin_owned_partitions) > 0"
    assert found[unwatched] == ("1m", "critical")
    assert found["tocsin_ready == 0"] == ("1m", "warning")


def test_the_image_runs_without_root() -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert users
    assert "0" not in users[-1]


def test_the_image_is_built_on_a_pinned_python_with_the_tested_versions() -> None:
    assert all(re.search(r":3\.\d+\.\d+-", base) for base in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert "PIP_CONSTRAINT" in DOCKERFILE


def test_hadolint_finds_no_fault_with_the_recipe_of_the_image_and_would_notice_one() -> None:
    for recipe, found in ((DOCKERFILE, ""), (DOCKERFILE.replace("WORKDIR /src", "WORKDIR src"), "DL3000")):
        judge = subprocess.run([HADOLINT, "-"], input=recipe, capture_output=True, text=True, check=False)
        assert (judge.returncode != 0, found in judge.stdout) == (bool(found), True), judge.stdout


def test_what_the_image_copies_is_not_ignored() -> None:
    ignored = (REPOSITORY / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(copied).split():
        assert f"!{name}" in ignored
        assert (REPOSITORY / name).exists()


def _load(name: str) -> Any:
    return yaml.safe_load((PROMETHEUS / name).read_text())
