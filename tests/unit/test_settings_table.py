"""Every setting, set wrongly in every way: it is refused before anything starts, in a sentence that names it.

What brokers refuse is in `tests/kafka/test_refused_settings.py`.
"""

import ast
import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

import tocsin
from tocsin.cli import main_group
from tocsin.dev.scaled_clock import VARIABLE
from tocsin.settings import SECRETS, Settings, SettingsError
from tocsin.settings.names import OTHER_VARIABLES, unknown_variables


class Wrong(NamedTuple):
    """How a setting is set wrongly. `texts` are out of its range in whatever source, `toml` is of another type."""

    texts: tuple[str, ...]
    toml: tuple[str, ...] = ("1", "true", "[1]", "1979-05-27")


WHOLE_NUMBER = ("", '"x"', "true", "1.5", "[1]", "nan", "inf")
NUMBER = ('"x"', "true", "[1]", "nan", "inf", "-inf")
NO_FILE = Wrong(())  # one that does not exist is named by whoever opens it
NAME = ("a b", "a/b", "é", "x" * 250, " ", "a\x1b")

TABLE: Mapping[str, Wrong] = {
    "bootstrap": Wrong(("kafka", "kafka:0", "kafka:99999", "kafka:1,", "a b:1", "PLAINTEXT://kafka:1", "::1:9092")),
    "security_protocol": Wrong(("TLS", "ssl")),
    "allow_plaintext": Wrong(("perhaps", "2"), ("2", "[true]", "1979-05-27")),
    "tls_ca_file": NO_FILE,
    "tls_certificate_file": NO_FILE,
    "tls_key_file": NO_FILE,
    "sasl_mechanism": Wrong(("GSSAPI", "plain")),
    "sasl_username": Wrong(("a\nb", " ")),
    "sasl_password": Wrong(()),
    "sasl_password_file": NO_FILE,
    "sasl_token_file": NO_FILE,
    "app_id": Wrong(("a\nb", " ", "x" * 250, "\x1b[31mred")),
    "topic_prefix": Wrong((*NAME, "x" * 235)),
    "sent_topic": Wrong(("perhaps", "2"), ("2", "[true]", "1979-05-27")),
    "tenants_file": NO_FILE,
    "contracts_dir": NO_FILE,
    "default_contract": Wrong(("a\nb", " ")),
    "web_host": Wrong(("a b", "http://localhost", "*", "é", "x" * 254)),
    "web_port": Wrong(("99999", "65536", "-1", "9" * 5_000), WHOLE_NUMBER),
    "metrics_urgent": Wrong(("-1", "101"), WHOLE_NUMBER),
    "metrics_tenants": Wrong((",", "acme,,globex", "acme, globex", "ac me", "é", ",".join(["acme"] * 101))),
    "web_token": Wrong(()),
    "web_token_file": NO_FILE,
    "group_instance_id": Wrong((*NAME, ".", "..")),
    "session_timeout": Wrong(("1", "100000", "0", "-1", "inf", "nan", "1e400"), NUMBER),
    "heartbeat_tick": Wrong(("0", "-1", "inf", "nan", "86400"), NUMBER),
    "value_bytes_max": Wrong(("0", "-1", "2000000"), WHOLE_NUMBER),
    "mail_bytes_max": Wrong(("0", "-1", "2000000"), WHOLE_NUMBER),
    "deduplication_window": Wrong(("0", "-1", "1000000000"), WHOLE_NUMBER),
    "dead_letter_flood": Wrong(("0", "-1", "1000000000"), WHOLE_NUMBER),
    "ignored_event_types": Wrong((",", "a,,b", "a\nb", "é", "x" * 129, "tocsin.detection", ",".join("x" * 101))),
    "partitions": Wrong(("0", "-1", "100000"), WHOLE_NUMBER),
    "replication_factor": Wrong(("0", "-1", "32768"), WHOLE_NUMBER),
    "audit_days": Wrong(("0", "-1", "100000000000"), WHOLE_NUMBER),
    "input_days": Wrong(("0", "-1", "31", "100000000000"), WHOLE_NUMBER),
    "alert_days": Wrong(("0", "7", "-1", "401", "100000000000"), WHOLE_NUMBER),
    "dead_letter_days": Wrong(("0", "-1", "100000000000"), WHOLE_NUMBER),
    "log_format": Wrong(("xml", "JSON")),
    "board_host": Wrong(("a b", "http://localhost", "*", "é", "x" * 254)),
    "board_port": Wrong(("99999", "-1"), WHOLE_NUMBER),
    "board_rows": Wrong(("0", "4", "501"), WHOLE_NUMBER),
    "board_access_file": NO_FILE,
    "board_url": Wrong(("example.com/", "ftp://a/b", "https://a b/c")),
    "board_session_hours": Wrong(("0", "-1", "721", "inf", "nan"), NUMBER),
    "board_session_key": Wrong(()),
    "board_session_key_file": NO_FILE,
    "board_tls_certificate_file": NO_FILE,
    "board_tls_key_file": NO_FILE,
    "gateway_host": Wrong(("a b", "http://localhost", "*", "é", "x" * 254)),
    "gateway_http_port": Wrong(("99999", "-1"), WHOLE_NUMBER),
    "gateway_mail_port": Wrong(("99999", "-1"), WHOLE_NUMBER),
    "gateway_sent_port": Wrong(("-1", "65536", "x"), WHOLE_NUMBER),
    "gateway_mail_protocol": Wrong(("SMTP", "esmtp")),
    "gateway_token": Wrong(()),
    "gateway_token_file": NO_FILE,
    "gateway_tls_certificate_file": NO_FILE,
    "gateway_tls_key_file": NO_FILE,
    "gateway_tls_client_ca_file": NO_FILE,
    "gateway_desk": Wrong(("perhaps", "2"), ("2", "[true]", "1979-05-27")),
    "gateway_twilio_token": Wrong(()),
    "gateway_twilio_token_file": NO_FILE,
    "roster_file": NO_FILE,
    "roster_kept_file": NO_FILE,
    "notify_file": NO_FILE,
    "notify_port": Wrong(("99999", "-1"), WHOLE_NUMBER),
    "notify_heartbeat": Wrong(("0", "-1", "inf", "nan", "86400"), NUMBER),
    "answer_url": Wrong(("example.com/", "ftp://a/b", "https://a b/c")),
    "answer_host": Wrong(("a b", "http://localhost", "*", "é", "x" * 254)),
    "answer_port": Wrong(("99999", "-1"), WHOLE_NUMBER),
    "answer_key": Wrong(()),
    "answer_key_file": NO_FILE,
    "answer_tls_certificate_file": NO_FILE,
    "answer_tls_key_file": NO_FILE,
    "gateway_twilio_url": Wrong(("example.com/twilio", "ftp://a/b", "https://a b/c")),
}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(**environment: str) -> Result:
    """A worker's start; were the settings right it would end with 69, since nobody answers there."""
    return CliRunner().invoke(main_group, ["run"], env={"TOCSIN_BOOTSTRAP": "127.0.0.1:1", **environment})


