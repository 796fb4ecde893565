"""What analysts silence in a simulated SOC, and for how long. Drawn by itself: it moves nothing else of a run."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.simulation.loop import MILLISECOND
from tests.simulation.workload import Publication

from tocsin.domain.commands.silence import Maintain, Quieten, Silence, Unsilence
from tocsin.domain.instant import DAY, HOUR, MINUTE, Instant, show
from tocsin.messages.record import Topic

_TENANTS = ("acme", "acme", "globex", "hooli", "umbrella", "unassigned")
_KINDS = ("at_risk", "breached", "callback_overdue", "detection", "escalated", "status_report_due")
_A_DAY = 2


def silences(random: Random, begins: Instant, days: int) -> list[Publication]:
    """What is published about silences from `begins` on."""
    found: list[Publication] = []
    for day in range(days):
        for number in range(random.choice((0, 1, _A_DAY, 2 * _A_DAY))):
            at = day * DAY + random.randrange(DAY)
            found += _one(random, begins, at, f"quiet-{day}-{number}")
    return [each for each in found if each.at < days * DAY * MILLISECOND]


def _one(random: Random, begins: Instant, at: int, name: str) -> Iterator[Publication]:
    """A silence, perhaps said twice or for a tenant that has one of that name, and perhaps ended before its time."""
    tenant = random.choice(_TENANTS)
    lasts = random.choice((MINUTE, 20 * MINUTE, HOUR, 4 * HOUR, 2 * DAY))
    kind, about = _verb(random, begins + at, lasts)
    data = {"silence": name, "analyst": "lee", "reason": "known", "until": show(begins + at + lasts), **about}
    for repeat in range(random.choice((1, 1, 1, 2))):
        yield _published(random, at + repeat * MINUTE, kind, tenant, data)
    if random.random() < 0.3:
        ended = {"silence": name, "analyst": "kim"}
        yield _published(random, at + random.randrange(lasts), Unsilence.TYPE, tenant, ended)


def _verb(random: Random, at: Instant, lasts: int) -> tuple[str, dict[str, Any]]:
    chosen = random.random()
    if chosen < 0.15:
        return Quieten.TYPE, {"signatures": ["1:2100498"]}
    if chosen < 0.3:
        return Maintain.TYPE, {
            "begins": show(at + random.randrange(lasts)),
            "assets": [f"host-{random.randrange(200)}" for _ in range(50)],
        }
    if chosen < 0.6:
        return Silence.TYPE, {}
    about: tuple[dict[str, Any], ...] = (
        {"kinds": random.sample(_KINDS, 2)},
        {"objectives": ["first_response"]},
        {"kinds": ["escalated"]},
        {"priorities": [random.choice(("P1", "P2", "P3"))]},
    )
    return Silence.TYPE, random.choice(about)


def _published(random: Random, at: Instant, kind: str, tenant: str, data: dict[str, Any]) -> Publication:
    event = {
        "specversion": "1.0",
        "id": f"{kind} {data['silence']} {tenant}",
        "source": "desk-gateway",
        "type": kind,
        "tenant": tenant,
        "data": data,
    }
    when = at * MILLISECOND + random.randrange(MILLISECOND)
    return Publication(when, Topic.DESK, random.random(), json.dumps(event).encode(), accepted=True)
