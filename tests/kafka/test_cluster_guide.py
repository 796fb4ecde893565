"""The guide to a secured cluster: its commands, read off the page and run in their order, do what it says."""

import os
import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from patience import HANG_SECONDS
from tests.conftest import UsesBroker
from tests.tools.alertmanager import runnable
from tests.tools.debian import ALERTMANAGER, PROMETHEUS, program
from tests.tools.page import DOCS, blocks, typed

from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import free_port, port_is_free

PAGE = "cluster.md"
CLONE = Path(__file__).parents[2]
INSTALL = [
    """\
sudo apt-get install --yes curl git openssl prometheus prometheus-alertmanager python3-venv
sudo systemctl disable --now prometheus prometheus-alertmanager    # this page starts its own
""",
    """\
export CLONE=$PWD
mkdir ../soc && cd ../soc
python3 -m venv python && . python/bin/activate
pip install "$CLONE[dev]"
""",
]
"""What needs root, and what `test_release.py` does with the wheel."""

NODES, CONTROLLERS, BETWEEN = 19090, 19190, 19290
PORTS = ("2525", "8642", "8643", "8644", "8646", "8652", "9090", "9093")
UNNAMED = {"GATEWAY_HTTP_PORT": "8643", "BOARD_PORT": "8644", "NOTIFY_PORT": "8646"}
"""The page leaves these to their defaults."""

KILLED = {"broker-2", "worker-1", "worker-2", "notify", "gateway", "board", "prometheus", "alertmanager"}
CALLS = 5
LIMIT_SECONDS = 30 * 60
"""Five times what the page takes alone: beside another test, on a slow machine, 600 seconds were not enough."""


def ports() -> dict[str, str]:
    """Each port of the page, and a free one in its place."""
    bases = random.sample(range(20_000, 32_000, 10), 1_000)
    base = next(it for it in bases if all(port_is_free(it + of + n) for of in (0, 100, 200) for n in (1, 2, 3)))
    own = {str(of): str(base + of - NODES) for of in (NODES, CONTROLLERS, BETWEEN)}
    own |= {str(of + n): str(base + of - NODES + n) for of in (NODES, CONTROLLERS, BETWEEN) for n in (1, 2, 3)}
    return own | {port: str(free_port()) for port in PORTS}


def script(here: dict[str, str]) -> str:
    """The commands behind the installation; each chapter begins with a line of the seconds so far."""
    assert blocks(PAGE)[: len(INSTALL)] == INSTALL
    text = ""
    for title in re.findall(r"^## (\d\. .*)$", (DOCS / PAGE).read_text(encoding="utf-8"), re.MULTILINE):
        text += f'echo "=== $SECONDS s: {title}"\n' + "".join(it for it in blocks(PAGE, title) if it not in INSTALL)
    return re.sub("|".join(rf"\b{port}\b" for port in here), lambda found: here[found[0]], text)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Prometheus and Alertmanager on the PATH, as the packages have them."""
    programs = tmp_path / "programs"
    programs.mkdir()
    alertmanager, unpacked = runnable(program(ALERTMANAGER, "prometheus-alertmanager"))
    (programs / "prometheus-alertmanager").symlink_to(alertmanager)
    (programs / "prometheus").symlink_to(program(PROMETHEUS, "prometheus"))
    (tmp_path / "soc").mkdir()
    if (unpacked / "usr").is_dir():
        (tmp_path / "soc" / "usr").symlink_to(unpacked / "usr")  # where one that is not installed looks for templates
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    path = f"{programs}:{Path(sys.executable).parent}:{clean['PATH']}"
    return {**clean, "PATH": path, "CLONE": str(CLONE), "PYTHONPATH": ":".join(sys.path)}


@pytest.mark.timeout(LIMIT_SECONDS + HANG_SECONDS)
def test_a_stranger_gets_a_secured_cluster_in_which_no_killed_process_loses_or_repeats_anything(
    environment: dict[str, str], tmp_path: Path, uses_broker: UsesBroker
) -> None:
    uses_broker(kafka_version(), nodes=3)
    here, folder = ports(), tmp_path / "soc"
    unnamed = {f"TOCSIN_{name}": here[port] for name, port in UNNAMED.items()}
    unnamed["TOCSIN_GATEWAY_MAIL_PORT"] = str(free_port())
    done = typed(script(here), folder, environment | unnamed, LIMIT_SECONDS)
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, "".join(path.read_text()[-2_000:] for path in (folder / "log").glob("[!b]*.log"))
    told = re.findall(r"(ACME-\d+) .*callback_overdue", (folder / "alerts.txt").read_text())
    paged = re.findall(r"(ACME-\d+)\] Page for Grace", (folder / "mailbox.txt").read_text())
    assert Counter(told) == Counter(paged) == Counter(f"ACME-00000{number}" for number in range(1, CALLS + 1))
    ended = [line.split()[1:] for line in (folder / "log" / "ended.log").read_text().splitlines()]
    assert sorted(ended) == sorted([name, "ended", "with", "status", "137"] for name in KILLED)
    assert "all that was said follows from them" in done.stdout
    assert "Ada Okafor" in done.stdout
