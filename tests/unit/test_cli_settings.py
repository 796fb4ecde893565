"""Settings: which source wins, and what is said about a wrong one."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from pydantic import Field, SecretStr

from tocsin.cli import main_group
from tocsin.cli._settings import settings_options
from tocsin.settings import Settings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings of the machine that runs the tests must not reach them."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main_group, ["settings", *arguments], env=environment)


def shown(*arguments: str, **environment: str) -> dict[str, dict[str, object]]:
    result = invoke("--json", *arguments, **environment)
    assert result.exit_code == 0, result.output
    return {row["name"]: row for row in json.loads(result.stdout)}


def test_every_setting_is_shown_with_value_source_and_description() -> None:
    rows = shown()
    assert rows.keys() == Settings.model_fields.keys()
    assert all(row["source"] == "default" and row["description"] for row in rows.values())
    assert rows["web_port"]["value"] == 8642


def test_the_command_line_wins_over_the_environment_and_that_over_toml(empty_folder: Path) -> None:
    (empty_folder / "tocsin.toml").write_text('bootstrap = "toml:1"\napp_id = "toml"\nweb_port = 1\n')
    rows = shown("--bootstrap", "line:1", TOCSIN_BOOTSTRAP="environment:1", TOCSIN_APP_ID="environment")
    assert (rows["bootstrap"]["value"], rows["bootstrap"]["source"]) == ("line:1", "command line")
    assert (rows["app_id"]["value"], rows["app_id"]["source"]) == ("environment", "environment")
    assert (rows["web_port"]["value"], rows["web_port"]["source"]) == (1, "TOML")
    assert rows["web_host"]["source"] == "default"


def test_config_names_another_file_than_the_one_in_the_working_directory(empty_folder: Path) -> None:
    (empty_folder / "tocsin.toml").write_text("web_port = 1\n")
    (empty_folder / "other.toml").write_text("web_port = 2\n")
    assert shown("--config", "other.toml")["web_port"]["value"] == 2
    assert shown(TOCSIN_CONFIG="other.toml")["web_port"]["value"] == 2


@pytest.mark.parametrize(
    ("toml", "arguments", "environment", "sentence"),
    [
        ("", ["--web-port", "x"], {}, "The setting web_port (command line) is wrong: Input should be a valid integer"),
        ("", [], {"TOCSIN_PARTITIONS": "0"}, "The setting partitions (environment) is wrong"),
        ("", ["--bootstrap", "no-port"], {}, "The setting bootstrap (command line) is wrong"),
        ("session_timeout = -1\n", [], {}, "The setting session_timeout (TOML) is wrong"),
        ("web_prot = 1\n", [], {}, "There is no setting 'web_prot' (TOML)"),
        ("web_port = \n", [], {}, "tocsin.toml is not TOML"),
        ("", ["--config", "missing.toml"], {}, "'missing.toml' does not exist"),
    ],
)
def test_a_wrong_setting_ends_with_a_sentence_that_names_it_and_exit_code_2(
    empty_folder: Path, toml: str, arguments: list[str], environment: dict[str, str], sentence: str
) -> None:
    (empty_folder / "tocsin.toml").write_text(toml)
    result = invoke(*arguments, **environment)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_every_wrong_setting_is_named_at_once() -> None:
    result = invoke("--web-port", "x", "--partitions", "0")
    assert "web_port" in result.stderr
    assert "partitions" in result.stderr


def test_a_wrong_value_is_not_repeated_since_it_may_be_a_secret() -> None:
    assert "hunter2" not in invoke("--web-port", "hunter2").output


def test_a_secret_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithSecret(Settings):
        bootstrap: SecretStr = Field(SecretStr("x"), description="as if it were one")  # type: ignore[assignment]

    rows = {row.name: row for row in WithSecret.load({"bootstrap": "hunter2"}).describe()}
    assert rows["bootstrap"].value == "**********"


def test_the_table_shows_what_a_stranger_put_into_the_environment_escaped() -> None:
    result = invoke(TOCSIN_APP_ID="\x1b[31mred")
    assert "\x1b" not in result.stdout


def test_a_command_offers_the_settings_that_it_names_and_gets_them_checked() -> None:
    @click.command
    @settings_options("web_port")
    def command(settings: Settings) -> None:
        click.echo(f"{settings.bootstrap} {settings.topic_prefix} {settings.web_port + 1}")

    result = CliRunner().invoke(command, ["--bootstrap", "b:1", "--topic-prefix", "p.", "--web-port", "7"])
    assert result.output == "b:1 p. 8\n"
    assert CliRunner().invoke(command, ["--app-id", "x"]).exit_code == 2
