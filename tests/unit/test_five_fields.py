"""The first example of `docs/formats.md`: five fields, by `tocsin publish` or by kcat."""

import json
import re
from importlib.resources import files
from pathlib import Path

from tests.unit.taking import Take

from tocsin.cli.publish import command
from tocsin.domain.vocabulary import Severity
from tocsin.messages.record import Topic
from tocsin.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)


def test_the_five_fields_of_the_page_are_a_detection(take: Take) -> None:
    assert EXAMPLE
    taken = take(Topic.SECURITY_EVENTS, EXAMPLE[1].encode()).input
    assert len(json.loads(EXAMPLE[1])["data"]) == 5
    assert (taken.tenant, taken.source, taken.id) == ("acme", "my-sensor", "a-1")
    assert (taken.body.severity, taken.body.asset) == (Severity.HIGH, "srv-1")


def test_the_commands_of_the_page_name_the_topic_and_the_tenant(tmp_path: Path) -> None:
    (publish,) = re.findall(r"^    tocsin publish (.*)$", PAGE, re.MULTILINE)
    arguments = publish.replace("alerts.jsonl", str(tmp_path / "alerts.jsonl")).split()
    (tmp_path / "alerts.jsonl").write_text("{}")
    given = command.make_context("publish", arguments).params
    assert (given["topic"], given["tenant"]) == (Topic.SECURITY_EVENTS, "acme")
    (kcat,) = re.findall(r"^    kcat (.*)$", PAGE, re.MULTILINE)
    assert f"-t {Topic.SECURITY_EVENTS} -H tenant=acme" in kcat


def test_the_curl_of_the_page_and_the_sample_that_comes_along_are_what_the_gateway_and_intake_take(take: Take) -> None:
    (address,) = re.findall(r"^    curl -sS '(\S+)' -d @alert.json$", PAGE, re.MULTILINE)
    host, port = Settings().gateway_host, Settings().gateway_http_port
    assert address == f"http://{host}:{port}/security-events?tenant=acme"
    sample = files("tocsin.dev").joinpath("samples", "five-fields.json").read_bytes()
    assert take(Topic.SECURITY_EVENTS, sample, headers=(("tenant", b"acme"),)).input.tenant == "acme"


def test_what_curl_says_of_the_media_type_does_not_matter(take: Take) -> None:
    sample = files("tocsin.dev").joinpath("samples", "five-fields.json").read_bytes()
    headers = (("tenant", b"acme"), ("content-type", b"application/x-www-form-urlencoded"))
    assert take(Topic.SECURITY_EVENTS, sample, headers=headers).input.tenant == "acme"
