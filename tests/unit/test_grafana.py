"""Grafana's dashboards: the committed JSON is what the code makes, and Grafana is given all that they need."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.dashboards import FOLDER, written
from tools.panels import DASHBOARDS

from tocsin.gateway.counts import METRICS as GATEWAY
from tocsin.notify.counts import METRICS as NOTIFY
from tocsin.web.metrics import METRICS as WORKER

REPOSITORY = Path(__file__).parents[2]
GRAFANA = REPOSITORY / "deploy" / "grafana"
RULES = (REPOSITORY / "deploy" / "prometheus" / "rules.yml").read_text()


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize(("file", "text"), list(written()), ids=lambda it: it.stem if isinstance(it, Path) else "")
def test_the_committed_dashboards_are_those_that_the_code_makes(file: Path, text: str) -> None:
    assert file.read_text(encoding="utf-8") == text, "run `python -m tools.dashboards`"


def test_there_are_no_other_dashboards() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{dashboard.name}.json" for dashboard in DASHBOARDS}


def test_every_metric_of_a_panel_is_one_that_a_process_has_or_a_rule_records() -> None:
    panels = [panel for it in DASHBOARDS for row in it.rows for panel in row.panels]
    used = {name for panel in panels for query in panel.queries for name in re.findall(r"[a-z_]+:[\w:]+", query.expr)}
    assert used
    assert used - set(re.findall(r"record: (\S+)", RULES)) == set()
    exprs = " ".join(query.expr for panel in panels for query in panel.queries)
    plain = set(re.findall(r"(?<![\w:])tocsin_\w+", exprs))
    assert plain - {name for metric in (*WORKER, *GATEWAY, *NOTIFY) for name in metric.sample_names} == set()


def test_every_metric_is_on_a_dashboard_or_in_a_rule() -> None:
    shown = " ".join(path.read_text() for path in FOLDER.iterdir()) + RULES
    assert [metric.name for metric in (*WORKER, *NOTIFY, *GATEWAY) if metric.name not in shown] == []


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.stem)
def test_panels_have_numbers_of_their_own_a_text_and_a_place_that_no_other_has(file: Path) -> None:
    panels = json.loads(file.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["description"] for panel in panels if panel["type"] != "row")
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_grafana_finds_the_prometheus_of_the_compose_file_and_the_dashboards() -> None:
    services = loaded(REPOSITORY / "docker-compose.yml")["services"]
    mounts = dict(volume.split(":")[:2] for volume in services["grafana"]["volumes"])
    (source,) = loaded(GRAFANA / "provisioning" / "datasources" / "tocsin.yml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in services
    (provider,) = loaded(GRAFANA / "provisioning" / "dashboards" / "tocsin.yml")["providers"]
    assert mounts["./deploy/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
    home = Path(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (FOLDER / home.name).is_file()


def test_who_looks_at_grafana_needs_no_password_and_can_change_nothing() -> None:
    environment = loaded(REPOSITORY / "docker-compose.yml")["services"]["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
