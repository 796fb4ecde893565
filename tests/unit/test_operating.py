"""The operator's page knows every alert."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| \[(\w+)\]\((runbooks\.md#\w+)\) \| (\w+) \|", re.MULTILINE)


def test_every_alert_on_tocsin_stands_on_the_operators_page_with_its_severity_and_its_runbook() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "rules.yml").read_text())["groups"]
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    assert alerts
    wanted = [(it["alert"], it["annotations"]["runbook_url"], it["labels"]["severity"]) for it in alerts]
    assert [(name, f"docs/{link}", severity) for name, link, severity in ROW.findall(page)] == wanted
