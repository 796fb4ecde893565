"""The tenants file: whose message it is, which contract holds, and what is wrong with it."""

import json
import re
from datetime import date
from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tocsin.cli.tenants import command
from tocsin.contracts.codec import contract_from_json, contract_hash
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.contract.rules import Server
from tocsin.messages.models.contract import AdoptContract
from tocsin.tenants.directory import TenantDirectory, example_text

LIBRARY = ContractLibrary.load(None)
SERVER = '[tenants.acme]\ncontract = "senstar"\n[[tenants.acme.servers]]\nname = "s"\n'
HEADER = '[tenants.acme]\ncontract = "sorb"\n'


def directory(tmp_path: Path, text: str, name: str = "tenants.toml") -> TenantDirectory:
    file = tmp_path / name
    file.write_text(text)
    return TenantDirectory.from_file(file, LIBRARY, "esentire")


@pytest.fixture
def example(tmp_path: Path) -> TenantDirectory:
    return directory(tmp_path, example_text())


def refusal(tmp_path: Path, text: str, name: str = "tenants.toml") -> str:
    with pytest.raises(ContractError) as caught:
        directory(tmp_path, text, name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("known_by", "tenant"),
    [
        ({"sensor": "acme-sensor-1"}, "acme"),
        ({"sensor": "acme-sensor-2"}, "acme"),
        ({"mailbox": "Acme@SOC.example"}, "acme"),
        ({"phone": "+14165550100"}, "acme"),
        ({"phone": "+14165550123"}, "acme"),  # a contact's
        ({"phone": "+18445525837"}, "acme"),  # a line that only this client was given
        ({"mail_address": "Ada@acme.example"}, "acme"),
        ({"mail_address": "anyone@mail.globex.example"}, "globex"),
        ({"sensor": "unknown"}, None),
        ({"phone": "anonymous"}, None),
        ({"mail_address": "anyone@notacme.example"}, None),
        ({"mail_address": ""}, None),
        ({}, None),
    ],
)
def test_a_tenant_is_known_by_its_sources(example: TenantDirectory, known_by: dict[str, str], tenant: str) -> None:
    assert example.tenant_of(**known_by) == tenant


def test_a_line_that_two_clients_dial_tells_neither(tmp_path: Path) -> None:
    tenants = directory(
        tmp_path,
        '[tenants.a.lines]\nhot = "+1 844 552 5837"\n[tenants.b.lines]\nhot = "+1 844 552 5837"\n'
        '[[tenants.a.contacts]]\nname = "Ann"\nphones = ["+1 416 555 0100"]\n'
        '[[tenants.b.contacts]]\nname = "Ann"\nphones = ["+1 416 555 0100"]\n',
    )
    assert tenants.tenant_of(phone="+18445525837") is None
    assert tenants.tenant_of(phone="+14165550100") is None


def test_numbers_are_compared_however_they_were_written(tmp_path: Path) -> None:
    tenants = directory(tmp_path, '[tenants.acme.sources]\nphones = ["+44 (0)20 7946 0018"]\n')
    assert tenants.tenant_of(phone="+442079460018") == "acme"


def test_our_own_addresses_are_known(example: TenantDirectory) -> None:
    assert example.is_ours("SOC@soc.example")
    assert example.is_ours("acme@soc.example")
    assert example.is_ours("anybody@soc.example")
    assert not example.is_ours("ada@acme.example")


def test_home_networks_and_sensors_time_zones_are_as_written(example: TenantDirectory) -> None:
    assert example.home_networks("acme") == (ip_network("10.0.0.0/8"), ip_network("192.168.0.0/16"))
    assert example.home_networks("nobody") == ()
    assert example.timezone_of_sensor("acme-sensor-2") == "America/Toronto"
    assert example.timezone_of_sensor("acme-sensor-1") is None


def test_an_adoption_carries_the_contract_as_it_holds_for_the_tenant(example: TenantDirectory) -> None:
    adoption = example.adoption("acme")
    contract = contract_from_json(adoption.contract)
    assert adoption.contract_hash == contract_hash(adoption.contract)
    assert (adoption.plan, adoption.unless_adopted) == ("example", True)
    assert contract == example.contract("acme")
    assert contract.calendars["client_hours"].timezone == "America/Toronto"
    agreed = {it.id: it for it in contract.plans["example"].objectives}["email_response"].targets["P1"]
    assert (agreed.target.amount, agreed.cites.clause) == (600_000, "Email Support; as agreed with the client")
    assert [(it.name, it.phones, it.location) for it in adoption.contacts] == [
        ("Ada Example", ("+14165550123",), "Toronto")
    ]


