"""A storm: 2,000 alerts at once. Nothing is lost, nothing grows without a bound, and every digest names what it has."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

from counterparts import Listener, Mailbox
from notified import QUICK, Notify, alert, done_with_all, mail, notify_file, receipts, say, webhook
from patience import until
from workers import Workers

from tocsin.dev.kafka import free_port
from tocsin.notify.receipts import ACCEPTED, FAILED
from tocsin.settings import Settings

ALERTS = 2_000
HELD_MAX = 500
RESIDENT_MAX_MB = 400
EVERY = {f"storm-{number}" for number in range(ALERTS)}


async def test_two_thousand_alerts_reach_a_slow_sink_a_dead_one_and_one_that_loses_its_answers(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        slow, losing = [await stack.enter_async_context(Listener().listening()) for _ in range(2)]
        mailbox = await stack.enter_async_context(Mailbox().listening())
        slow.seconds, losing.loses, port = 2.0, lambda number: number % 2 == 1, free_port()
        sinks = [
            webhook("slow", slow.url),
            webhook("dead", f"http://127.0.0.1:{port}"),
            webhook("losing", losing.url),
            mail("mail", mailbox.port, f"{QUICK}\nper_minute = 30"),
        ]
        file = notify_file(tmp_path, *sinks, to='"slow", "dead", "losing", "mail"')
        notify = await Notify(workers, settings, file).start()
        watch = asyncio.create_task(watched(notify))
        await say(settings, [alert(name) for name in EVERY])
        await until(lambda: set(losing.ids) == EVERY, "all are with the one that loses its answers")
        await until(lambda: set(slow.ids) == EVERY, "all are with the slow one")
        await until(lambda: len(named(mailbox)) == ALERTS, "all are in mails")
        dead = await stack.enter_async_context(Listener().listening(port))
        await until(lambda: set(dead.ids) == EVERY, "all are with the one that was dead")
        for lane in ("slow", "dead", "losing", "mail"):
            await done_with_all(settings, lane)
        assert not watch.done(), watch.exception()
        watch.cancel()
    assert len(mailbox.mails) <= 60, "a minute's worth, and not many more"
    assert len(slow.ids) == len(dead.ids) == ALERTS, "none came twice"
    again = {told.headers["webhook-id"] for told in losing.told}
    by_id = {told.headers["webhook-id"]: told.json["alerts"] for told in losing.told}
    assert sum(map(len, by_id.values())) == ALERTS, "what came twice came with the id that it had"
    assert len(losing.told) > len(again)
    written = await receipts(settings)
    assert not [each for each in written if each.type == FAILED]
    for sink in ("slow", "dead", "losing", "mail"):
        assert {each.data.alert for each in written if each.type == ACCEPTED and each.data.sink == sink} == EVERY
    assert {each.data.digest for each in written if each.data.sink == "mail"} == {True, False}


def named(mailbox: Mailbox) -> set[str]:
    """The alerts that mails name. A digest that does not name each of the alerts that it counts is a fault."""
    found: set[str] = set()
    for each in mailbox.mails:
        ids = set(re.findall(r"storm-\d+", each.get_content()))
        counted = re.search(r"(\d+) alerts in one message", str(each["Subject"]))
        assert len(ids) == (int(counted[1]) if counted else 1)
        found |= ids
    return found


async def watched(notify: Notify) -> None:
    """Look again and again that what is held stays within its bounds."""
    while True:
        await asyncio.sleep(0.2)
        for lane in ("slow", "dead", "losing", "mail"):
            held = await asyncio.to_thread(notify.metric, "tocsin_notify_in_hand", lane=lane)
            assert held <= HELD_MAX
        assert resident_mb(notify.process.pid) < RESIDENT_MAX_MB


def resident_mb(pid: int) -> float:
    """The memory that a process has."""
    return int(re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0]) / 1024
