"""The manifests under `deploy/kubernetes`: their form, how narrow they are, and settings that hold."""

import asyncio
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from tests.tools.manifests import Manifest, built, judge
from tools.resources import ACLS, COMPONENTS, OF_ONE_CLIENT, SETTINGS, acls, written

from tocsin.board.identity.file import read_access
from tocsin.board.identity.place import place_of
from tocsin.cli import main_group
from tocsin.gateway.trust import require_trust
from tocsin.settings import SECRETS, Settings
from tocsin.streams.core.stats import Stats
from tocsin.streams.kafka.topics import specifications
from tocsin.web.access import required_token
from tocsin.web.server import serve

pytestmark = pytest.mark.slow  # builds with kustomize

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
OVERLAYS = ("plain", "operators")
VERSIONS = ("1.29", "1.37")
"""The oldest Kubernetes that the page names, and the newest whose schemas there are."""


@pytest.fixture(scope="module")
def overlays() -> dict[str, list[Manifest]]:
    return {name: built(FOLDER / "overlays" / name) for name in OVERLAYS}


def named(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}


def pods(manifests: list[Manifest]) -> dict[str, Any]:
    """What each workload makes its pods from, by its name."""
    kinds = ("StatefulSet", "Deployment", "Job")
    return {each["metadata"]["name"]: each["spec"]["template"] for each in manifests if each["kind"] in kinds}


# The form


