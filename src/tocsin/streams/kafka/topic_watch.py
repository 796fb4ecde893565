"""A look at the topics now and then: which are missing, and which topics of tenants have come or gone.

One that was deleted under a running worker fails only when it is written to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tocsin.settings import Settings, SettingsError
from tocsin.streams.kafka.clients import admin_client, described, listed
from tocsin.streams.kafka.refusals import RefusedError, lacking_rights
from tocsin.streams.kafka.topics import UNPACKED, packed
from tocsin.tenants.own_topics import OwnTopics

_LOOK_SECONDS = 5.0

_log = structlog.get_logger()


class TopicWatch:
    """Knows which of the topics were missing at the last look, and which topics of tenants can be read."""

    def __init__(self, settings: Settings, own: OwnTopics) -> None:
        self._settings = settings
        self._own = own
        self._missing: frozenset[str] = frozenset()
        self._packed: frozenset[str] = frozenset()
        self.readable: frozenset[str] = frozenset()
        """The own topics of tenants, by their names on the cluster, that can be read."""

    def problems(self) -> list[str]:
        """A sentence for each topic that is missing or cannot be read."""
        missing = [
            f"the topic {name} does not exist: what belongs there waits. Create it with `tocsin topics create`"
            for name in sorted(self._missing)
        ]
        return missing + [
            f"the topic {name} is not read, since its batches stay as strangers have packed them: set {UNPACKED}"
            for name in sorted(self._packed)
        ]

    async def look(self) -> None:
        """Look at the topics. Raises as `admin_client` does, or `KafkaError`."""
        async with admin_client(self._settings) as admin:
            missing = await self._missing_of(admin)
            own, packed_ones = await self._own_of(admin)
        wanted = {self._settings.name_here(name) for name in self._own.names}
        self._note(missing | (wanted - own), packed_ones)
        self.readable = own - packed_ones

    async def run(self, changed: Callable[[Collection[str]], Awaitable[None]]) -> None:
        """Look until cancelled and tell `changed` of new `readable` ones. Without an answer the last look counts."""
        told = self.readable
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self.look()
            except (KafkaError, OSError, TimeoutError, RefusedError, SettingsError) as error:
                _say_unseen(error)
            if self.readable != told:
                told = self.readable
                await changed(told)

    async def _missing_of(self, admin: AIOKafkaAdminClient) -> frozenset[str]:
        names = [self._settings.topic(topic) for topic in self._settings.topics]
        return frozenset(names) - (await described(admin, names)).keys()

    async def _own_of(self, admin: AIOKafkaAdminClient) -> tuple[frozenset[str], frozenset[str]]:
        """The own topics of tenants that exist, and those of them that cannot be read."""
        if not self._own:
            return frozenset(), frozenset()
        found = frozenset(name for name in await listed(admin) if self._is_own(name))
        return found, await packed(admin, found - self.readable)

    def _is_own(self, name: str) -> bool:
        ours = name.startswith(self._settings.topic_prefix)
        return ours and self._own.owner_of(self._settings.default_name(name)) is not None

    def _note(self, missing: frozenset[str], packed_ones: frozenset[str]) -> None:
        if missing - self._missing:
            _log.error("topics_missing", topics=sorted(missing))
        if packed_ones - self._packed:
            _log.error("topics_not_read", topics=sorted(packed_ones), set=UNPACKED)
        self._missing, self._packed = missing, packed_ones


def _say_unseen(error: Exception) -> None:
    """Lanes tell that no broker answers; what we may not see nobody else tells."""
    say = _log.debug if lacking_rights(error) is None else _log.error
    say("topics_not_seen", error=repr(error))
