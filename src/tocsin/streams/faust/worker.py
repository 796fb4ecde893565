"""A worker from its start to its end."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import structlog

from tocsin.messages.record import PipelineStep, Topic
from tocsin.settings import Settings
from tocsin.streams.core.broker_clock import BrokerClock, InboxClock
from tocsin.streams.core.pipeline import Pipeline
from tocsin.streams.core.port import Source
from tocsin.streams.core.shell import Parts
from tocsin.streams.core.stats import Stats
from tocsin.streams.faust.app import App
from tocsin.streams.faust.shutdown import EXIT_UNEXPECTED, end, watchdog
from tocsin.streams.kafka import preflight
from tocsin.streams.kafka.clients import certificates
from tocsin.streams.kafka.log import KafkaLog
from tocsin.streams.kafka.placement import REMEDY, require_unmoved
from tocsin.streams.kafka.preflight import WrongTopicsError
from tocsin.streams.kafka.rules import require_rules
from tocsin.streams.kafka.topic_watch import TopicWatch

_STOPPING_SECONDS = 9.5
_LEAVING_SECONDS = 3.0

_log = structlog.get_logger()


Serve = Callable[[Settings, Stats], AbstractAsyncContextManager[str]]
"""Serves what the statistics tell while the context is open; gives the address (`tocsin.web.server.serve`)."""


async def work(settings: Settings, pipeline: Pipeline, serve: Serve, clock: InboxClock | None = None) -> None:
    """Run a worker until SIGTERM or SIGINT. `Shutdown` says with which codes it ends by itself.

    `clock` dates the inbox where the broker does not (`tocsin dev`). When it cannot start it raises
    `tocsin.streams.kafka.preflight.PreflightError`, `tocsin.streams.kafka.refusals.RefusedError`,
    `tocsin.settings.SettingsError`, or what `serve` raises.
    """
    stop = _stop_signal()
    tune_garbage_collector()
    partitions = await preflight.partitions(settings, stamped_by_us=clock is not None)
    log = KafkaLog(settings, partitions, None if clock is None else clock.now)
    states = await require_unmoved(log, partitions[Topic.INBOX])
    if pipeline.rules is not None:
        await require_rules(log, states)
    topics = TopicWatch(settings, pipeline.own_topics)
    async with preflight.answering(settings):
        await topics.look()
    stats = Stats(settings, pipeline.adoptions, topics.problems, lambda: certificates(settings))
    parts = Parts(
        log=log,
        make_step=lambda source: _step(pipeline, source, partitions[Topic.INBOX]),
        make_clock=lambda: BrokerClock(stats.count_clock_jump) if clock is None else clock,
        heartbeat=settings.heartbeat_tick,
        halts=pipeline.halts,
        retire=stats.retire,
        joined=lambda: _keep_what_was_taken_over(stats),
        timings=stats.timings,
    )
    app = App(settings, parts, topics.readable)
    stats.watch(app, partitions[Topic.INBOX])
    async with serve(settings, stats) as address:
        _log.info("worker_started", bootstrap=settings.bootstrap, web=address)
        watching = asyncio.create_task(topics.run(app.read))
        await _until_stopped(app, stop)
        watching.cancel()
        await log.close()
    _log.info("worker_stopped")


def _step(pipeline: Pipeline, source: Source, inbox_partitions: int) -> PipelineStep:
    if source.topic is Topic.INBOX and source.partition >= inbox_partitions:
        raise WrongTopicsError(
            f"{source} was added while this worker runs: the number of partitions must not change. {REMEDY}"
        )
    return pipeline.make(source, inbox_partitions)


def tune_garbage_collector() -> None:
    """A batch makes tens of thousands of objects that stay: to look at every 700 of them took a sixth of the fold."""
    gc.collect()
    gc.freeze()  # the modules stay for good
    gc.set_threshold(10_000, 20, 20)


def _keep_what_was_taken_over(stats: Stats) -> None:
    """A million tickets fill tables of a million places: each full collection would look at them for 0.1 s and more."""
    stats.note_joined()
    gc.collect()
    gc.freeze()


def _stop_signal() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _until_stopped(app: App, stop: asyncio.Event) -> None:
    """Run Faust until `stop`, then let it stop within seconds, whatever it is just doing."""
    running = asyncio.ensure_future(app.start())
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if running.done() and (error := running.exception()) is not None:
        app.exit.die(error)
    await stopping
    _log.info("stopping")
    dog = watchdog(_STOPPING_SECONDS, EXIT_UNEXPECTED)
    await app.shell.release()
    # not cancelled, since Faust would take that for a reason to go on
    _, left = await asyncio.wait({asyncio.ensure_future(app.stop())}, timeout=_LEAVING_SECONDS)
    if left:  # the partitions are let go, so nothing is lost; the group will notice by itself
        _log.warning("left_without_goodbye")
        end(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    dog.cancel()
