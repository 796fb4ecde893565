"""What the files of deployment keep to themselves."""

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin.settings import SECRETS, Settings

REPOSITORY = Path(__file__).parents[2]
COMPOSE = (REPOSITORY / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    return found


def test_no_secret_stands_in_an_environment(services: dict[str, Any]) -> None:
    names = {name for service in services.values() for name in service.get("environment", ())}
    assert not names & {f"TOCSIN_{name.upper()}" for name in SECRETS}


def test_plaintext_is_allowed_by_name_and_explained(services: dict[str, Any]) -> None:
    assert services["worker-1"]["environment"]["TOCSIN_ALLOW_PLAINTEXT"] == "true"
    assert "in plaintext" in COMPOSE.partition("\nname:")[0]


def test_who_serves_metrics_and_prometheus_read_one_token_from_a_file_that_others_do_not_have(
    services: dict[str, Any],
) -> None:
    scraping = yaml.safe_load((REPOSITORY / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"][0]
    file = Path(scraping["authorization"]["credentials_file"])
    holders = {
        name
        for name, service in services.items()
        for volume in service.get("volumes", ())
        if volume.startswith(f"web-token:{file.parent}")
    }
    assert holders == {"web-token", "worker-1", "worker-2", "notify", "prometheus"}
    for worker in ("worker-1", "worker-2"):
        assert services[worker]["environment"]["TOCSIN_WEB_TOKEN_FILE"] == str(file)
        assert services[worker]["depends_on"]["web-token"]["condition"] == "service_completed_successfully"


def test_the_token_is_made_once_and_can_be_read_by_whoever_has_the_volume(
    services: dict[str, Any], tmp_path: Path
) -> None:
    script = services["web-token"]["command"][0].replace("/run/tocsin", str(tmp_path))
    token = tmp_path / "web-token"
    made = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script], check=True)
        made.append(token.read_text())
    assert made[0] == made[1]
    assert len(made[0]) >= 32
    assert stat.S_IMODE(token.stat().st_mode) == 0o444


def test_the_page_on_security_names_every_role_and_every_setting_of_the_way_to_the_brokers() -> None:
    page = (REPOSITORY / "docs" / "security.md").read_text()
    table = (REPOSITORY / "deploy" / "kafka-acls.txt").read_text().splitlines()
    roles = {line.split()[0] for line in table if line and not line.startswith("#")}
    assert {role for role in roles if f"`{role}`" not in page} == set()
    ways = [name for name in Settings.model_fields if name.startswith(("tls_", "sasl_", "security_", "web_token"))]
    assert {name for name in ways if name not in page and f"TOCSIN_{name.upper()}" not in page} == set()
