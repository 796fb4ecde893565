"""What `tocsin notify check` and its start say of people: a roster that does not fit, links that could be forged."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import main_group
from tocsin.notify.answers.place import answer_place
from tocsin.roster.file import example_text
from tocsin.settings import Settings, SettingsError

TENANTS = str(files("tocsin.tenants").joinpath("tenants.example.toml"))
NOTIFY = """
[sinks.mail]
kind = "smtp"
host = "127.0.0.1"
security = "none"
from = "tocsin@soc.example"
to = ["soc@soc.example"]
[[routes]]
to = ["roster", "mail"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notify.toml").write_text(NOTIFY)
    (tmp_path / "roster.toml").write_text(example_text())
    (tmp_path / "key").write_text("k" * 32)
    (tmp_path / "short").write_text("k" * 31)
    return tmp_path


def check(*options: str) -> Result:
    return CliRunner().invoke(main_group, ["notify", "check", "notify.toml", *options])


def test_people_whom_no_sink_reaches_and_roles_that_nobody_carries_are_told(folder: Path) -> None:
    (folder / "roster.toml").write_text(example_text().replace("roles.analyst", "roles.analyst-by-day"))
    done = check("--roster-file", "roster.toml", "--tenants-file", TENANTS)
    assert done.exit_code == 0, done.output
    assert "roster, grace: is reached by 'phone', which is no sink" in done.output
    assert "roster, analyst: is told by contracts and has no layer here" in done.output
    assert "answer_url is not set" in done.output
    assert "mail: no route" not in done.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "roster_file is not set"),
        (("--roster-file", "notify.toml"), "no such key here"),
        (("--roster-file", "roster.toml", "--answer-url", "https://n.example/"), "answer_key_file"),
        (
            ("--roster-file", "roster.toml", "--answer-url", "https://n.example/", "--answer-key-file", "short"),
            "32 characters",
        ),
    ],
)
def test_what_would_page_nobody_or_let_anybody_answer_is_refused(
    folder: Path, options: tuple[str, ...], says: str
) -> None:
    done = check(*options)
    assert (done.exit_code, says in done.output) == (2, True), done.output


def test_a_link_holds_no_longer_than_its_use_is_remembered(folder: Path) -> None:
    (folder / "notify.toml").write_text(NOTIFY + '[pages]\nlink_valid = "8 days"\n')
    done = check("--roster-file", "roster.toml")
    assert (done.exit_code, "at most 7 days" in done.output) == (2, True)


def test_a_webhook_of_pagerduty_without_an_address_for_answers_is_refused(folder: Path) -> None:
    sink = '[sinks.pd]\nkind = "pagerduty"\nkey = {file = "key"}\nwebhook_secret = {file = "key"}\n'
    (folder / "notify.toml").write_text(sink + NOTIFY)
    done = check("--roster-file", "roster.toml")
    assert (done.exit_code, "sinks.pd.webhook_secret is set" in done.output) == (2, True)


@pytest.mark.parametrize(
    "more",
    [
        {"answer_url": "http://n.example/"},
        {"answer_url": "https://n.example/", "answer_host": "0.0.0.0"},  # noqa: S104 - what is refused
        {"answer_url": "https://n.example/", "answer_tls_certificate_file": "key"},
    ],
)
def test_links_are_not_served_where_somebody_could_listen(folder: Path, more: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        answer_place(Settings(answer_key_file=folder / "key", **more))


def test_behind_a_proxy_of_this_machine_a_key_and_an_address_are_enough(folder: Path) -> None:
    place = answer_place(Settings(answer_key_file=folder / "key", answer_url="https://n.example/"))
    assert place is not None
    assert (place.host, place.keys, place.tls) == ("127.0.0.1", (b"k" * 32,), None)
    assert answer_place(Settings()) is None
