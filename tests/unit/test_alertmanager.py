"""The Alertmanager of the Compose file, as the real amtool reads it: what comes from where goes to whom."""

import subprocess
from pathlib import Path

import pytest
from tests.tools.debian import ALERTMANAGER, program

pytestmark = pytest.mark.slow  # the first run downloads amtool

CONFIG = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.yml"


def amtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [program(ALERTMANAGER, "amtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_amtool_accepts_the_configuration() -> None:
    outcome = amtool("check-config", CONFIG)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=PromiseBroken", "severity=warning"], "operators"),
        (["alertname=callback", "kind=callback_overdue", "tenant=acme", "dedup_key=tocsin/acme/1"], "soc"),
    ],
)
def test_what_is_wrong_with_tocsin_goes_to_operators_and_what_it_says_of_clients_to_the_soc(
    labels: list[str], receiver: str
) -> None:
    outcome = amtool("config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receiver}", *labels)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
