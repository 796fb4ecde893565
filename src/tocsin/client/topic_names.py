"""The topics of a cluster that begin with our prefix."""

from tocsin.settings import Settings
from tocsin.streams.kafka.clients import admin_client, listed


async def topic_names(settings: Settings) -> list[str]:
    """Their default names, sorted: our own topics, those of tenants, and any other. Raises as `admin_client` does."""
    async with admin_client(settings) as admin:
        names = await listed(admin)
    return sorted(settings.default_name(name) for name in names if name.startswith(settings.topic_prefix))
