"""What becomes of settings before any broker is asked: what is refused, what is said, and what is never shown."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from secured import Authority

import tocsin
from tocsin.cli import main_group
from tocsin.loopback import is_loopback
from tocsin.settings import SECRETS, Settings, SettingsError
from tocsin.streams.kafka.clients import client_options

SECRET = "correct-horse-battery"
USER: dict[str, Any] = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "worker", "sasl_password": SECRET}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of the machine that runs the tests must not reach them."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Beside it lie `ca.pem`; `own.pem` with its key in `own.key`, and in `locked.key` encrypted; `other.key`."""
    authority = Authority("Test CA")
    own, other = authority.issue("worker"), authority.issue("other")
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    (tmp_path / "own.pem").write_bytes(own.pem())
    (tmp_path / "own.key").write_bytes(own.key_pem())
    (tmp_path / "locked.key").write_bytes(own.key_pem(password=b"x"))
    (tmp_path / "other.key").write_bytes(other.key_pem())
    return authority


def refused(**values: Any) -> str:
    with pytest.raises(SettingsError) as error:
        client_options(Settings(**values))
    assert SECRET not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "bootstrap", ["kafka:9092", "127.0.0.1:9092,192.0.2.1:9092", "0.0.0.0:9092", "[2001:db8::1]:1"]
)
@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
def test_plaintext_does_not_leave_this_machine(bootstrap: str, protocol: str) -> None:
    sentence = refused(bootstrap=bootstrap, security_protocol=protocol, **USER)
    assert bootstrap.rpartition(",")[2].rpartition(":")[0] in sentence
    assert "in plaintext" in sentence
    assert "allow_plaintext" in sentence
    assert ("credentials" in sentence) == (protocol == "SASL_PLAINTEXT")


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
def test_plaintext_may_leave_where_somebody_has_said_so(protocol: str) -> None:
    options = client_options(Settings(bootstrap="kafka:9092", security_protocol=protocol, allow_plaintext=True, **USER))
    assert options["bootstrap_servers"] == "kafka:9092"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "LocalHost", "[::1]", "::1"])
def test_these_stay_on_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "192.0.2.1", "kafka", "localhost.example", "127.0.0.1.example", "128.0.0.1"],  # noqa: S104 - judged, not bound
)
def test_these_may_not(host: str) -> None:
    assert not is_loopback(host)


def test_tls_checks_the_certificate_and_the_host_name(authority: Authority) -> None:
    context = client_options(Settings(security_protocol="SSL", tls_ca_file=Path("ca.pem")))["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (context.current.verify_mode, context.current.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.current.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert [ca["subject"] for ca in context.current.get_ca_certs()] == [((("commonName", "Test CA"),),)]


def test_without_an_authority_the_systems_are_trusted() -> None:
    context = client_options(Settings(security_protocol="SSL"))["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"tls_ca_file": "missing.pem"}, "tls_ca_file (missing.pem) cannot be used: No such file or directory."),
        ({"tls_ca_file": "own.key"}, "tls_ca_file (own.key) cannot be used: no certificate or crl found."),
        ({"tls_key_file": "own.key"}, "tls_key_file is set without tls_certificate_file."),
        ({"tls_certificate_file": "own.pem"}, "(in the same file) cannot be used"),
        ({"tls_certificate_file": "missing.pem"}, "cannot be used: No such file or directory."),
        ({"tls_certificate_file": "own.pem", "tls_key_file": "locked.key"}, "the key must not be encrypted"),
        ({"tls_certificate_file": "own.pem", "tls_key_file": "other.key"}, "key values mismatch"),
    ],
)
def test_certificates_that_cannot_be_used_are_named(
    authority: Authority, values: dict[str, str], sentence: str
) -> None:
    assert sentence in refused(security_protocol="SSL", **values)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "SASL needs the setting sasl_mechanism."),
        ({"sasl_mechanism": "PLAIN"}, "SASL_PLAINTEXT with PLAIN needs the setting sasl_username."),
        ({"sasl_mechanism": "PLAIN", "sasl_username": "a"}, "needs the setting sasl_password_file."),
        ({"sasl_mechanism": "OAUTHBEARER"}, "needs the setting sasl_token_file."),
        ({"sasl_mechanism": "OAUTHBEARER", "sasl_token_file": "none"}, "sasl_token_file (none) cannot be read"),
        ({**USER, "sasl_password_file": "file"}, "Both sasl_password and sasl_password_file are set"),
        ({**USER, "sasl_password": None, "sasl_password_file": "none"}, "sasl_password_file (none) cannot be read"),
        ({**USER, "sasl_password": None, "sasl_password_file": "empty"}, "must hold one line of text"),
        ({**USER, "sasl_password": None, "sasl_password_file": "lines"}, "must hold one line of text"),
        ({**USER, "sasl_password": None, "sasl_password_file": "binary"}, "is not UTF-8 text"),
    ],
)
def test_what_is_missing_to_show_who_we_are_is_named(empty_folder: Path, values: dict[str, Any], sentence: str) -> None:
    (empty_folder / "empty").write_text("\n")
    (empty_folder / "lines").write_text(f"{SECRET}\n{SECRET}\n")
    (empty_folder / "binary").write_bytes(b"\xff" + SECRET.encode())
    assert sentence in refused(security_protocol="SASL_PLAINTEXT", **values)


