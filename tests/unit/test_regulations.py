"""The page of the regulations is true: its example works, and every duty has a scenario that shows it."""

import re
from pathlib import Path

import pytest
from tools.regulations import OVERLAYS, regulations

from tocsin.contracts.library import ContractLibrary, shipped_overlays
from tocsin.scenarios.file import ScenarioFile

PAGE = (Path(__file__).parents[2] / "docs" / "regulations.md").read_text(encoding="utf-8")

SCENARIO = """\
- scenario: a detection is awareness by the second overlay
  clause: "3"
  tenant: {overlays: [nis2]}
  inputs: [{at: "2026-03-02T09:00Z", detection: high}]
  until: "2026-03-02T10:00Z"
  deadlines: {nis2.early_warning: "2026-03-03T09:00Z"}
"""


def test_the_overlay_of_the_page_makes_a_detection_awareness(tmp_path: Path) -> None:
    """Milestones of one name are one fact, whichever overlay says from what it follows."""
    (example,) = re.findall(r"```yaml\n(kind: overlay\n.*?)```", PAGE, re.DOTALL)
    overlay, scenarios = tmp_path / "ours.yaml", tmp_path / "ours.scenarios.yaml"
    overlay.write_text(example)
    scenarios.write_text(SCENARIO)
    (verdict,) = ScenarioFile(scenarios).test(*ContractLibrary.load(None).with_file(overlay))
    assert verdict.differences == []


@pytest.mark.parametrize("name", shipped_overlays())
def test_every_duty_stands_in_the_table_with_a_scenario_of_its_own_file(name: str) -> None:
    """A duty that no scenario shows would stop the writing of the table."""
    rows = [line for line in regulations().splitlines() if line.startswith(f"| `{name}.")]
    assert {row.split("`")[1] for row in rows} == {
        rule.id for plan in ContractLibrary.load(None).shown(name).plans.values() for rule in plan.objectives
    }
    assert all(
        row.split(" | ")[-1].removesuffix(" |") in (OVERLAYS / f"{name}.scenarios.yaml").read_text() for row in rows
    )


def test_the_page_names_each_overlay() -> None:
    """With the law that it is of."""
    assert set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)) == set(shipped_overlays())