def variable(name: str) -> str:
    return f"TOCSIN_{name.upper()}"


def assert_refused(result: Result, name: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert name in result.stderr
    assert "Traceback" not in result.output


def test_the_table_has_every_setting() -> None:
    assert TABLE.keys() == Settings.model_fields.keys()


@pytest.mark.parametrize("name", TABLE)
def test_a_misspelt_variable_is_refused_and_the_nearest_setting_is_named(name: str) -> None:
    result = run(**{variable(name) + "S": "1"})
    assert_refused(result, f"did you mean {variable(name)}?")


@pytest.mark.parametrize("name", TABLE)
def test_a_misspelt_key_of_the_file_is_refused_and_the_nearest_setting_is_named(name: str, empty_folder: Path) -> None:
    (empty_folder / "tocsin.toml").write_text(f"{name}s = 1\n")
    assert_refused(run(), f"did you mean {name}?")


@pytest.mark.parametrize("name", TABLE)
def test_empty_means_that_the_source_does_not_set_it(
    name: str, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable(name), "")
    (empty_folder / "tocsin.toml").write_text(f'{name} = ""\n')
    loaded = {setting.name: setting for setting in Settings.load({name: ""}).describe()}
    assert loaded[name].source == "default"
    assert getattr(Settings.load({name: ""}), name) == Settings.model_fields[name].default


def test_an_empty_variable_leaves_what_the_file_says(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_folder / "tocsin.toml").write_text('group_instance_id = "worker-1"\n')
    monkeypatch.setenv("TOCSIN_GROUP_INSTANCE_ID", "")
    assert Settings.load({}).group_instance_id == "worker-1"


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name, wrong in TABLE.items() for text in wrong.texts],
    ids=lambda value: repr(value)[:20],
)
def test_a_value_out_of_range_is_refused_from_every_source(name: str, text: str, empty_folder: Path) -> None:
    assert_refused(run(**{variable(name): text}), f"The setting {name} (environment) is wrong")
    if name not in SECRETS:
        with pytest.raises(SettingsError, match=rf"The setting {name} \(command line\) is wrong"):
            Settings.load({name: text})
    escaped = text.replace("\n", "\\n").replace("\x1b", "\\u001b")
    (empty_folder / "tocsin.toml").write_text(f'{name} = "{escaped}"\n')
    assert_refused(run(TOCSIN_BOOTSTRAP=""), f"The setting {name} (TOML) is wrong")


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, wrong in TABLE.items() for value in wrong.toml if value], ids=str
)
def test_a_value_of_another_type_is_refused(name: str, value: str, empty_folder: Path) -> None:
    (empty_folder / "tocsin.toml").write_text(f"{name} = {value}\n")
    assert_refused(run(TOCSIN_BOOTSTRAP=""), f"The setting {name} (TOML) is wrong")


