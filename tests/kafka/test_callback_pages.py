"""The promise of a callback within twenty minutes, as it reaches people, in the night in which the clocks change."""

import json
import re
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from letterbox import Mailbox
from notified import Notify
from patience import until
from test_pages import paged
from workers import Workers, committed, contents, publish

from tocsin.contracts.library import shipped_text
from tocsin.dev.scaled_clock import ScaledClock
from tocsin.domain.instant import MINUTE, Instant, parse, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
EXAMPLE = Path(str(files("tocsin.tenants").joinpath("tenants.example.toml")))
OWN_TOPICS = ("soc.security-events.acme",)
SPEED = 30
MISSED = parse("2026-03-29T00:50:00Z")
"""In Berlin it is 01:50 then. Ten minutes later, at the analyst's page, it is 03:00: summer time has begun."""

ROSTER = """
timezone = "Europe/Berlin"
[people.night]
name = "Nia Night"
reach = [{via = "mail", to = "night@soc.example"}]
[people.morning]
name = "Mo Morning"
reach = [{via = "mail", to = "morning@soc.example"}]
[people.old]
name = "Ole Old"
reach = [{via = "mail", to = "old@soc.example"}]
[people.new]
name = "Neo New"
timezone = "America/Toronto"
reach = [{via = "mail", to = "new@soc.example"}]
[people.boss]
name = "Bo Boss"
reach = [{via = "mail", to = "boss@soc.example"}]

# By a clock that ignores summer time it is still the night's: 02:00.
[[roles.analyst]]
kind = "weekly"
shifts = [
  {days = "mon-sun", hours = "20:00-03:00", who = "night"},
  {days = "mon-sun", hours = "03:00-20:00", who = "morning"},
]

# The hand-over lies between the page to the analyst and the deadline.
[[roles."shift lead"]]
kind = "rotation"
people = ["old", "new"]
start = 2026-03-22T03:05:00
every = "7 days"

[[roles."SOC manager"]]
kind = "weekly"
shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "boss"}]
"""


async def call(settings: Settings, clock: ScaledClock, kind: str, at: Instant, **data: Any) -> None:
    """A call of the customer or to it, which the telephone system reports now."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"{kind}-{at}",
        "source": "pbx-1",
        "type": f"tocsin.call.{kind}",
    }
    event |= {"time": show(at), "tenant": "acme", "data": {"call": f"{kind}-{at}", **data}}
    await publish(settings, Topic.CALLS, [(b"acme", json.dumps(event).encode())], timestamp_ms=clock.now())


def _without_climbing(folder: Path) -> dict[str, Any]:
    """The settings of tenants whose contract leaves an unanswered page alone: each role is told at its own time."""
    contract = re.sub(r"\n +(undelivered|unanswered_after): .*", "", shipped_text("esentire"))
    (folder / "contracts").mkdir()
    (folder / "contracts" / "calm.yaml").write_text(contract.replace("name: esentire", "name: calm", 1))
    tenants = EXAMPLE.read_text().replace('contract = "esentire"', 'contract = "calm"')
    (folder / "tenants.toml").write_text(tenants)
    return {"contracts_dir": folder / "contracts", "tenants_file": folder / "tenants.toml"}


async def told(settings: Settings) -> list[tuple[str, str | None]]:
    alerts = [each["data"] for each in contents(await committed(settings, Topic.ALERTS))]
    return [(each["kind"], each["role"]) for each in alerts]


async def test_a_missed_callback_pages_whoever_is_on_shift_at_that_minute_and_its_correction_reaches_them(
    bare_settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, file = paged(bare_settings, tmp_path, mailbox, ROSTER)
    settings = settings.model_copy(update=_without_climbing(tmp_path))
    await topics.create(settings, OWN_TOPICS, dev=True)
    clock = ScaledClock(origin=MISSED - 10 * MINUTE, started=time.time_ns() // 1_000_000, speed=SPEED)
    worker = workers.start(settings, *RUN, **clock.environment())
    await Notify(workers, settings, file).start(**clock.environment())
    await worker.ready()
    await until(lambda: clock.now() >= MISSED, "the customer rings")
    await call(settings, clock, "missed", MISSED, **{"from": "+14165550123", "to": "+18445525837"})
    await until(lambda: mailbox.to("new"), "the shift lead was paged")
    returned = {
        "from": "+18445525837",
        "to": "+14165550123",
        "outcome": "reached",
        "purpose": "callback",
        "analyst": "m",
    }
    await call(settings, clock, "placed", MISSED + 18 * MINUTE, **returned)
    await until(lambda: len(mailbox.to("new")) == 2 and len(mailbox.to("morning")) == 2, "both heard the correction")
    about = "ACME-000001"
    assert [(mail.to.partition("@")[0], mail.subject) for mail in mailbox.mails] == [
        ("morning", f"[P3 {about}] Page for Mo Morning, analyst, until Sun 03:10 (Europe/Berlin): Missed call"),
        ("new", f"[P3 {about}] Page for Neo New, shift lead, until Sat 21:10 (America/Toronto): Missed call"),
        *((who, f"[P3 {about}] corrected (over): Missed call") for who in ("morning", "new")),
    ]
    assert await told(settings) == [
        ("at_risk", None),
        ("escalated", "analyst"),
        ("at_risk", None),
        ("callback_overdue", None),
        ("escalated", "shift lead"),
        ("corrected", None),
    ]
