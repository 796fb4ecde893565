"""A real Prometheus scrapes a real worker that has broken promises: rules judge it, dashboards show it."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from counterparts import Listener
from notified import Notify, notify_file, webhook
from patience import until
from replayed import inbox_now
from tests.tools.prometheus import Prometheus, prometheus
from tools.dashboards import written
from tools.panels import DASHBOARDS, Query
from workers import Worker, Workers, publish

from tocsin.domain.instant import HOUR, MINUTE, Instant, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
TRACE = "0af7651916cd43dd8448eb211c80319c"
TENANTS = """
[tenants.acme]
contract = "esentire"
plan = "standard"

[tenants.globex]
contract = "sentinelone"
plan = "enterprise"

[[tenants.globex.contacts]]
name = "Jo"
emails = ["jo@globex.example"]
"""
BROKEN = {"PromiseBroken", "CallbackWaits", "DeadLetters"}
"""The alerts that fire within seconds."""


@pytest.fixture
async def siem() -> AsyncIterator[Listener]:
    async with Listener().listening() as listener:
        yield listener


def event(kind: str, tenant: str, at: Instant, data: dict[str, Any]) -> bytes:
    said = {"specversion": "1.0", "id": f"{kind}-{at}", "source": "test", "type": f"tocsin.{kind}", "tenant": tenant}
    traced = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    return json.dumps({**said, **traced, "time": show(at), "data": data}).encode()


def call(number: int, at: Instant) -> bytes:
    return event(
        "call.missed", "acme", at, {"call": f"c-{number}", "from": f"+1416555{number:04}", "to": "+18445525837"}
    )


async def break_promises(settings: Settings) -> None:
    """A callback is late and another one will be due, a response is late, and a message is refused."""
    now = await inbox_now(settings)
    request = {"channel": "portal", "subject": "help", "contact": "jo@globex.example", "priority": "P2"}
    await publish(settings, Topic.CALLS, [(None, call(1, now - 30 * MINUTE)), (None, call(2, now - 10 * MINUTE))])
    asked = event("request.submitted", "globex", now - 12 * HOUR, request)
    await publish(settings, Topic.DESK, [(None, asked)])
    await publish(settings, Topic.SECURITY_EVENTS, [(None, b"{}")])


async def started(settings: Settings, workers: Workers, folder: Path) -> Worker:
    tenants = folder / "tenants.toml"
    tenants.write_text(TENANTS)
    worker = workers.start(settings.model_copy(update={"tenants_file": tenants}), *RUN)
    await worker.ready()
    return worker


async def test_alerts_fire_and_every_panel_shows_what_a_worker_with_broken_promises_tells(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    began = time.time()
    worker = await started(settings, workers, tmp_path)
    notify = await Notify(workers, settings, notify_file(tmp_path, webhook("siem", siem.url), to='"siem"')).start()
    jobs = {"tocsin": worker.address, "tocsin-notify": notify.process.address}
    with prometheus(tmp_path / "prometheus", jobs) as watching:
        await until(lambda: watching.values("tocsin_ready") == [1], "the worker is scraped")
        await until(lambda: watching.values('up{job="tocsin-notify"}') == [1], "and notify")
        await break_promises(settings)
        await until(lambda: watching.firing() >= BROKEN, f"all of these fire: {sorted(BROKEN)}")
        assert watching.firing() & {"WorkerDown", "NoWorker", "ClocksUnwatched", "WorkerNotReady"} == set()
        await until(lambda: watching.unhealthy() == [], "every rule has been evaluated, without an error")
        late = 'objective_priority:tocsin_promises_late:sum{objective="callback"}'
        await until(lambda: watching.values(late) == [1], "the callback is recorded as late")
        await until(
            lambda: watching.values("tocsin_attainment_affordable_breaches") == [-1], "the month has lost its share"
        )
        found = await until(
            lambda: watching.exemplars("tocsin_alert_delay_seconds_bucket", began, time.time()), "an exemplar is kept"
        )
        assert {exemplar["labels"]["trace_id"] for exemplar in found} == {TRACE}
        await every_panel_has_data(watching)


async def every_panel_has_data(watching: Prometheus) -> None:
    """The queries of the committed dashboards, as Grafana asks them; only those that may be idle may be empty."""
    declared = [query for it in DASHBOARDS for row in it.rows for panel in row.panels for query in panel.queries]
    committed = [expr for _, text in written() for expr in expressions(json.loads(text))]
    assert committed == [query.expr for query in declared]
    for query in declared:
        asked = query.expr.replace("$__rate_interval", "10m")  # as long as the test, whose beginning it must see
        assert "$" not in asked
        await until(partial(shows, watching, query, asked), f"{query.expr} has data")


def shows(watching: Prometheus, query: Query, asked: str) -> bool:
    """Returns whether there is a number to be seen, where there must be one."""
    values = watching.values(asked)
    return query.idle or not all(map(isnan, values))


def expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    """The queries in a dashboard's JSON, in order."""
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
        yield from expressions(panel) if panel.get("panels") else ()


async def test_when_the_last_worker_is_gone_prometheus_says_so(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    worker = await started(settings, workers, tmp_path)
    with prometheus(tmp_path / "prometheus", {"tocsin": worker.address}) as watching:
        await until(lambda: watching.values('up{job="tocsin"}') == [1], "the worker is scraped")
        worker.kill()
        await until(lambda: watching.firing() >= {"NoWorker", "WorkerDown"}, "its end is told")