@pytest.mark.parametrize("name", [name for name in TABLE if name.endswith(("_file", "_dir"))])
def test_a_file_whose_name_no_system_takes_is_refused(name: str, empty_folder: Path) -> None:
    (empty_folder / "tocsin.toml").write_text(f'{name} = "a\\u0000b"\n')
    assert_refused(run(), f"The setting {name} (TOML) is wrong")


READING: Mapping[str, dict[str, str]] = {
    "tls_ca_file": {"security_protocol": "SSL"},
    "tls_certificate_file": {"security_protocol": "SSL"},
    "tls_key_file": {"security_protocol": "SSL"},
    "sasl_password_file": {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_username": "a",
    },
    "sasl_token_file": {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "OAUTHBEARER"},
    "tenants_file": {},
    "contracts_dir": {},
    "web_token_file": {},
}
"""What makes a worker open each file or folder."""


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("path", ["missing", "of-another-kind"])
def test_a_file_that_cannot_be_read_is_named_and_the_worker_does_not_start(
    name: str, path: str, empty_folder: Path
) -> None:
    other = empty_folder / "of-another-kind"
    other.touch() if name == "contracts_dir" else other.mkdir()
    others = {variable(other): value for other, value in READING[name].items()}
    result = run(**others, **{variable(name): path})
    assert_refused(result, "")
    assert path in result.stderr or name in result.stderr


def test_a_contract_that_does_not_exist_and_a_token_that_is_easily_guessed_are_refused() -> None:
    assert_refused(run(TOCSIN_DEFAULT_CONTRACT="esentyre"), "default_contract")
    assert_refused(run(TOCSIN_WEB_TOKEN="hunter2"), "web_token")
    assert_refused(run(TOCSIN_WEB_HOST="0.0.0.0"), "web_token_file")  # noqa: S104 - refused, as it should be


def test_every_variable_of_ours_in_the_sources_is_a_setting_or_in_the_one_list() -> None:
    known = {variable(name) for name in Settings.model_fields} | OTHER_VARIABLES.keys() | {"TOCSIN_PORT"}
    root = Path(tocsin.__file__).parents[2]
    files = [*root.glob("src/**/*.py"), *root.glob("deploy/*"), root / "docker-compose.yml", root / "Makefile"]
    texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    assert {name for text in texts for name in re.findall(r"\bTOCSIN_[A-Z_]+[A-Z]\b", text)} <= known
    assert VARIABLE in OTHER_VARIABLES


def test_the_addresses_that_kubernetes_tells_of_a_service_of_our_name_are_no_settings() -> None:
    told = {
        "TOCSIN_SERVICE_HOST": "10.0.0.1",
        "TOCSIN_SERVICE_PORT": "8642",
        "TOCSIN_SERVICE_PORT_METRICS": "8642",
        "TOCSIN_PORT": "tcp://10.0.0.1:8642",
        "TOCSIN_PORT_8642_TCP": "tcp://10.0.0.1:8642",
        "TOCSIN_PORT_8642_TCP_ADDR": "10.0.0.1",
        "TOCSIN_WORKER_SERVICE_HOST": "10.0.0.1",
        "TOCSIN_WORKER_PORT": "tcp://10.0.0.1:8642",
    }
    assert list(unknown_variables(Settings.model_fields, told)) == []
    assert list(unknown_variables(Settings.model_fields, {"TOCSIN_WEBB_PORT": "1"})) == ["TOCSIN_WEBB_PORT"]


def test_a_misspelt_variable_of_ours_that_is_no_setting_is_refused_too() -> None:
    assert_refused(run(TOCSIN_CONIFG="x"), "did you mean TOCSIN_CONFIG?")


def test_no_setting_goes_without_a_range() -> None:
    """A plain `str`, `int`, `float` or `Path` takes anything."""
    folder = Path(tocsin.__file__).parent / "settings"
    names = ("__init__.py", "board.py", "gateway.py", "metrics.py", "notify.py", "retention.py")
    trees = [ast.parse((folder / name).read_text(encoding="utf-8")) for name in names]
    fields: dict[str, Any] = {
        ast.unparse(node.target): node
        for node in chain.from_iterable(map(ast.walk, trees))
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in Settings.model_fields
    }
    assert fields.keys() == Settings.model_fields.keys()
    for name, node in fields.items():
        kind = ast.unparse(node.annotation).removesuffix(" | None")
        assert kind not in ("str", "Path"), name
        if kind in ("int", "float"):
            assert {word.arg for word in node.value.keywords} >= {"ge", "le"}, name


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"input_days": "40", "dead_letter_days": "30"}, "it is 40, and dead_letter_days is 30: where the offsets"),
        ({"audit_days": "10"}, "The setting alert_days (default) is wrong: it is 30, and audit_days is 10: where"),
        ({"audit_days": "3", "input_days": "4"}, "it is 4, and audit_days is 3: where the offsets of a group are lost"),
    ],
)
def test_nothing_is_kept_longer_than_what_tells_that_it_was_taken_in_or_sent(
    given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load(given)
    assert sentence in str(refused.value)
    assert Settings.load({"audit_days": "40", "input_days": "40", "dead_letter_days": "41", "alert_days": "40"})
