"""Puts notify together: a lane for each sink, what they share, and what watches them."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from tocsin.client.connection import partitions_of
from tocsin.domain.instant import SECOND
from tocsin.messages.record import Topic
from tocsin.notify.beginning import committed_offsets
from tocsin.notify.counts import Counts
from tocsin.notify.deadman import Deadman
from tocsin.notify.deliveries import Deliveries
from tocsin.notify.feed import Feed
from tocsin.notify.file import read_notify
from tocsin.notify.lane import Lane
from tocsin.notify.memory import Memory
from tocsin.notify.model import NotifySpec
from tocsin.notify.pages.clock import Clock
from tocsin.notify.pages.memory import PageMemory
from tocsin.notify.paging import open_paging
from tocsin.notify.receipts import Publisher
from tocsin.notify.rereading import Rereader
from tocsin.notify.routes import Routes
from tocsin.notify.secrets import Secrets
from tocsin.notify.shared import Shared
from tocsin.notify.sinks.opening import open_sinks
from tocsin.notify.web import serve
from tocsin.notify.work import Work
from tocsin.settings import Settings, SettingsError
from tocsin.streams.kafka.clients import certificates

_log = structlog.get_logger()


def load(settings: Settings) -> tuple[NotifySpec, Secrets]:
    """The notify file, and where its secrets are. Raises `SettingsError` or `ContractError`."""
    if settings.notify_file is None:
        raise SettingsError("notify_file is not set: `tocsin notify example` prints one to start from.")
    return read_notify(settings.notify_file), secrets_of(settings, settings.notify_file)


def secrets_of(settings: Settings, file: Path) -> Secrets:
    """Where the secrets of the notify file `file` are."""
    return Secrets(file.parent, plaintext=settings.allow_plaintext)


async def run(settings: Settings, stop: asyncio.Event, clock: Clock) -> None:
    """Run until `stop` is set. Raises `SettingsError`, `ContractError`, `ClientError`, `PortError`."""
    spec, secrets = load(settings)
    await partitions_of(settings, Topic.ALERTS)
    async with AsyncExitStack() as stack:
        pages = PageMemory()
        shared = await _shared(stack, settings, spec, secrets, pages=pages, speed=clock.speed)
        paging = await open_paging(stack, shared, pages, secrets, clock)
        works: list[Work] = [*(_feed(shared, name) for name in spec.sinks), *([paging.work] if paging.work else [])]
        lanes = [shared.lane(work) for work in works]
        deadman = Deadman(spec.deadman, secrets, lanes) if spec.deadman else None
        web = await stack.enter_async_context(serve(settings, shared.counts, lanes, paging.hints))
        _log.info("notify_started", bootstrap=settings.bootstrap, web=web, sinks=sorted(spec.sinks))
        for lane, work in zip(lanes, works, strict=True):
            _watch(shared, lane, work.name)
            await _recall(shared, lane, work.name)
        tasks = [shared.deliveries.follow(), *(work.attend() for work in works), *(lane.run() for lane in lanes)]
        await _until(stop, [*tasks, *paging.tasks, *([deadman.run()] if deadman else [])])
        _log.info("notify_stopping")


async def _shared(  # noqa: PLR0913 - what they share, by name
    stack: AsyncExitStack, settings: Settings, spec: NotifySpec, secrets: Secrets, *, pages: PageMemory, speed: float
) -> Shared:
    source = f"tocsin-notify/{uuid4()}"
    memory = Memory()
    sinks = open_sinks(spec.sinks, secrets)
    for sink in sinks.values():
        stack.push_async_callback(sink.close)
    return Shared(
        settings=settings,
        spec=spec,
        sinks=sinks,
        routes=Routes(spec.routes),
        memory=memory,
        deliveries=await stack.enter_async_context(Deliveries.connected(settings, [memory.learn, pages.learn], source)),
        publisher=await stack.enter_async_context(Publisher.connected(settings, source, speed)),
        rereader=await stack.enter_async_context(Rereader.connected(settings)),
        counts=Counts(lambda: certificates(settings)),
    )


def _feed(shared: Shared, name: str) -> Feed:
    return Feed(
        name,
        shared.spec.sinks[name],
        shared.sinks[name],
        routes=shared.routes,
        memory=shared.memory,
        publisher=shared.publisher,
        rereader=shared.rereader,
        counts=shared.counts,
    )


async def _recall(shared: Shared, lane: Lane, name: str) -> None:
    """What lies before the lane's offsets is done: receipts of it need not be kept, however many there are."""
    for tp, offset in (await committed_offsets(shared.settings, lane.group)).items():
        shared.memory.finished(name, tp.partition, offset)


def _watch(shared: Shared, lane: Lane, name: str) -> None:
    def age() -> float:
        return 0.0 if lane.oldest is None else max(0.0, time.time() - lane.oldest / SECOND)

    shared.counts.watch(
        name,
        lag=lambda: lane.lag,
        in_hand=lambda: lane.in_hand,
        oldest=age,
        open=lambda: shared.memory.open_count(name),
    )


async def _until(stop: asyncio.Event, works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run `works`, none of which ends by itself, until `stop`. Raises the first error of one."""
    tasks = [asyncio.create_task(work) for work in works]
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()
    finally:
        for task in [*tasks, stopping]:
            task.cancel()
        await asyncio.gather(*tasks, stopping, return_exceptions=True)