def test_a_password_file_is_read_anew_each_time(empty_folder: Path) -> None:
    settings = Settings(
        security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN", sasl_username="a", sasl_password_file="password"
    )
    for password in ("first", "second"):
        (empty_folder / "password").write_text(f"{password}\r\n")
        assert client_options(settings)["sasl_plain_password"] == password


def command(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main_group, list(arguments), env=environment)


@pytest.mark.parametrize(
    "arguments",
    [
        ["tail", "alerts"],
        ["publish", "calls", "-"],
        ["topics", "check"],
        ["topics", "create"],
        ["ticket", "list"],
        ["desk", "note", "ACME-1", "--analyst", "a", "--note", "x"],
        ["inbox", "export"],
        ["run"],
        ["dev"],
    ],
)
def test_every_command_refuses_plaintext_with_a_sentence_and_exit_code_2(arguments: list[str]) -> None:
    result = command(*arguments, "--bootstrap", "kafka.example:9092")
    assert result.exit_code == 2, result.output
    assert "Error: Messages would reach kafka.example in plaintext" in result.stderr


def test_secrets_are_masked_wherever_settings_are_shown() -> None:
    environment = {f"TOCSIN_{name.upper()}": SECRET for name in SECRETS}
    for arguments in (["settings"], ["settings", "--json"]):
        result = command(*arguments, **environment)
        assert result.exit_code == 0
        assert SECRET not in result.output
        assert result.output.count("**********") == len(SECRETS)
    secrets: dict[str, Any] = dict.fromkeys(SECRETS, SECRET)
    settings = Settings(**secrets)
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_command_line_takes_no_secret() -> None:
    """Other users of the machine could read it there."""
    for name in SECRETS:
        result = command("settings", f"--{name.replace('_', '-')}", SECRET)
        assert result.exit_code == 2
        assert "No such option" in result.stderr


def test_a_wrong_setting_beside_a_secret_does_not_show_it(empty_folder: Path) -> None:
    (empty_folder / "tocsin.toml").write_text(f'sasl_password = ["{SECRET}"]\nweb_port = "{SECRET}"\n')
    result = command("settings")
    assert result.exit_code == 2
    assert "The setting sasl_password (TOML) is wrong" in result.stderr
    assert SECRET not in result.output
    with pytest.raises(ValueError, match="web_port") as wrong:
        Settings()
    assert SECRET not in str(wrong.value)


def test_another_process_gets_the_settings_with_their_secrets() -> None:
    settings = Settings(bootstrap="b:1", web_token=SECRET, allow_plaintext=True)
    environment = settings.environment()
    assert (environment["TOCSIN_WEB_TOKEN"], environment["TOCSIN_BOOTSTRAP"]) == (SECRET, "b:1")
    assert "TOCSIN_SASL_PASSWORD" not in environment
    shown = command("settings", "--json", **environment)
    assert '"value": true' in shown.stdout


def test_no_kafka_client_is_made_in_another_way() -> None:
    package = Path(tocsin.__file__).parent
    makers = {
        str(path.relative_to(package)) for path in package.rglob("*.py") if "bootstrap_servers" in path.read_text()
    }
    assert makers == {"streams/kafka/clients.py", "streams/kafka/refusals.py"}