@pytest.mark.parametrize("name", OVERLAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_has_the_form_that_kubernetes_or_its_operator_asks_for(
    overlays: dict[str, list[Manifest]], name: str, version: str
) -> None:
    for manifest in overlays[name]:
        judge(manifest, version)


@pytest.mark.parametrize(
    ("kind", "name", "slip"),
    [
        ("StatefulSet", "tocsin-worker", {"replica": 2}),
        ("ScaledObject", "tocsin-worker", {"minReplicas": 2}),
        ("PodMonitor", "tocsin", {"podMetricsEndpoint": []}),
        ("ServiceMonitor", "tocsin-gateway", {"endpoint": []}),
        ("PrometheusRule", "tocsin", {"rules": []}),
        ("KafkaTopic", "soc.inbox", {"replication": 3}),
        ("KafkaUser", "tocsin-worker", {"acls": []}),
    ],
)
def test_the_schemas_would_notice_a_slip(
    overlays: dict[str, list[Manifest]], kind: str, name: str, slip: dict[str, Any]
) -> None:
    manifest = named(overlays["operators"], kind)[name]
    with pytest.raises(jsonschema.ValidationError):
        judge({**manifest, "spec": manifest["spec"] | slip}, VERSIONS[-1])


@pytest.mark.parametrize(("path", "text"), list(written()), ids=lambda it: it.name if isinstance(it, Path) else "")
def test_what_follows_from_the_code_is_current(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make reference`"


# What follows from the code


def test_strimzi_is_given_every_topic_as_tocsin_makes_it(overlays: dict[str, list[Manifest]]) -> None:
    given = {name: each["spec"] for name, each in named(overlays["operators"], "KafkaTopic").items()}
    assert {name: spec["config"] for name, spec in given.items()} == {
        spec.name: spec.config for spec in specifications(SETTINGS)
    }
    assert "tocsin-topics" not in named(overlays["operators"], "Job"), "two would make the topics"
    assert "tocsin-topics" in named(overlays["plain"], "Job")


def test_strimzi_grants_what_the_script_grants_and_no_more(overlays: dict[str, list[Manifest]]) -> None:
    users = named(overlays["operators"], "KafkaUser")
    granted = {
        (user.removeprefix("tocsin-"), acl["resource"]["type"].lower(), acl["resource"]["name"], operation)
        for user, each in users.items()
        for acl in each["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    assert granted == {call for role in {acl.role for acl in acls()} for call in scripted(role)}


def scripted(role: str) -> set[tuple[str, str, str, str]]:
    """The role, resource, name and operation of all that the script grants to it."""
    done = subprocess.run(
        [ACLS.with_suffix(".sh"), role, "User:x", "--bootstrap-server", "x"],
        env={"KAFKA_ACLS": "echo", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    granted = set()
    for call in done.stdout.splitlines():
        operations = re.findall(r"--operation (\S+)", call)
        for kind, name in re.findall(r"--(topic|group|transactional-id) (\S+)", call):
            granted |= {(role, kind.replace("-", ""), name, operation) for operation in operations}
    return granted


def test_every_role_has_a_user_but_that_of_a_single_client(overlays: dict[str, list[Manifest]]) -> None:
    lines = [line.split() for line in ACLS.read_text().splitlines() if line and line[0] != "#"]
    roles = {line[0] for line in lines if line[2] != OF_ONE_CLIENT}
    assert {name.removeprefix("tocsin-") for name in named(overlays["operators"], "KafkaUser")} == roles


def test_no_more_workers_are_started_than_the_inbox_has_partitions(overlays: dict[str, list[Manifest]]) -> None:
    manifests = overlays["operators"]
    scaled = named(manifests, "ScaledObject")["tocsin-worker"]["spec"]
    assert scaled["maxReplicaCount"] == named(manifests, "KafkaTopic")["soc.inbox"]["spec"]["partitions"]
    assert "replicas" not in named(manifests, "StatefulSet")["tocsin-worker"]["spec"], "it would undo the scaling"
    assert scaled["scaleTargetRef"]["name"] in named(manifests, "StatefulSet")
    job = named(overlays["plain"], "Job")["tocsin-topics"]["spec"]["template"]["spec"]["containers"][0]
    partitions = next(each["value"] for each in job["env"] if each["name"] == "TOCSIN_PARTITIONS")
    assert int(partitions) == scaled["maxReplicaCount"]


# Narrow


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_pod_runs_without_root_and_without_anything_to_write_to(
    overlays: dict[str, list[Manifest]], name: str
) -> None:
    for workload, template in pods(overlays[name]).items():
        spec, (container,) = template["spec"], template["spec"]["containers"]
        assert spec["securityContext"]["runAsNonRoot"], workload
        assert spec["securityContext"]["runAsUser"] == uid_of_the_image()
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert spec["automountServiceAccountToken"] is False
        assert container["resources"]["limits"]["memory"]
        assert container["image"] == f"tocsin:{metadata.version('tocsin')}"
        writable = {each["name"] for each in container["volumeMounts"] if not each.get("readOnly")}
        assert writable == {"tmp"}


def uid_of_the_image() -> int:
    found = re.search(r"^USER (\d+):", (FOLDER.parent / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


@pytest.mark.parametrize("name", OVERLAYS)
def test_what_no_policy_allows_reaches_no_pod_and_leaves_none(overlays: dict[str, list[Manifest]], name: str) -> None:
    policies = named(overlays[name], "NetworkPolicy")
    nothing = policies["tocsin-nothing-else"]["spec"]
    assert nothing["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & set(nothing)
    (label, value) = next(iter(nothing["podSelector"]["matchLabels"].items()))
    assert all(template["metadata"]["labels"][label] == value for template in pods(overlays[name]).values())


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_selector_finds_pods_and_every_port_is_one_of_theirs(
    overlays: dict[str, list[Manifest]], name: str
) -> None:
    labels = {workload: template["metadata"]["labels"] for workload, template in pods(overlays[name]).items()}
    ports = {
        port["name"]
        for template in pods(overlays[name]).values()
        for port in template["spec"]["containers"][0].get("ports", ())
    }
    for each in overlays[name]:
        spec = each.get("spec", {})
        selector = spec.get("selector", {}) if each["kind"] in ("Service", "PodDisruptionBudget") else {}
        wanted = selector.get("matchLabels", selector) | spec.get("podSelector", {}).get("matchLabels", {})
        if wanted:
            assert any(wanted.items() <= found.items() for found in labels.values()), each["metadata"]["name"]
        for rule in (*spec.get("ingress", ()), *(spec["ports"] if each["kind"] == "Service" else ())):
            for port in rule.get("ports", [{"port": rule.get("targetPort")}]):
                assert port["port"] in ports


def test_a_drain_takes_one_worker_at_a_time_and_never_the_last_of_what_brings_alerts(
    overlays: dict[str, list[Manifest]],
) -> None:
    budgets = {name: each["spec"] for name, each in named(overlays["plain"], "PodDisruptionBudget").items()}
    assert budgets["tocsin-worker"]["maxUnavailable"] == 1
    for name in ("tocsin-notify", "tocsin-gateway"):
        assert budgets[name]["minAvailable"] == 1
        assert named(overlays["plain"], "Deployment")[name]["spec"]["replicas"] == 2
    assert budgets["tocsin-board"]["maxUnavailable"] == 1, "its one pod can be drained"


# The settings hold


def settings_of(manifests: list[Manifest], template: Any, folder: Path) -> Settings:
    """The settings of such a pod; its secrets and files, made up, lie under `folder`."""
    (container,) = template["spec"]["containers"]
    given: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        given |= named(manifests, "ConfigMap")[source["configMapRef"]["name"]]["data"]
    given |= {each["name"]: each.get("value", "pod-0") for each in container["env"]}
    named_here = {name.removeprefix("TOCSIN_").lower(): value for name, value in given.items()}
    assert not set(named_here) & set(SECRETS), "secrets come as files"
    mounted = [each["mountPath"] for each in container["volumeMounts"]]
    for name, value in named_here.items():
        if name.endswith("_file"):
            assert any(value.startswith(f"{path}/") for path in mounted), f"{name}: nothing is mounted at {value}"
            named_here[name] = str(made_up(folder, value))
    return Settings.load(named_here)


def made_up(folder: Path, path: str) -> Path:
    file = folder / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'[tokens.ada]\nsha256 = "{"0" * 64}"\nacts = true\n' if file.suffix == ".toml" else "x" * 40)
    return file


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_process_would_start_with_the_settings_of_its_pod(
    overlays: dict[str, list[Manifest]], name: str, tmp_path: Path
) -> None:
    settings = {
        workload: settings_of(overlays[name], template, tmp_path) for workload, template in pods(overlays[name]).items()
    }
    for workload in ("tocsin-worker", "tocsin-notify"):
        assert required_token(settings[workload])
    assert require_trust(settings["tocsin-gateway"])
    board = settings["tocsin-board"]
    assert board.board_access_file
    assert place_of(board, read_access(board.board_access_file)).secure
    assert all(each.security_protocol == "SASL_SSL" and not each.allow_plaintext for each in settings.values())


@pytest.mark.parametrize("name", OVERLAYS)
def test_each_process_signs_in_as_a_user_with_the_rights_of_its_role(
    overlays: dict[str, list[Manifest]], name: str, tmp_path: Path
) -> None:
    users = named(overlays["operators"], "KafkaUser")
    for template in pods(overlays[name]).values():
        user = settings_of(overlays[name], template, tmp_path).sasl_username
        assert user in users
        (secret,) = (each["secret"]["secretName"] for each in template["spec"]["volumes"] if each["name"] == "kafka")
        assert secret == user, "Strimzi keeps a user's password in a secret of the same name"


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_ports_of_the_pods_are_those_of_the_settings(
    overlays: dict[str, list[Manifest]], name: str, tmp_path: Path
) -> None:
    served = {
        "tocsin-worker": ("web_port",),
        "tocsin-notify": ("notify_port",),
        "tocsin-board": ("board_port",),
        "tocsin-gateway": ("gateway_http_port", "gateway_mail_port"),
    }
    for workload, settings_names in served.items():
        template = pods(overlays[name])[workload]
        settings = settings_of(overlays[name], template, tmp_path)
        ports = [each["containerPort"] for each in template["spec"]["containers"][0]["ports"]]
        assert ports == [getattr(settings, each) for each in settings_names]


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_files_of_the_overlay_are_ones_that_tocsin_takes(name: str) -> None:
    folder = FOLDER / "overlays" / name
    assert tomllib.loads((folder / "tenants.toml").read_text())["tenants"]
    for noun in ("tenants", "notify"):
        done = CliRunner().invoke(main_group, [noun, "check", str(folder / f"{noun}.toml")])
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("workload", ["tocsin-worker", "tocsin-notify"])
async def test_a_pod_is_asked_whether_it_is_ready_with_the_token_that_it_has(
    overlays: dict[str, list[Manifest]], workload: str, tmp_path: Path
) -> None:
    (container,) = pods(overlays["plain"])[workload]["spec"]["containers"]
    *_, script = container["readinessProbe"]["exec"]["command"]
    (port,) = (each["containerPort"] for each in container["ports"])
    token = made_up(tmp_path, "/run/secrets/web/token")
    settings = Settings(web_port=0, web_token=token.read_text())
    async with serve(settings, Stats(settings)) as address:
        here = script.replace("/run/secrets/web/token", str(token))
        asked = here.replace(f"127.0.0.1:{port}", address.removeprefix("http://"))
        assert asked != here
        done = await run_python(asked)
    assert "HTTP Error 503" in done, "a worker that has no partitions yet is not ready; a wrong token were 401"


async def run_python(script: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return said.decode()


def test_what_is_scraped_shows_the_token_of_what_it_asks(overlays: dict[str, list[Manifest]]) -> None:
    manifests = overlays["operators"]
    (pod_end,) = named(manifests, "PodMonitor")["tocsin"]["spec"]["podMetricsEndpoints"]
    (gateway_end,) = named(manifests, "ServiceMonitor")["tocsin-gateway"]["spec"]["endpoints"]
    secrets = {
        workload: {each["secret"]["secretName"] for each in template["spec"]["volumes"] if "secret" in each}
        for workload, template in pods(manifests).items()
    }
    asked = pod_end["authorization"]["credentials"]["name"]
    assert asked in secrets["tocsin-worker"] & secrets["tocsin-notify"]
    assert gateway_end["authorization"]["credentials"]["name"] in secrets["tocsin-gateway"]


def test_the_generated_files_say_how_they_are_made() -> None:
    for path in (COMPONENTS / "strimzi").glob("*s.yaml"):
        assert path.read_text().startswith("# Written by")
        assert list(yaml.safe_load_all(path.read_text()))
