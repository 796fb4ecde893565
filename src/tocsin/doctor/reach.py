"""The brokers: whether each answers and trusts us, and we trust it."""

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

from aiokafka.errors import KafkaError

from tocsin.doctor.finding import REFUSED, UNREACHABLE, Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.clients import admin_client, client_options
from tocsin.streams.kafka.refusals import RefusedError, connect, refused_connection

NAME = "brokers"
_ATTEMPT_SECONDS = 5.0
_SETTINGS = "tocsin settings"


class Attempt(NamedTuple):
    """A connection to a broker: the seconds that it took, or why it was refused; neither: nobody answers."""

    address: str
    seconds: float | None = None
    refusal: str | None = None


async def check(settings: Settings) -> list[Finding]:
    """A finding for each broker of the cluster; for the bootstrap addresses where none of them answers."""
    try:
        async with asyncio.timeout(2 * _ATTEMPT_SECONDS), admin_client(settings) as admin:
            addresses = sorted(f"{broker.host}:{broker.port}" for broker in compat.brokers(admin))
    except RefusedError as error:
        return judge([Attempt(settings.bootstrap, None, str(error))])
    except (KafkaError, OSError, OverflowError):
        return judge([Attempt(settings.bootstrap)])
    return judge([await _attempt(settings, address) for address in addresses])


async def _attempt(settings: Settings, address: str) -> Attempt:
    options = client_options(settings.model_copy(update={"bootstrap": address}))
    began = time.monotonic()
    try:
        async with asyncio.timeout(_ATTEMPT_SECONDS):
            await connect(options)
    except (KafkaError, OSError):
        return Attempt(address, None, await refused_connection(options))
    return Attempt(address, time.monotonic() - began)


def judge(attempts: Iterable[Attempt]) -> list[Finding]:
    """A finding for each attempt."""
    return [_judged(attempt) for attempt in attempts]


def _judged(attempt: Attempt) -> Finding:
    if attempt.refusal is not None:
        return Finding(NAME, Level.FAULT, attempt.refusal, _SETTINGS, REFUSED)
    if attempt.seconds is None:
        sentence = f"No broker answers at {attempt.address}: is it running, and does a firewall stand between?"
        return Finding(NAME, Level.FAULT, sentence, _SETTINGS, UNREACHABLE)
    return Finding(NAME, Level.OK, f"The broker at {attempt.address} answers in {attempt.seconds * 1000:.0f} ms.")
