import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin.board.identity.file import read_access
from tocsin.board.identity.place import place_of
from tocsin.dev.jars import kafka_version
from tocsin.gateway.trust import require_trust
from tocsin.notify.file import read_notify
from tocsin.settings import Settings

REPOSITORY = Path(__file__).parents[2]
COMPOSE = REPOSITORY / "docker-compose.yml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def test_the_file_follows_the_compose_specification() -> None:
    assert _validate(COMPOSE).returncode == 0


def test_the_specification_would_notice_a_slip(tmp_path: Path) -> None:
    slip = tmp_path / "docker-compose.yml"
    slip.write_text(COMPOSE.read_text().replace("depends_on:", "depend_on:"))
    assert _validate(slip).returncode == 1


def test_no_port_is_published_beyond_loopback(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_image_is_pinned_to_a_version(services: dict[str, Any]) -> None:
    for service in services.values():
        assert any(character.isdigit() for character in service["image"].partition(":")[2]), service["image"]


def test_kafka_is_the_version_that_the_tests_run_on(services: dict[str, Any]) -> None:
    assert services["kafka"]["image"] == f"apache/kafka:{kafka_version()}"


def test_kafka_keeps_its_data_in_a_volume(services: dict[str, Any]) -> None:
    directory = services["kafka"]["environment"]["KAFKA_LOG_DIRS"]
    assert f"kafka-data:{directory}" in services["kafka"]["volumes"]


def test_the_workers_wait_for_their_topics_and_come_back_after_a_failure(services: dict[str, Any]) -> None:
    workers = [service for name, service in services.items() if name.startswith("worker-")]
    assert len(workers) == 2
    for worker in workers:
        assert worker["depends_on"]["topics"]["condition"] == "service_completed_successfully"
        assert worker["restart"] == "always"
    assert len({worker["environment"]["TOCSIN_GROUP_INSTANCE_ID"] for worker in workers}) == 2


def test_every_setting_in_the_environment_exists(services: dict[str, Any]) -> None:
    for service in services.values():
        names = [name for name in service.get("environment", ()) if name.startswith("TOCSIN_")]
        assert {name.removeprefix("TOCSIN_").lower() for name in names} <= set(Settings.model_fields)


def test_the_files_that_it_mounts_and_builds_from_are_there(services: dict[str, Any]) -> None:
    assert (REPOSITORY / services["worker-1"]["build"]["dockerfile"]).is_file()
    tenants = services["worker-1"]["volumes"][0].partition(":-")[2].partition("}")[0]
    assert (REPOSITORY / tenants).is_file()
    assert (REPOSITORY / services["prometheus"]["volumes"][0].partition(":")[0]).is_dir()


def test_the_board_lets_in_who_shows_the_token_that_is_made_for_it(services: dict[str, Any], tmp_path: Path) -> None:
    script = services["board-token"]["command"][0].replace("/run/tocsin", str(tmp_path))
    for _ in range(2):  # a restart makes no other token
        subprocess.run([sys.executable, "-c", script], check=True)
    token = (tmp_path / "board-token").read_bytes()
    given = {name: str(value) for name, value in services["board"]["environment"].items() if "BOARD" in name}
    settings = Settings.load(
        {name.removeprefix("TOCSIN_").lower(): value for name, value in given.items()} | {"allow_plaintext": "true"}
    )
    assert settings.board_access_file == Path("/run/tocsin/board-access.toml")
    access = read_access(tmp_path / "board-access.toml")
    assert access.tokens["analyst"].sha256 == sha256(token).hexdigest()
    assert not place_of(settings, access).open
    assert f"127.0.0.1:{settings.board_port}:{settings.board_port}" in services["board"]["ports"]


def test_the_gateway_takes_messages_from_who_shows_the_token_that_is_made_for_it(
    services: dict[str, Any], tmp_path: Path
) -> None:
    (token := tmp_path / "gateway-token").write_text("x" * 32)
    given = {
        name.removeprefix("TOCSIN_").lower(): str(value).replace("/run/tocsin", str(tmp_path))
        for name, value in services["gateway"]["environment"].items()
    }
    settings = Settings.load(given)
    assert require_trust(settings) == token.read_text()
    for port in (settings.gateway_http_port, settings.gateway_mail_port):
        assert f"127.0.0.1:{port}:{port}" in services["gateway"]["ports"]


def test_notify_tells_the_alertmanager_beside_it_of_every_alert(services: dict[str, Any]) -> None:
    folder = services["notify"]["volumes"][0].partition(":-")[2].partition("}")[0]
    spec = read_notify(REPOSITORY / folder / "notify.toml")
    (sink,) = spec.sinks.values()
    assert str(sink.url).endswith("//alertmanager:9093")
    assert [route.to for route in spec.routes] == [tuple(spec.sinks)]
    assert "alertmanager" in services


def test_the_health_of_each_service_is_asked_for_where_it_serves(services: dict[str, Any]) -> None:
    ports = {"board": "board_port", "gateway": "gateway_http_port", "notify": "notify_port"}
    for name, port in ports.items():
        assert f":{Settings.model_fields[port].default}/healthz" in services[name]["healthcheck"]["test"][-1]
    ours = {name for name, service in services.items() if service["image"].startswith("tocsin:")}
    for name in ours - set(ports) - {"worker-1", "worker-2"}:
        assert services[name]["healthcheck"] == {"disable": True}, "it ends, and serves nothing"


def _validate(path: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        path,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)
