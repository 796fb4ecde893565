"""Puts together what concerns people: the lane of pages, the roster, and whoever takes answers."""

import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import structlog

from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import SECOND
from tocsin.notify.alert import Received
from tocsin.notify.answers import pagerduty
from tocsin.notify.answers.desk import AnswerDesk
from tocsin.notify.answers.links import Links
from tocsin.notify.answers.place import answer_place
from tocsin.notify.answers.server import AnswerPlace, serve
from tocsin.notify.answers.silences import SilenceWatch
from tocsin.notify.file import uses_roster
from tocsin.notify.model import AlertmanagerSpec, NotifySpec, PagerDutySpec
from tocsin.notify.pages.clock import Clock
from tocsin.notify.pages.memory import PageMemory
from tocsin.notify.pages.posts import Open, Posts
from tocsin.notify.pages.work import Pages
from tocsin.notify.secrets import Secrets
from tocsin.notify.shared import Shared
from tocsin.roster.keeper import RosterKeeper
from tocsin.settings import Settings, SettingsError

_log = structlog.get_logger()


class Paging(NamedTuple):
    """Pages to people, if the routes ask for any; `tasks` run beside the lanes without an end."""

    work: Pages | None
    tasks: list[Coroutine[Any, Any, None]]
    hints: Callable[[], list[str]]


def require_settings(settings: Settings, spec: NotifySpec) -> AnswerPlace | None:
    """Where answers are taken. Raises `SettingsError` where a setting is wrong or missing."""
    place = answer_place(settings)
    if uses_roster(spec) and settings.roster_file is None:
        raise SettingsError("A route sends to the roster, and roster_file is not set.")
    for name, sink in spec.sinks.items():
        if isinstance(sink, PagerDutySpec) and sink.webhook_secret is not None and place is None:
            raise SettingsError(f"sinks.{name}.webhook_secret is set, and answer_url is not: nobody takes answers.")
    return place


async def open_paging(
    stack: AsyncExitStack, shared: Shared, memory: PageMemory, secrets: Secrets, clock: Clock
) -> Paging:
    """What concerns people. Raises `SettingsError`, `ContractError` or `PortError`."""
    settings, spec = shared.settings, shared.spec
    place = require_settings(settings, spec)
    keeper = await _keeper(shared, clock)
    work = _work(shared, memory, keeper, clock, place) if keeper and uses_roster(spec) else None
    desk = AnswerDesk(shared.publisher, shared.memory, memory, keeper, work.answered if work else _nobody_hears)
    tasks = [SilenceWatch(name, sink, secrets, desk).run() for name, sink in _of(spec, AlertmanagerSpec)]
    if keeper is not None:
        tasks.append(keeper.watch(spec.pages.reread / SECOND))
    if work is not None:
        tasks.append(work.attend())
    if place is not None:
        webhooks = {
            name: secrets.value(sink.webhook_secret, f"sinks.{name}.webhook_secret")
            for name, sink in _of(spec, PagerDutySpec)
            if sink.webhook_secret is not None
        }
        routes = pagerduty.routes(webhooks, desk, clock.now)
        address = await stack.enter_async_context(serve(place, desk, clock.now, time.monotonic, *routes))
        _log.info("answers_taken", address=address, url=place.url)
    return Paging(work, tasks, keeper.hints if keeper else list)


async def _keeper(shared: Shared, clock: Clock) -> RosterKeeper | None:
    file = shared.settings.roster_file
    if file is None:
        return None
    keeper = RosterKeeper(file, clock.now, shared.settings.roster_kept_file)
    await keeper.look()
    shared.counts.watch_roster(
        lambda: keeper.problem is None,
        lambda: 0.0 if keeper.read_at is None else (clock.now() - keeper.read_at) / SECOND,
    )
    return keeper


def _work(shared: Shared, memory: PageMemory, keeper: RosterKeeper, clock: Clock, place: AnswerPlace | None) -> Pages:
    spec = shared.spec
    first = ContractLibrary.load(shared.settings.contracts_dir).most_urgent()

    def urgent(received: Received) -> bool:
        content = received.alert.data
        return content.priority is not None and content.priority in (first.get(content.contract), *spec.pages.urgent)

    key = place.keys[0] if place else None
    links = Links(place.url if place else None, key, spec.pages.link_valid, clock.now)
    opened = {name: Open(shared.sinks[name], sink) for name, sink in spec.sinks.items()}
    return Pages(
        Posts(opened, links, spec.pages.give_up_after),
        keeper,
        clock,
        limit=spec.pages.waiting,
        urgent=urgent,
        routes=shared.routes,
        memory=memory,
        publisher=shared.publisher,
        counts=shared.counts,
    )


def _of(spec: NotifySpec, kind: type[Any]) -> list[tuple[str, Any]]:
    return [(name, sink) for name, sink in spec.sinks.items() if isinstance(sink, kind)]


def _nobody_hears(_dedup_key: str) -> None:
    """No pages are in hand."""
