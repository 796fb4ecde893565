"""A look at the topics now and then: one that was deleted under a running worker fails only when it is written to."""

import asyncio

import structlog
from aiokafka.errors import KafkaError

from tocsin.messages.record import Topic
from tocsin.settings import Settings, SettingsError
from tocsin.streams.kafka.clients import admin_client, described
from tocsin.streams.kafka.refusals import RefusedError

_LOOK_SECONDS = 5.0

_log = structlog.get_logger()


class TopicWatch:
    """Knows which of the topics were missing at the last look."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._missing: frozenset[str] = frozenset()

    def problems(self) -> list[str]:
        """A sentence for each topic that is missing."""
        return [
            f"the topic {name} does not exist any more: what belongs there waits. Create it with `tocsin topics create`"
            for name in sorted(self._missing)
        ]

    async def run(self) -> None:
        """Look until cancelled. While no broker answers, the last look counts."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    self._note(await self._look())
            except (KafkaError, OSError, TimeoutError, RefusedError, SettingsError) as error:
                _log.debug("topics_not_seen", error=repr(error))  # lanes tell that no broker answers

    async def _look(self) -> frozenset[str]:
        names = [self._settings.topic(topic) for topic in Topic]
        async with admin_client(self._settings) as admin:
            return frozenset(names) - (await described(admin, names)).keys()

    def _note(self, missing: frozenset[str]) -> None:
        if missing - self._missing:
            _log.error("topics_missing", topics=sorted(missing))
        self._missing = missing