def test_a_role_of_the_matrix_can_have_a_name_of_the_tenant_s_own(example: TenantDirectory) -> None:
    steps = example.contract("umbrella").plans["platinum"].escalation[0].steps
    assert [step.role for step in steps] == ["duty manager Tokyo", "senior management"]


def test_a_tenant_that_the_file_does_not_name_has_the_default_contract(example: TenantDirectory) -> None:
    assert contract_from_json(example.adoption("stranger").contract) == LIBRARY.get("esentire")
    assert example.adoption("stranger") is example.adoption("another")


def test_unassigned_has_its_own_contract_whatever_the_default(tmp_path: Path) -> None:
    for tenants in (directory(tmp_path, ""), TenantDirectory.from_file(None, LIBRARY, "sorb")):
        assert contract_from_json(tenants.adoption("unassigned").contract) == LIBRARY.get("unassigned")


def test_without_a_file_there_are_no_tenants() -> None:
    assert TenantDirectory.from_file(None, LIBRARY, "esentire").names() == ()


def test_a_server_is_covered_from_its_installation_for_its_term(example: TenantDirectory) -> None:
    assert example.adoption("hooli").servers == (
        Server(
            name="vms-1",
            plan="with_maintenance",
            covered_from=date(2026, 2, 1),
            covered_until=date(2029, 2, 1),
            timezone="America/Los_Angeles",
        ),
        Server(
            name="vms-2",
            plan="without_maintenance",
            covered_from=date(2026, 2, 15),
            covered_until=date(2026, 5, 16),  # 90 days from installation
            timezone="America/Los_Angeles",
        ),
    )


def test_every_adoption_of_the_example_is_accepted_from_the_wire(example: TenantDirectory) -> None:
    for tenant in (*example.names(), "unassigned", "stranger"):
        data = msgspec.to_builtins(example.adoption(tenant))
        assert AdoptContract.model_validate(data).body() == example.adoption(tenant)
        assert len(json.dumps(data)) < 524_288


