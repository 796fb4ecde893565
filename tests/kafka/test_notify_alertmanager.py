"""A real Alertmanager: what is open here is open there, whatever is restarted in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from notified import QUICK, Notify, alert, done_with_all, notify_file, receipts, say
from patience import until
from tests.tools.alertmanager import Alertmanager
from workers import Workers

from tocsin.settings import Settings


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Alertmanager]:
    with Alertmanager(tmp_path).running() as running:
        yield running


@pytest.fixture
def notify(workers: Workers, settings: Settings, manager: Alertmanager, tmp_path: Path) -> Notify:
    sink = f'[sinks.am]\nkind = "alertmanager"\nurl = "{manager.url}"\nresend = "1 s"\nkeep = "4 s"\n{QUICK}\n'
    return Notify(workers, settings, notify_file(tmp_path, sink, to='"am"'))


async def test_an_incident_opens_stays_open_and_ends_there_with_all_its_alerts(
    notify: Notify, settings: Settings, manager: Alertmanager
) -> None:
    await notify.start()
    await say(settings, [alert("a1", incident="one"), alert("b1", incident="two")])
    await say(settings, [alert("a2", incident="one", kind="escalated", role="shift lead", tier=2)])
    await until(lambda: len(manager.alerts()) == 3, "three alerts are open")
    seen = {each["labels"].get("role"): each for each in manager.alerts() if each["labels"]["dedup_key"] == "acme/one"}
    assert set(seen) == {None, "shift lead"}
    first = seen[None]["endsAt"]
    await until(lambda: min(each["endsAt"] for each in manager.alerts()) > first, "it is told again")
    assert len(manager.alerts()) == 3
    await say(settings, [alert("a3", "resolve", incident="one")])
    await until(lambda: manager.open() == {"acme/two"}, "one is over")


async def test_killed_and_started_again_it_goes_on_telling_what_is_open_and_ends_what_ended_meanwhile(
    notify: Notify, settings: Settings, manager: Alertmanager
) -> None:
    await notify.start()
    await say(settings, [alert("a1", incident="one"), alert("b1", incident="two")])
    await until(lambda: manager.open() == {"acme/one", "acme/two"}, "both are open")
    await done_with_all(settings, "am")
    notify.process.kill()
    manager.stop()
    await say(settings, [alert("b2", "resolve", incident="two")])
    manager.start()
    assert manager.open() == set()
    await notify.start()
    await until(lambda: manager.open() == {"acme/one"}, "what is open was told again")


async def test_a_resolve_whose_trigger_was_never_sent_is_not_sent(
    notify: Notify, settings: Settings, manager: Alertmanager
) -> None:
    await say(settings, [alert("a1", incident="one")])  # before it began
    await notify.start()
    await say(settings, [alert("a2", "resolve", incident="one"), alert("b1", incident="two")])
    await until(lambda: manager.open() == {"acme/two"}, "the other one is open")
    await done_with_all(settings, "am")
    assert {each.data.alert for each in await receipts(settings)} == {"b1"}
