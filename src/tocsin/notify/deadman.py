"""The dead man's switch: a service outside is asked at an interval, for as long as every lane goes round."""

import asyncio
import time
from collections.abc import Sequence

import aiohttp
import structlog

from tocsin.domain.instant import SECOND
from tocsin.notify.lane import Lane
from tocsin.notify.model import DeadmanSpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.base import SinkError
from tocsin.notify.sinks.http import get, http_session

_STANDS_STILL_SECONDS = 60.0
_ANSWER_SECONDS = 10.0

_log = structlog.get_logger()


class Deadman:
    """Asks the service while `lanes` make progress. Silence is what it understands."""

    def __init__(self, spec: DeadmanSpec, secrets: Secrets, lanes: Sequence[Lane]) -> None:
        """Raises `SettingsError`."""
        self._url = secrets.url(spec.url, "deadman.url")
        self._every = spec.every / SECOND
        self._lanes = lanes

    async def run(self) -> None:
        """Ask without an end."""
        async with http_session(1) as session:
            while True:
                standing = standing_still(self._lanes)
                if standing:
                    _log.error("lanes_stand_still", lanes=standing)
                else:
                    await self._ask(session)
                await asyncio.sleep(self._every)

    async def _ask(self, session: aiohttp.ClientSession) -> None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await get(session, self._url)
        except (SinkError, TimeoutError) as error:
            _log.warning("deadman_not_reached", error=str(error) or "no answer in time")


def standing_still(lanes: Sequence[Lane]) -> list[str]:
    """The groups of the lanes that have not gone round for a minute."""
    now = time.monotonic()
    return [lane.group for lane in lanes if now - lane.progressed_at > _STANDS_STILL_SECONDS]
