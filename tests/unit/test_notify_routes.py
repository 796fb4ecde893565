"""The notify file, its routes, and the pure parts of notify."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.contracts.errors import ContractError
from tocsin.notify.alert import Alert, AlertContent, Place, Received
from tocsin.notify.file import example_text, findings, parse_notify
from tocsin.notify.message import message_of
from tocsin.notify.model import NotifySpec
from tocsin.notify.pace import Pace, backoff
from tocsin.notify.routes import Destination, Routes
from tocsin.notify.window import Window

SINKS = """
[sinks.mail]
kind = "smtp"
host = "127.0.0.1"
security = "none"
from = "tocsin@soc.example"
to = ["soc@soc.example"]
[sinks.siem]
kind = "webhook"
url = "https://siem.example/hook"
secret = {env = "SIEM"}
"""


def parsed(routes: str, sinks: str = SINKS) -> NotifySpec:
    return parse_notify(sinks + routes, Path("notify.toml"))


def going(routes: str, kind: str = "escalated", **more: Any) -> Destination:
    content = AlertContent(kind=kind, action="trigger", dedup_key="k", tenant="acme", **more)
    return Routes(parsed(routes).routes).destination(content)


def received(name: str = "a", **more: Any) -> Received:
    content = AlertContent(**{"kind": "breached", "action": "trigger", "dedup_key": name, "tenant": "acme", **more})
    return Received(Alert(name, "2026-03-01T09:00:00Z", content), Place(0, 0), 0, b"{}")


def test_the_example_is_valid_and_sends_something_everywhere() -> None:
    spec = parse_notify(example_text(), Path("notify.toml"))
    assert {finding.about for finding in findings(spec, ["sms"])} == set()


def test_every_route_that_fits_adds_its_sinks() -> None:
    routes = '[[routes]]\nto = ["siem"]\n[[routes]]\nto = ["mail"]\npriorities = ["P1"]\n'
    assert going(routes, priority="P1").sinks == {"mail", "siem"}
    assert going(routes, priority="P2").sinks == {"siem"}


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ('tenants = ["acme"]', {}),
        ('kinds = ["escalated"]', {}),
        ("tiers = [2]", {"tier": 2}),
        ('roles = ["shift lead"]', {"role": "shift lead"}),
        ('tlp = ["amber"]', {"tlp": "amber"}),
        ('tlp = ["none"]', {}),
    ],
)
def test_each_condition_lets_pass_what_it_names_and_nothing_else(condition: str, fits: dict[str, Any]) -> None:
    routes = f'[[routes]]\nto = ["siem"]\n{condition}\n'
    assert going(routes, **fits).sinks == {"siem"}
    other = AlertContent("detection", "trigger", "k", "globex", tier=1, role="analyst", tlp="red")
    assert not Routes(parsed(routes).routes).destination(other).sinks


def test_what_a_silence_has_held_back_goes_where_that_would_have_gone() -> None:
    routes = '[[routes]]\nto = ["siem"]\nkinds = ["breached"]\n[[routes]]\nto = ["roster"]\nkinds = ["escalated"]\n'
    held_back = going(routes, "unsilenced", present="breached", role="shift lead")
    assert held_back == Destination(frozenset({"siem"}), paged=True, role="shift lead")
    assert going(routes, "unsilenced", present="breached").paged is False
    assert not going(routes, "unsilenced", present="detection").sinks


def test_the_roster_pages_the_role_of_the_alert_and_else_that_of_the_route() -> None:
    routes = '[[routes]]\nto = ["roster"]\nrole = "analyst"\n'
    assert going(routes, role="shift lead")[1:] == (True, "shift lead")
    assert going(routes)[1:] == (True, "analyst")
    assert going('[[routes]]\nto = ["siem"]\n')[1:] == (False, None)


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ('[[routes]]\nto = ["nothere"]\n', "notify.toml:13: routes.0.to: there is no sink 'nothere'"),
        ('[[routes]]\nto = ["siem"]\nkinds = ["cleared"]\n', "goes wherever its incident was told"),
        ('[[routes]]\nto = ["siem"]\nkinds = ["nokind"]\n', "notify.toml:14: routes.0.kinds.0"),
        ('[[routes]]\nto = ["siem"]\nrole = "analyst"\n', "means nothing where `to` has no `roster`"),
        ("", "routes"),
    ],
)
def test_a_wrong_route_is_refused_with_its_line(routes: str, said: str) -> None:
    with pytest.raises(ContractError) as refused:
        parsed(routes)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        ('password = "hunter2"', "sinks.mail"),
        ("password = {}", "a secret has a `file` or an `env`"),
        ('passwort = {file = "x"}', "there is no such key here"),
    ],
)
def test_a_secret_never_stands_in_the_file_itself_and_is_not_repeated(sink: str, said: str) -> None:
    broken = SINKS.replace('host = "127.0.0.1"', f'host = "127.0.0.1"\n{sink}')
    with pytest.raises(ContractError) as refused:
        parsed('[[routes]]\nto = ["mail"]\n', broken)
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_digest_names_every_alert_and_its_id_is_that_of_the_same_alerts() -> None:
    alerts = [received(f"a{number}", title=f"Title {number}") for number in range(300)]
    message = message_of(alerts)
    assert message.digest
    assert all(
        f"Title {each[1:]}" in message.text and f"    {each}\n" in message.text + "\n"
        for each in (a.alert.id for a in alerts)
    )
    assert message.id == message_of(alerts).id != message_of(alerts[1:]).id


@given(st.text())
def test_no_title_forges_a_line_of_the_text_or_of_a_header(title: str) -> None:
    message = message_of([received(title=title)])
    assert message.subject.isprintable()
    assert len(message.text.splitlines()) <= 20
    assert all(line.isprintable() for line in message.text.splitlines())


@given(st.integers(1, 600), st.lists(st.floats(0, 30), max_size=400))
def test_in_no_minute_more_go_than_twice_what_is_allowed_and_then_evenly(per_minute: int, waits: list[float]) -> None:
    pace, now, went = Pace(per_minute, 0.0), 0.0, list[float]()
    for wait in waits:
        now += wait
        if pace.take(now):
            went.append(now)
    for start in went:
        assert sum(start <= each < start + 60 for each in went) <= 2 * per_minute
    assert pace.seconds_until(now) <= 60


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_wait_between_attempts_grows_to_its_longest_and_keeps_to_it(attempt: int, chance: float) -> None:
    assert 0.5 <= backoff(attempt, 1.0, 60.0, chance) <= 60.0
    assert backoff(attempt, 1.0, 60.0, 1.0) <= backoff(attempt + 1, 1.0, 60.0, 1.0)


@given(st.permutations(range(8)), st.integers(0, 8))
def test_an_offset_is_finished_when_everything_before_it_is(order: list[int], count: int) -> None:
    window = Window()
    window.begin(0, 100)
    for offset in range(8):
        window.take(Place(0, 100 + offset))
    for offset in order[:count]:
        window.done(Place(0, 100 + offset))
    window.reached(0, 109)  # behind a mark of a transaction
    finished = min(set(range(9)) - set(order[:count]))
    assert window.finished() == {0: 100 + (finished if finished < 8 else 9)}
