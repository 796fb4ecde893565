"""A notify that stands still is noticed: its heartbeat is missing in the log, and the fold says so."""

from driver import Driver, folded, values

from tocsin.domain.commands.deliveries import NotifyAlive
from tocsin.engine.shard import Shard
from tocsin.messages.record import Topic

PAGES = "tocsin-notify-pages"
SAID = ("notify_silent", "cleared")


def of_nobody() -> Driver:
    return Driver("unassigned").of("unassigned").at("09:00")


def beat(desk: Driver, *, within: int | None = 60, name: str = PAGES) -> Driver:
    return desk.publish(NotifyAlive(name=name, next_within_seconds=within))


def test_a_notify_that_beats_in_time_is_silent_to_nobody() -> None:
    desk = beat(of_nobody())
    beat(desk.at("09:01")).at("09:02").tick()
    assert desk.told(*SAID) == []


def test_a_missing_beat_is_told_once_and_the_next_one_ends_it() -> None:
    desk = beat(of_nobody()).at("09:01:00.001").tick().at("09:05").tick()
    assert desk.told(*SAID) == ["09:01 notify_silent"]
    (alert,) = desk.alerts("notify_silent")
    assert (alert["tenant"], alert["ticket"], alert["action"]) == ("unassigned", None, "trigger")
    assert alert["title"] == f"notify {PAGES}"
    beat(desk).at("09:07").tick()
    assert desk.told(*SAID) == ["09:01 notify_silent", "09:05 cleared", "09:06 notify_silent"]
    assert len({alert["dedup_key"] for alert in desk.alerts(*SAID)}) == 1
    assert len({alert["id"] for alert in desk.alerts(*SAID)}) == 3


def test_each_notify_is_waited_for_as_long_as_it_says() -> None:
    desk = beat(of_nobody(), within=60, name="a")
    beat(desk, within=600, name="b").at("09:20").tick()
    assert [(alert["at"], alert["title"]) for alert in desk.alerts(*SAID)] == [
        ("09:01", "notify a"),
        ("09:10", "notify b"),
    ]


def test_one_that_stops_for_good_is_waited_for_no_longer() -> None:
    desk = beat(of_nobody(), name="a")
    beat(desk, name="b").at("09:02").tick()
    beat(desk, within=None, name="a")
    assert desk.told(*SAID) == ["09:01 notify_silent", "09:01 notify_silent", "09:02 cleared"]
    desk = beat(of_nobody())
    beat(desk, within=None)
    beat(desk, within=None).at("12:00").tick()
    assert desk.told(*SAID) == []


def test_the_journal_has_what_changes_and_not_every_beat() -> None:
    desk = beat(of_nobody())
    for minute in range(1, 10):
        beat(desk.at(f"09:0{minute}"))
    desk.at("10:00").tick()
    beat(desk)
    beat(desk, within=None)
    types = [event["type"] for event in desk.journal() if event["type"].startswith("Notify")]
    assert types == ["NotifyHeard", "NotifyFellSilent", "NotifyHeard", "NotifyRetired"]
    own = [event["seq"] for event in desk.journal() if event["ticket"] is None]
    assert own == [*range(1, len(own) + 1)]


def test_it_is_waited_for_across_a_restart() -> None:
    desk = beat(of_nobody())
    restored = Shard(0)
    for output in desk.outputs:
        if output.topic in (Topic.TICKETS, Topic.TENANTS):
            restored.load(output.topic, output.key or b"", output.value)
    desk.at("09:02").tick()
    outputs = folded(restored, desk.inbox.records[-1:])
    assert [alert["data"]["kind"] for alert in values(outputs, Topic.ALERTS)] == ["notify_silent"]
