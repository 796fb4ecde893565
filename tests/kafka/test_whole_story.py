"""From a detection to a person and back, on a real broker: page, answer, climbing, end, and a replay that agrees."""

import json
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from letterbox import Mailbox
from notified import Notify
from patience import until
from replayed import assert_as_replayed, run_tocsin
from test_pages import ROSTER, answer, paged
from tests.tools.alertmanager import Alertmanager
from workers import Worker, Workers, committed, contents, publish

from tocsin.dev.scaled_clock import ScaledClock
from tocsin.domain.instant import MINUTE, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
EXAMPLE = Path(str(files("tocsin.tenants").joinpath("tenants.example.toml")))
OWN_TOPICS = ("soc.security-events.acme",)
ANOTHER = """
[[roles."SOC manager"]]
kind = "weekly"
shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "eve"}]
"""


class House(NamedTuple):
    """A worker, a notify, and the clock by which the inbox is stamped; without one it is the broker's."""

    settings: Settings
    worker: Worker
    notify: Notify
    clock: ScaledClock | None

    async def detect(self, name: str) -> None:
        """A sensor of acme sees something that the contract calls P1."""
        now = self.clock.now() if self.clock else time.time_ns() // 1_000_000
        data = {"signature": "Mass encryption", "severity": "critical", "asset": name, "title": "Mass encryption"}
        event = {"specversion": "1.0", "id": name, "source": "edr", "type": "tocsin.detection", "time": show(now)}
        value = json.dumps({**event, "tenant": "acme", "data": data}).encode()
        await publish(self.settings, Topic.SECURITY_EVENTS, [(b"acme", value)], timestamp_ms=now)

    async def alerts(self) -> list[dict[str, Any]]:
        return [each["data"] for each in contents(await committed(self.settings, Topic.ALERTS))]

    async def escalations(self) -> list[tuple[str, str | None]]:
        """Whom it was escalated to, and why before its time."""
        return [(each["role"], each.get("climbed")) for each in await self.alerts() if each["kind"] == "escalated"]

    async def journal(self, kind: str) -> list[dict[str, Any]]:
        events = contents(await committed(self.settings, Topic.TICKET_EVENTS))
        return [{**each["data"], **each.get("persons", {})} for each in events if each["type"] == kind]

    async def agrees_with_its_replay(self, folder: Path) -> None:
        """Alerts, journal and state are those that `replay file` makes of the exported inbox."""
        [partition] = {record.partition for record in await committed(self.settings, Topic.ALERTS)}
        self.worker.process.terminate()
        await self.worker.ended()
        await assert_as_replayed(self.settings, partition, folder)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Alertmanager]:
    with Alertmanager(tmp_path).running() as running:
        yield running


Start = Callable[..., Any]


@pytest.fixture
def start(bare_settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path) -> Start:
    async def started(more: str = "", speed: float = 0.0) -> House:
        settings, file = paged(bare_settings, tmp_path, mailbox, ROSTER + ANOTHER)
        file.write_text(more + file.read_text())
        settings = settings.model_copy(update={"tenants_file": EXAMPLE})
        await topics.create(settings, OWN_TOPICS, dev=bool(speed))
        wall = time.time_ns() // 1_000_000
        clock = ScaledClock(origin=wall - 600 * MINUTE, started=wall, speed=speed) if speed else None
        environment = clock.environment() if clock else {}
        worker = workers.start(settings, *RUN, **environment)
        notify = await Notify(workers, settings, file).start(**environment)
        await worker.ready()
        return House(settings, worker, notify, clock)

    return started


async def test_a_detection_reaches_people_is_answered_from_there_and_ends_everywhere(
    start: Start, mailbox: Mailbox, manager: Alertmanager, tmp_path: Path
) -> None:
    sink = f'[sinks.am]\nkind = "alertmanager"\nurl = "{manager.url}"\nresend = "1 s"\n[[routes]]\nto = ["am"]\n'
    house: House = await start(sink)
    await house.detect("fs-01")
    await until(lambda: mailbox.to("ada"), "the analyst on duty was paged")
    await until(lambda: len(manager.alerts()) >= 2, "Alertmanager shows the detection and the escalation")
    assert "Taken: ACME-000001" in (await answer(house.notify, mailbox.to("ada")[0].token))[1]
    [taken] = await until(lambda: house.journal("TicketAcknowledged"), "it is an acknowledgement")
    assert taken["analyst"] == "ada"
    assert [each["way"].partition("/")[0] for each in await house.journal("PageAnswered")] == ["mail"]
    run_tocsin(house.settings, "desk", "resolve", "ACME-000001", "--analyst", "ada")
    await until(lambda: manager.open() == set(), "it is over in Alertmanager")
    await until(lambda: len(mailbox.to("ada")) == 2, "ada hears the end")
    assert [mail.subject.partition(":")[0] for mail in mailbox.mails] == [
        "[P1 ACME-000001] Page for Ada, analyst, until "
        + mailbox.mails[0].subject.split("until ")[1].partition(":")[0],
        "[P1 ACME-000001] cleared (over)",
    ]
    await house.agrees_with_its_replay(tmp_path)


async def test_who_silences_the_alert_in_alertmanager_has_taken_it(start: Start, manager: Alertmanager) -> None:
    sink = f'[sinks.am]\nkind = "alertmanager"\nurl = "{manager.url}"\nresend = "1 s"\n[[routes]]\nto = ["am"]\n'
    house: House = await start(sink)
    await house.detect("fs-01")
    await until(lambda: len(manager.alerts()) >= 2, "it is open there")
    [key] = {each["labels"]["dedup_key"] for each in manager.alerts() if each["labels"]["kind"] == "escalated"}
    manager.silence("Bob", dedup_key=key)
    [taken] = await until(lambda: house.journal("TicketAcknowledged"), "it is an acknowledgement")
    assert taken["analyst"] == "bob"


async def test_a_page_that_no_sink_accepts_climbs_at_once_and_a_replay_says_the_same(
    start: Start, mailbox: Mailbox, tmp_path: Path
) -> None:
    mailbox.refuses = {"ada@soc.example"}
    house: House = await start()
    begun = time.monotonic()
    await house.detect("fs-01")
    await until(lambda: mailbox.to("bob"), "the shift lead was paged")
    assert time.monotonic() - begun < 120  # his time would come after five minutes
    assert await house.escalations() == [("analyst", None), ("shift lead", "undelivered")]
    [failed] = await house.journal("PageFailed")
    assert (failed["person"], failed["reason"], failed["ways_left"]) == ("ada", "refused", 0)
    await house.agrees_with_its_replay(tmp_path)


async def test_a_page_that_was_received_and_not_answered_climbs_in_its_time_and_an_answer_ends_that(
    start: Start, mailbox: Mailbox, tmp_path: Path
) -> None:
    house: House = await start(speed=30)
    await house.detect("fs-01")
    await until(lambda: mailbox.to("eve"), "the SOC manager was paged")
    assert [mail.to.partition("@")[0] for mail in mailbox.mails] == ["ada", "bob", "eve"]
    assert [why for _, why in await house.escalations()] == [None, "unanswered", "unanswered"]
    assert "Taken" in (await answer(house.notify, mailbox.to("eve")[0].token))[1]
    await until(lambda: house.journal("TicketAcknowledged"), "it is taken")
    await until(lambda: len(mailbox.to("ada")) == 2, "ada hears that somebody has it")
    assert not await house.journal("CommandRejected")
    await house.agrees_with_its_replay(tmp_path)