def test_yaml_says_the_same_as_toml(tmp_path: Path) -> None:
    text = 'tenants:\n  acme:\n    contract: sorb\n    sources: {phones: ["+1 416 555 0100"], sensors: [s1]}\n'
    tenants = directory(tmp_path, text, "tenants.yaml")
    assert tenants.tenant_of(phone="+14165550100") == "acme"
    assert tenants.contract("acme").name == "sorb"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tenants.acme]\ncontract = "srob"\n', "tenants.toml:2: tenants.acme.contract: there is no contract 'srob'"),
        (HEADER + 'plan = "gold"\n', "tenants.toml:3: tenants.acme.plan: sorb has no plan 'gold'"),
        (HEADER + 'timezone = "Mars"\n', "tenants.toml:3: tenants.acme.timezone: there is no time zone 'Mars'"),
        (HEADER + 'home_networks = ["10.0.0.1/8"]\n', "tenants.toml:3: tenants.acme.home_networks.0"),
        (HEADER + "colour = 1\n", "tenants.toml:3: tenants.acme.colour: there is no such key"),
        (HEADER + '[tenants.acme.sources]\nphones = ["555"]\n', "tenants.toml:4: tenants.acme.sources.phones.0: '555'"),
        (HEADER + '[tenants.acme.sources]\nmailboxes = ["soc"]\n', "tenants.toml:4: .*'soc' is no mail address"),
        (HEADER + '[tenants.acme.sources]\nmail_domains = ["a@b.c"]\n', "tenants.toml:4: .*is no mail domain"),
        (HEADER + '[tenants.acme.targets]\nresponse = {P9 = "1 h"}\n', "tenants.toml:4: .*no such priority"),
        (HEADER + '[tenants.acme.targets]\nresponse = {P1 = "soon"}\n', "tenants.toml:4: .*'soon' is no target"),
        (HEADER + "[tenants.acme.targets]\nresponse = {P1 = 5}\n", "tenants.toml:4: .*write this as a text"),
        (
            HEADER + "[tenants.acme.roles]\njanitor = 'Jo'\n",
            "tenants.toml:4: .*no such role; it tells senior",
        ),
        (HEADER + '[tenants.acme.targets]\nhope = {P1 = "1 h"}\n', "tenants.toml:4: .*no such objective"),
        (
            HEADER + '[tenants.acme.calendars.attic]\ntimezone = "UTC"\nhours = "24x7"\nclause = "x"\n',
            "tenants.toml:3: tenants.acme.calendars.attic: sorb has no such calendar",
        ),
        (
            HEADER + '[tenants.acme.calendars.support_hours]\ntimezone = "UTC"\nhours = {}\nclause = "x"\n',
            "tenants.toml:3: tenants.acme.calendars.support_hours: .*never opens",
        ),
        (
            HEADER + '[tenants.acme.calendars.support_hours]\ntimezone = "Mars"\nhours = "24x7"\nclause = "x"\n',
            "tenants.toml:4: tenants.acme.calendars.support_hours.timezone: there is no time zone 'Mars'",
        ),
        (
            HEADER + "".join(f'[[tenants.acme.contacts]]\nname = "{name}"\n' for name in "abc"),
            "tenants.toml:3: tenants.acme.contacts: 3 are authorised; sorb 1.2 allows 2",
        ),
        (
            HEADER + '[[tenants.acme.servers]]\nname = "s"\nplan = "premium"\ninstalled = 2026-01-01\n',
            "tenants.toml:3: tenants.acme.servers.0: sorb has no plan 'premium' for a server",
        ),
        (
            SERVER + 'plan = "with_maintenance"\ninstalled = 2026-01-01\nterm = "6 years"\n',
            "tenants.toml:3: tenants.acme.servers.0: the plan with_maintenance holds from 1 year to 5 years",
        ),
        (
            '[tenants.a.sources]\nsensors = ["s"]\n[tenants.b.sources]\nsensors = ["s"]\n',
            "tenants.toml:4: tenants.b.sources.sensors.0: this sensor belongs to 'a' already",
        ),
        ('[tenants.unassigned]\ncontract = "sorb"\n', "tenants.toml:2: tenants.unassigned.contract: the tenant"),
        ('[tenants."a b"]\n', "tenants"),
        ("[tenants\n", "tenants.toml: is no TOML: "),
    ],
)
def test_what_does_not_fit_is_told_with_its_line_and_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        directory(tmp_path, text)


def test_every_fault_of_a_tenants_file_is_told_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, HEADER + 'plan = "gold"\n[tenants.b]\ncontract = "srob"\n')
    assert [line.partition(": ")[0] for line in message.splitlines()] == ["tenants.toml:3", "tenants.toml:5"]


@pytest.mark.parametrize("name", ["tenants.toml", "tenants.yaml"])
def test_a_file_that_is_nested_too_deeply_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    text = ("x = " if name.endswith("toml") else "x: ") + "[" * 20_000 + "]" * 20_000
    with pytest.raises(ContractError, match=rf"{name}.*: (is nested too deeply|this is no YAML)"):
        directory(tmp_path, text, name)


def test_an_empty_yaml_file_is_a_file_without_tenants(tmp_path: Path) -> None:
    assert directory(tmp_path, "", "tenants.yaml").names() == ()


def test_a_fault_in_yaml_has_its_line_too(tmp_path: Path) -> None:
    text = "tenants:\n  acme:\n    contract: sorb\n    contacts:\n      - {name: Ann, phones: ['555']}\n"
    assert refusal(tmp_path, text, "t.yml").startswith("t.yml:5: tenants.acme.contacts.0.phones.0: '555'")


def test_a_partner_s_contact_does_not_count_towards_the_limit(tmp_path: Path) -> None:
    people = '[[tenants.acme.contacts]]\nname = "a"\n[[tenants.acme.contacts]]\nname = "b"\n'
    tenants = directory(tmp_path, HEADER + people + '[[tenants.acme.contacts]]\nname = "c"\npartner = true\n')
    assert len(tenants.adoption("acme").contacts) == 3


def test_a_default_contract_that_there_is_not_is_told() -> None:
    with pytest.raises(ContractError, match="default_contract: there is no 'srob'"):
        TenantDirectory.from_file(None, LIBRARY, "srob")


