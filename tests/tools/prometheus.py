"""A real Prometheus that scrapes real processes and judges the rules of `deploy/prometheus`, for one test."""

import json
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from patience import wait_for
from tests.tools.debian import PROMETHEUS, program

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules.yml"


class Prometheus:
    """One that runs."""

    def __init__(self, address: str) -> None:
        self._address = address

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples that `expression` gives now. Raises `AssertionError` where it is wrong."""
        found: list[dict[str, Any]] = self._ask("query", query=expression)["result"]
        return found

    def values(self, expression: str) -> list[float]:
        """Their values."""
        return [float(sample["value"][1]) for sample in self.query(expression)]

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        return {alert["labels"]["alertname"] for alert in self._ask("alerts")["alerts"] if alert["state"] == "firing"}

    def exemplars(self, expression: str, start: float, end: float) -> list[dict[str, Any]]:
        """The exemplars of the series of `expression`, in seconds since 1970."""
        every = self._ask("query_exemplars", query=expression, start=str(start), end=str(end))
        return [exemplar for series in every for exemplar in series["exemplars"]]

    def unhealthy(self) -> list[str]:
        """The rules that could not be evaluated, and why; the ones that were not evaluated yet too."""
        rules = [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]
        return [f"{rule['name']}: {rule.get('lastError', rule['health'])}" for rule in rules if rule["health"] != "ok"]

    def ready(self) -> bool:
        """Returns whether it answers."""
        try:
            with urllib.request.urlopen(f"{self._address}/-/ready", timeout=5) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    def _ask(self, what: str, **parameters: str) -> Any:
        url = f"{self._address}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own address
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{parameters}: {json.load(refused)['error']}") from None


@contextmanager
def prometheus(folder: Path, jobs: Mapping[str, str]) -> Iterator[Prometheus]:
    """Scrapes the address of each of `jobs` every second, and judges the rules as often."""
    folder.mkdir()
    rules = RULES.read_text().replace("interval: 1m\n", "interval: 1s\n")
    (folder / "rules.yml").write_text(rules)
    scraped = [
        {"job_name": name, "static_configs": [{"targets": [address.removeprefix("http://")]}]}
        for name, address in jobs.items()
    ]
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config = {"global": every, "rule_files": ["rules.yml"], "scrape_configs": scraped}
    (folder / "prometheus.yml").write_text(json.dumps(config))  # YAML's grammar holds that of JSON
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        str(program(PROMETHEUS, "prometheus")),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--enable-feature=exemplar-storage",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            running = Prometheus(f"http://{address}")
            wait_for(lambda: running.ready() or process.poll() is not None, "Prometheus is ready")
            assert process.poll() is None, (folder / "log").read_text()
            yield running
        finally:
            process.terminate()
