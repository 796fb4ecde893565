"""Telephone numbers in one spelling each, so that a return finds the call that it answers."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from tests.unit.taking import STAMP, taken_of

from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.notation.telephone import is_normal, phone_number
from tocsin.domain.commands.inbound import CallMissed, RequestSubmitted
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.streams.core.pipeline import NumbersSaid
from tocsin.tenants.directory import TenantDirectory

LIBRARY = ContractLibrary.load(None)
EVENT: dict[str, Any] = {"specversion": "1.0", "id": "a", "source": "pbx", "tenant": "acme"}
ACME = """
[tenants.acme]
region = "CA"
[tenants.acme.sources]
phones = ["(416) 555-0100"]
[tenants.acme.lines]
toll_free = "1-844-552-5837"
[[tenants.acme.contacts]]
name = "Ada"
phones = ["416 555 0123", "416 555 0100 ext. 22"]
[tenants.globex.sources]
phones = ["+49 30 901820"]
"""


def directory(tmp_path: Path, text: str = ACME) -> TenantDirectory:
    file = tmp_path / "tenants.toml"
    file.write_text(text)
    return TenantDirectory.from_file(file, LIBRARY, "esentire")


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("(416) 555-0123", "CA", "+14165550123"),
        ("14165550123", "CA", "+14165550123"),
        ("011 49 30 901821", "CA", "+4930901821"),
        ("030 901821", "DE", "+4930901821"),
        ("0049 30 901821", "DE", "+4930901821"),
        ("0049 30 901821", None, "+4930901821"),
        ("00 1 416 555 0123", "CA", "+14165550123"),
        ("+1 416 555 0123", "DE", "+14165550123"),
        ("sip:+14165550123@pbx.example;user=phone", None, "+14165550123"),
        ('"Ada" <sip:4165550123@10.0.0.1:5060>', "CA", "+14165550123"),
        ("tel:+1-416-555-0123", None, "+14165550123"),
        ("tel:416-555-0123;phone-context=+1", None, "+14165550123"),
        ("+1 416 555 0100 ext. 22", None, "+14165550100;ext=22"),
        ("tel:+1-416-555-0100;ext=22", None, "+14165550100;ext=22"),
        ("416 555 0100 x22", "CA", "+14165550100;ext=22"),
    ],
)
def test_a_number_is_told_in_whatever_form_it_is_written(written: str, region: str | None, number: str) -> None:
    assert phone_number(written, region) == number
    assert phone_number(number, region) == number
    assert is_normal(number)


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("4165550123", None),
        ("5550123", "CA"),
        ("1001", "DE"),
        ("sip:1001@pbx.example", "CA"),
        ("sip:ada@pbx.example", "CA"),
        ("client:ada", "CA"),
        ("+1416", None),
    ],
)
def test_what_is_no_number_that_can_be_told_stays_as_it_is_written(written: str, region: str | None) -> None:
    assert phone_number(written, region) == written
    assert not is_normal(written)


def call(kind: str = "missed", **data: Any) -> dict[str, Any]:
    told = {"call": "c1", "from": "416-555-0123", "to": "844 552 5837", **data}
    return {**EVENT, "type": f"tocsin.call.{kind}", "data": told}


def taken(tenants: TenantDirectory, topic: Topic, event: dict[str, Any], **more: Any) -> Any:
    record = Record(topic, 0, 1, STAMP, None, json.dumps(event).encode())
    return taken_of([output for chunk in Intake(tenants, 1, **more).fold([record]) for output in chunk.outputs])


def body(tenants: TenantDirectory, topic: Topic, event: dict[str, Any]) -> Any:
    return taken(tenants, topic, event).input.body


def test_the_calls_of_a_client_are_told_by_its_country(tmp_path: Path) -> None:
    tenants = directory(tmp_path)
    expected = CallMissed(call="c1", caller="+14165550123", line="+18445525837")
    assert body(tenants, Topic.CALLS, call()) == expected
    nameless = call(to="+1 844 552 5837") | {"tenant": None}
    assert body(tenants, Topic.CALLS, nameless) == expected  # the line tells the client, and the client its country
    placed = {"outcome": "reached", "purpose": "callback", "analyst": "Ola"}
    returned = call("placed", **{"from": "+18445525837", "to": "(416) 555-0123"}, **placed)
    assert body(tenants, Topic.CALLS, returned).callee == "+14165550123"


def test_without_a_country_only_international_numbers_are_told(tmp_path: Path) -> None:
    tenants = directory(tmp_path)
    theirs = call() | {"tenant": "globex"}
    assert body(tenants, Topic.CALLS, theirs).caller == "416-555-0123"
    assert body(tenants, Topic.CALLS, call(**{"from": "0049 30 901821"}) | {"tenant": "globex"}).caller == "+4930901821"


def test_a_contact_of_the_portal_is_told_by_the_same_rule(tmp_path: Path) -> None:
    asked = {**EVENT, "type": "tocsin.request.submitted", "data": {"contact": "416 555 0123", "subject": "Help"}}
    told = body(directory(tmp_path), Topic.DESK, asked)
    assert isinstance(told, RequestSubmitted)
    assert told.contact == "+14165550123"


def test_a_clients_own_numbers_are_told_by_its_country(tmp_path: Path) -> None:
    tenants = directory(tmp_path)
    assert [each.phones for each in tenants.adoption("acme").contacts] == [("+14165550123", "+14165550100;ext=22")]
    assert {tenants.tenant_of(phone=number) for number in ("+14165550100", "+14165550123", "+18445525837")} == {"acme"}


def test_an_extension_belongs_to_whom_its_number_belongs(tmp_path: Path) -> None:
    tenants = directory(tmp_path)
    assert tenants.tenant_of(phone="+4930901820;ext=7") == "globex"


def test_an_adoption_that_comes_as_a_message_is_told_by_the_same_rule(tmp_path: Path) -> None:
    tenants = directory(tmp_path)
    adoption = msgspec.to_builtins(tenants.adoption("acme"))
    data = adoption | {"contacts": [{"name": "Ada", "phones": ["416 555 0123"]}]}
    data.pop("type", None)
    adopted = taken(tenants, Topic.DESK, {**EVENT, "type": "tocsin.contract.adopt", "data": data}).input.body
    assert adopted.contacts[0].phones == ("+14165550123",)


@pytest.mark.parametrize("region", ["Canada", "ca", "XX", "001"])
def test_a_country_that_is_none_is_refused(tmp_path: Path, region: str) -> None:
    with pytest.raises(ContractError, match="there is no country"):
        directory(tmp_path, f'[tenants.acme]\nregion = "{region}"\n')


def test_a_number_without_its_country_is_refused_where_no_country_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="or name the `region`"):
        directory(tmp_path, '[tenants.acme.sources]\nphones = ["416 555 0100"]\n')


def test_a_number_that_cannot_be_told_is_marked_and_warned_of_once(tmp_path: Path) -> None:
    tenants, warn = directory(tmp_path), NumbersSaid()
    with structlog.testing.capture_logs() as logged:
        for number in ("1001", "1001", "416-555-0123", "anonymous", "1002"):
            marked = taken(tenants, Topic.CALLS, call(**{"from": number}), warn=warn).input.body.as_written
            assert marked == number.startswith("100")
    assert [(it["event"], it["tenant"], it["origin"]) for it in logged] == [
        ("number_as_written", "acme", "soc.calls/0/1"),
        ("number_as_written", "acme", "soc.calls/0/1"),
    ]
    assert "1001" not in str(logged)
