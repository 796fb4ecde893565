"""All checks in their order. What cannot be asked is a finding, too."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from aiokafka.errors import KafkaError

from tocsin.client.errors import ClientError
from tocsin.contracts.errors import ContractError
from tocsin.doctor import (
    certificates,
    copies,
    dead_letters,
    disk,
    doubts,
    lag,
    notify,
    pulse,
    reach,
    rights,
    rules,
    tenants,
    topics,
    versions,
)
from tocsin.doctor.finding import Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka.refusals import RefusedError, lacking_rights

_SECONDS = 60.0
"""Patience with one check, beside what it listens for."""

Check = Callable[[], Awaitable[list[Finding]]]


async def examine(settings: Settings, role: str, *, dev: bool) -> AsyncIterator[list[Finding]]:
    """The findings of one check after the other. Where no broker can be used, only those of this machine follow.

    `role` is what the user of these settings does. `dev`: the cluster is one of `tocsin dev`. Raises `SettingsError`.
    """
    found = await reach.check(settings)
    yield found
    if all(finding.level is Level.OK for finding in found):
        for name, check in _of_the_cluster(settings, role, dev=dev):
            yield await _asked(name, check, settings)
    for name, check in _of_this_machine(settings):
        yield await _asked(name, check, settings)


def _of_the_cluster(settings: Settings, role: str, *, dev: bool) -> list[tuple[str, Check]]:
    return [
        (rights.NAME, lambda: rights.check(settings, role)),
        (topics.NAME, lambda: topics.check(settings, _own(settings), dev=dev)),
        (copies.NAME, lambda: copies.check(settings, _own(settings))),
        (versions.NAME, lambda: versions.check(settings)),
        (lag.NAME, lambda: lag.check(settings)),
        (pulse.WORKERS, lambda: pulse.check(settings, dev=dev)),
        (rules.NAME, lambda: rules.check(settings)),
        (tenants.NAME, lambda: tenants.check(settings)),
        (notify.NAME, lambda: notify.check(settings)),
        (dead_letters.NAME, lambda: dead_letters.check(settings)),
        (disk.NAME, lambda: disk.check_brokers(settings)),
    ]


def _of_this_machine(settings: Settings) -> list[tuple[str, Check]]:
    return [
        (certificates.NAME, lambda: certificates.check(settings)),
        (disk.NAME, lambda: disk.check(settings)),
        (doubts.NAME, lambda: doubts.check(settings)),
    ]


def _own(settings: Settings) -> tuple[str, ...]:
    try:
        return tuple(tenants.directory(settings).own_topics.names)
    except ContractError:
        return ()  # the check of the tenants says so


async def _asked(name: str, check: Check, settings: Settings) -> list[Finding]:
    try:
        async with asyncio.timeout(_SECONDS + settings.heartbeat_tick):
            return await check()
    except (KafkaError, ClientError, RefusedError, OSError) as error:
        why = lacking_rights(error) or str(error) or type(error).__name__
        return [Finding(name, Level.UNKNOWN, f"It could not be asked: {why}")]
