"""Notify before a real broker: whatever is killed, slow or dead, every alert arrives or is known not to have."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from counterparts import Listener, Mailbox, PagerDuty
from notified import (
    QUICK,
    SECRET,
    Notify,
    alert,
    aside,
    done_with_all,
    mail,
    notify_file,
    receipts,
    run_tocsin,
    say,
    webhook,
)
from patience import until
from workers import Workers, committed, contents

from tocsin.dev.kafka import free_port
from tocsin.messages.record import Topic
from tocsin.notify.receipts import ACCEPTED, ALIVE, FAILED
from tocsin.settings import Settings

ALERTS = 5_000
KEY = "0123456789abcdef0123456789abcdef"
SINGLE = f"{QUICK}\nper_minute = 60000\nat_once = 20\n"


@pytest.fixture
async def siem() -> AsyncIterator[Listener]:
    async with Listener().listening() as listener:
        yield listener


def there(siem: Listener, count: float) -> bool:
    return len(set(siem.ids)) >= count


async def has(settings: Settings, kind: str, count: int) -> bool:
    return sum(each.type == kind for each in await receipts(settings)) >= count


async def test_alerts_go_to_the_sinks_of_their_routes_and_receipts_say_so(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    await Notify(workers, settings, notify_file(tmp_path, webhook("siem", siem.url), to='"siem"')).start()
    await say(settings, [alert(f"a{number}") for number in range(20)])
    await until(lambda: len(set(siem.ids)) == 20, "all have arrived")
    await until(lambda: has(settings, ACCEPTED, 20), "each has its receipt")
    assert {each.data.alert for each in await receipts(settings)} == set(siem.ids)
    assert len(siem.ids) == 20


async def test_killed_again_and_again_in_five_thousand_alerts_every_one_has_arrived(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    notify = Notify(workers, settings, notify_file(tmp_path, webhook("siem", siem.url, SINGLE), to='"siem"'))
    await notify.start()
    await say(settings, [alert(f"a{number}") for number in range(ALERTS)])
    for share in (0.1, 0.4, 0.8):
        await until(partial(there, siem, share * ALERTS), f"{share} of them are there")
        notify.process.kill()
        await notify.start()
    await until(lambda: len(set(siem.ids)) == ALERTS, "all have arrived")
    await done_with_all(settings, "siem")
    repeats = len(siem.ids) - ALERTS
    assert repeats <= 3 * 500, "no more is repeated than what was in hand"
    assert {each.data.alert for each in await receipts(settings) if each.type == ACCEPTED} == set(siem.ids)


async def test_two_share_the_work_and_one_goes_on_where_the_other_was_killed_or_stopped(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    file = notify_file(tmp_path, webhook("siem", siem.url, SINGLE), to='"siem"')
    first, second = [Notify(workers, settings, file) for _ in range(2)]
    await first.start()
    life = ("trigger", "acknowledge", "resolve")
    lives = [alert(f"{n}-{step}", each, f"i{n}") for step, each in enumerate(life) for n in range(400)]
    await say(settings, lives[:600])
    await until(partial(there, siem, 100), "it has begun")
    await second.start()
    await say(settings, lives[600:])
    await until(partial(there, siem, 800), "both have worked")
    first.process.kill()
    await first.start()
    second.process.process.terminate()
    assert await second.process.ended() == 0
    await until(partial(there, siem, 1_200), "all have arrived")
    await done_with_all(settings, "siem")
    for n in range(400):
        told = iter(each for each in siem.ids if each.startswith(f"{n}-"))
        assert all(f"{n}-{step}" in told for step in range(3)), "in their order, some perhaps twice"


async def test_where_kafka_has_forgotten_the_offsets_the_receipts_say_where_to_go_on(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    file = notify_file(tmp_path, webhook("siem", siem.url), to='"siem"')
    notify = await Notify(workers, settings, file).start()
    await say(settings, [alert(f"a{number}") for number in range(10)])
    await until(lambda: has(settings, ACCEPTED, 10), "ten were sent")
    notify.process.kill()
    await say(settings, [alert(f"b{number}") for number in range(10)])
    unknown = settings.model_copy(update={"app_id": f"{settings.app_id}-anew"})  # whose groups have no offsets
    await Notify(workers, unknown, file).start()
    await until(lambda: len(set(siem.ids)) == 20, "the others are sent, too")
    await done_with_all(unknown, "siem")
    assert len(siem.ids) == 20


async def test_a_sink_that_is_down_holds_up_no_other_one_and_gets_everything_when_it_is_back(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    port = free_port()
    sinks = [webhook("siem", siem.url), webhook("down", f"http://127.0.0.1:{port}", f"{QUICK}\nwaiting = 50")]
    notify = await Notify(workers, settings, notify_file(tmp_path, *sinks, to='"siem", "down"')).start()
    await say(settings, [alert(f"a{number}") for number in range(200)])
    await until(lambda: len(set(siem.ids)) == 200, "the others go on")
    await until(lambda: notify.metric("tocsin_notify_in_hand", lane="down") == 50, "no more than that is held")
    await until(lambda: notify.metric("tocsin_notify_lag", lane="down") == 200, "and all of it is known to wait")
    assert notify.metric("tocsin_notify_oldest_undelivered_seconds", lane="down") > 0
    async with Listener().listening(port) as back:
        await until(lambda: len(set(back.ids)) == 200, "all have arrived there, too")
    assert len(siem.ids) == 200


async def test_trigger_and_resolve_come_in_order_and_in_pairs_also_over_a_kill(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    async with PagerDuty().listening() as pager:
        (tmp_path / "key").write_text(KEY)
        sink = f'[sinks.pager]\nkind = "pagerduty"\nurl = "{pager.url}/v2/enqueue"\nkey = {{file = "key"}}\n{QUICK}\n'
        notify = await Notify(workers, settings, notify_file(tmp_path, sink, to='"pager"')).start()
        life = ("trigger", "acknowledge", "trigger", "resolve", "trigger", "resolve")
        lives = [alert(f"{n}-{step}", each, f"i{n}") for step, each in enumerate(life) for n in range(100)]
        never = [alert(f"never-{n}", each, f"never{n}") for n in range(20) for each in ("acknowledge", "resolve")]
        await say(settings, [*never, *lives, alert("open", incident="open")])
        await until(lambda: len(pager.events) > 150, "it has begun")
        notify.process.kill()
        await notify.start()
        await done_with_all(settings, "pager")
        await until(lambda: "acme/open" in pager.incidents, "the last one is open")
    assert pager.wrong == []
    assert pager.incidents == {"acme/open": "triggered"} | {f"acme/i{n}": "resolved" for n in range(100)}
    for n in range(100):
        steps = [each["event_action"] for each in pager.events if each["dedup_key"] == f"acme/i{n}"]
        told = iter(steps)
        assert all(each in told for each in life), "in their order, some perhaps twice"
    assert len(pager.events) <= 601 + 500


async def test_what_is_given_up_is_listed_and_sent_again_with_the_resolve_that_followed(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    port = free_port()
    down = webhook("down", f"http://127.0.0.1:{port}", f'{QUICK}\ngive_up_after = "2 s"')
    file = notify_file(tmp_path, webhook("siem", siem.url), down, to='"siem", "down"')
    await Notify(workers, settings, file).start()
    await say(settings, [alert("a1", incident="one"), alert("b1", incident="two"), alert("a2", "resolve", "one")])
    await until(lambda: has(settings, FAILED, 2), "the triggers are given up")
    await until(lambda: len(siem.ids) == 3, "the other sink has all")
    listed = [json.loads(line) for line in run_tocsin(settings, "notify", "failed", "--json").splitlines()]
    assert {(row["alert"], row["reason"], row["lane"]) for row in listed} == {
        ("a1", "unreachable", "down"),
        ("b1", "unreachable", "down"),
    }
    assert all("@" in row["place"] for row in listed)
    async with Listener().listening(port) as back:
        said = await aside(settings, "notify", "redrive", "--all", "--notify-file", str(file))
        assert "Sent: 3" in said
        order = [each["id"] for each in back.alerts if each["data"]["dedup_key"] == "acme/one"]
        assert (order, sorted(back.ids)) == (["a1", "a2"], ["a1", "a2", "b1"])
        await say(settings, [alert("b2", "resolve", "two")])
        await until(lambda: "b2" in back.ids, "the running notify knows what was sent again")
    assert run_tocsin(settings, "notify", "failed", "--json") == ""


async def beats(settings: Settings) -> Counter[str]:
    """How often each lane of two has been heard of in the log."""
    found = [it for it in contents(await committed(settings, Topic.DELIVERIES)) if it["type"] == ALIVE]
    assert {it["tenant"] for it in found} <= {"unassigned"}
    return Counter(it["data"]["name"].removeprefix(f"{settings.app_id}-notify-") for it in found)


def standing(settings: Settings) -> dict[str, str]:
    """What `notify status` says of each lane."""
    rows = [
        json.loads(line) for line in run_tocsin(settings, "notify", "status", "--json", fails=True).splitlines()[:2]
    ]
    return {row["lane"]: row["heard"] for row in rows}


async def test_each_lane_is_heard_of_in_the_log_and_outside_and_one_that_is_gone_is_retired(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"notify_heartbeat": 1.0})
    sinks = [webhook("siem", siem.url), webhook("old", siem.url)]
    async with Listener().listening() as outside:
        file = notify_file(tmp_path, *sinks, to='"siem", "old"')
        file.write_text(file.read_text() + f'[deadman]\nurl = "{outside.url}/ping"\nevery = "1 s"\n')
        notify = await Notify(workers, settings, file).start()
        await until(lambda: len(outside.told) >= 2, "it is heard of outside")

    async def heard() -> bool:
        counts = await beats(settings)
        return counts["siem"] >= 2 and counts["old"] >= 2

    await until(heard, "both lanes are heard of in the log")
    assert standing(settings) == {"siem": "in time", "old": "in time"}
    notify.process.kill()
    notify_file(tmp_path, sinks[0], to='"siem"')
    await notify.start()
    await until(lambda: standing(settings) == {"siem": "in time", "old": "late"}, "the one that is gone is missed")
    run_tocsin(settings, "notify", "retire", "old")
    assert standing(settings) == {"siem": "in time", "old": "retired"}


async def test_no_secret_is_in_a_log_a_receipt_or_a_metric_whatever_fails(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    secrets = {name: f"{name}-must-not-be-seen" for name in ("path", "user", "password", "chat", "deadman")}
    async with Mailbox().listening() as mailbox, Listener().listening() as broken:
        broken.status = 500
        mailbox.reply = f"554 5.7.1 {secrets['user']} is refused"
        (tmp_path / "url").write_text(f"{broken.url}/{secrets['path']}")
        (tmp_path / "chat").write_text(f"{broken.url.replace('http', 'json')}/{secrets['chat']}/{{to}}")
        (tmp_path / "deadman").write_text(f"http://{secrets['user']}:x@127.0.0.1:1/{secrets['deadman']}")
        (tmp_path / "key").write_text(KEY)
        end = f'{QUICK}\ngive_up_after = "1 s"\n'
        sinks = [
            webhook("hook", "", end).replace('url = ""', 'url = {file = "url"}'),
            f'[sinks.pager]\nkind = "pagerduty"\nurl = "{broken.url}"\nkey = {{file = "key"}}\n{end}',
            f'[sinks.chat]\nkind = "apprise"\nurl = {{file = "chat"}}\n{end}',
            mail("mail", mailbox.port, end),
        ]
        file = notify_file(tmp_path, *sinks, to='"hook", "pager", "chat", "mail"')
        file.write_text(file.read_text() + '[deadman]\nurl = {file = "deadman"}\nevery = "1 s"\n')
        notify = await Notify(workers, settings, file).start()
        await say(settings, [alert("a1")])
        await until(lambda: has(settings, FAILED, 4), "all have failed")
        await until(lambda: "deadman_not_reached" in notify.process.text, "the deadman's switch has failed")
        seen = notify.process.text + notify.process.get("/metrics")[1]
        for sink in ("hook", "pager", "chat", "mail"):
            seen += await aside(settings, "notify", "test", sink, "--notify-file", str(file), fails=True)
    seen += "".join(record.value.decode() for record in await committed(settings, Topic.DELIVERIES))
    assert [secret for secret in (*secrets.values(), SECRET, KEY) if secret in seen] == []
