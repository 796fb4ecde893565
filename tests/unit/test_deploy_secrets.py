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


SCRAPED = {"web-token": {"worker-1", "worker-2", "notify"}, "gateway-token": {"gateway"}}
"""Who serves metrics to whoever shows the token of that name."""


@pytest.mark.parametrize("token", SCRAPED)
def test_who_serves_metrics_and_prometheus_read_one_token_from_a_file_that_others_do_not_have(
    services: dict[str, Any], token: str
) -> None:
    holders = {
        name: volume.split(":")[1]
        for name, service in services.items()
        for volume in service.get("volumes", ())
        if volume.startswith(f"{token}:")
    }
    assert set(holders) == {token, "prometheus"} | SCRAPED[token]
    for name in SCRAPED[token]:
        settings = services[name]["environment"]
        assert f"{holders[name]}/{token}" in settings.values()
        assert services[name]["depends_on"][token]["condition"] == "service_completed_successfully"
    scraping = yaml.safe_load((REPOSITORY / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    asked = {
        target.partition(":")[0]
        for each in scraping
        for config in each["static_configs"]
        for target in config["targets"]
        if each.get("authorization", {}).get("credentials_file") == f"{holders['prometheus']}/{token}"
    }
    assert asked == SCRAPED[token]


@pytest.mark.parametrize("token", SCRAPED)
def test_a_token_is_made_once_and_can_be_read_by_whoever_has_the_volume(
    services: dict[str, Any], token: str, tmp_path: Path
) -> None:
    script = services[token]["entrypoint"][2].replace("/run/tocsin", str(tmp_path))
    made = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script, *services[token]["command"]], check=True)
        made.append((tmp_path / token).read_text())
    assert made[0] == made[1]
    assert len(made[0]) >= 32
    assert stat.S_IMODE((tmp_path / token).stat().st_mode) == 0o444


def test_the_page_on_security_names_every_role_and_every_setting_of_the_way_to_the_brokers() -> None:
    page = (REPOSITORY / "docs" / "security.md").read_text()
    table = (REPOSITORY / "deploy" / "kafka-acls.txt").read_text().splitlines()
    roles = {line.split()[0] for line in table if line and not line.startswith("#")}
    assert {role for role in roles if f"`{role}`" not in page} == set()
    ways = [name for name in Settings.model_fields if name.startswith(("tls_", "sasl_", "security_", "web_token"))]
    assert {name for name in ways if name not in page and f"TOCSIN_{name.upper()}" not in page} == set()