def test_the_check_command_shows_each_tenant(tmp_path: Path, example: TenantDirectory) -> None:
    result = CliRunner().invoke(command, ["check", str(tmp_path / "tenants.toml"), "--json"])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["tenant"], row["contract"], row["plan"]) for row in rows] == [
        ("acme", "esentire", "example"),
        ("globex", "sentinelone", "professional"),
        ("hooli", "senstar", "without_maintenance"),
        ("initech", "sentinelone", "enterprise"),
        ("umbrella", "sorb", "platinum"),
    ]
    assert all(row["hash"] == example.adoption(row["tenant"]).contract_hash for row in rows)


def test_the_check_command_exits_with_1_over_a_file_that_does_not_fit(tmp_path: Path) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text(HEADER + 'plan = "gold"\n')
    result = CliRunner().invoke(command, ["check", str(file)])
    assert result.exit_code == 1
    assert "tenants.toml:3: tenants.acme.plan:" in result.stderr


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            '[tenants.acme.sources]\nmail_domains = ["gmail.com"]\n',
            "2: tenants.acme.*.0: anybody can",
        ),
        ('[soc]\nmailboxes = ["x@soc.example"]\n[tenants.a.sources]\nmail_domains = ["soc.example"]\n', "4: .*our own"),
        (
            '[tenants.a.sources]\nmail_domains = ["a.example"]\n[tenants.b.sources]\nmail_domains = ["it.a.example"]\n',
            "4: .*lies within a domain of 'a'",
        ),
        (
            '[tenants.a.sources]\nmail_domains = ["a.test"]\n[[tenants.b.contacts]]\nname = "B"\nemails = ["b@a.test"]',
            "5: .*belongs to 'a'",
        ),
    ],
)
def test_the_check_command_warns_of_addresses_that_make_somebody_else_the_client(
    tmp_path: Path, text: str, warning: str
) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text(text)
    result = CliRunner().invoke(command, ["check", str(file), "--json"])
    assert result.exit_code == 0
    assert re.match(f"warning: tenants.toml:{warning}", result.stderr)
    assert len(result.stderr.splitlines()) == 1


def test_a_contact_of_a_partner_and_the_example_raise_no_doubt(tmp_path: Path) -> None:
    file = tmp_path / "tenants.toml"
    partner = '[[tenants.z.contacts]]\nname = "P"\nemails = ["p@globex.example"]\npartner = true\n'
    file.write_text(example_text() + partner)
    result = CliRunner().invoke(command, ["check", str(file), "--json"])
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("file", "sent_topic", "says"),
    [
        ("", False, ["No address of ours", "wherever they stand"]),
        ('[soc]\nmail_domains = ["soc.example"]\n', False, ["No raw mail counts as ours: one from", "wherever"]),
        ('[soc]\nmail_domains = ["soc.example"]\n', True, ["counts as ours on soc.sent; else", "on soc.sent alone"]),
        (example_text(), False, ["topmost .* of mx.soc.example has DMARC", "must remove", "umbrella must", "wherever"]),
        (example_text(), True, ["ours on soc.sent, and where the topmost", "must remove", "umbrella must", "alone"]),
    ],
)
def test_the_check_command_says_what_counts_as_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, sent_topic: bool, says: list[str]
) -> None:
    (tmp_path / "tenants.toml").write_text(file)
    monkeypatch.setenv("TOCSIN_SENT_TOPIC", str(sent_topic))
    result = CliRunner().invoke(command, ["check", str(tmp_path / "tenants.toml")])
    assert result.exit_code == 0, result.output
    sentences = [line for line in result.stderr.splitlines() if not line.startswith("There are no tenants")]
    assert len(sentences) == len(says)
    for sentence, words in zip(sentences, says, strict=True):
        assert re.search(words, sentence), sentence


def test_the_example_that_the_command_prints_is_the_one_that_is_checked() -> None:
    assert CliRunner().invoke(command, ["example"]).stdout == example_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["adopt"], "Name the tenants, or say --all"),
        (["adopt", "nobody"], "There is no tenant 'nobody'"),
        (["plan"], "Name the tenants, or say --all"),
        (["plan", "nobody"], "There is no tenant 'nobody'"),
    ],
)
def test_adopting_nobody_is_a_usage_error(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
