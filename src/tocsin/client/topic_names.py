"""The topics of a cluster that begin with our prefix."""

from tocsin.client.connection import within_seconds
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import admin_client, listed


async def topic_names(settings: Settings) -> list[str]:
    """Their default names, sorted: our own topics, those of tenants, and any other. Raises `ClientError`."""
    names = await within_seconds(_listed(settings), settings)
    return sorted(settings.default_name(name) for name in names if name.startswith(settings.topic_prefix))


async def _listed(settings: Settings) -> frozenset[str]:
    async with admin_client(settings) as admin:
        return await listed(admin)
