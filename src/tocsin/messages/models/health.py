"""`soc.security-events`: what servers tell of themselves."""

from pydantic import Field

from tocsin.domain.commands import inbound as commands
from tocsin.messages.known_tenants import TenantKey
from tocsin.messages.models.base import Data, FreeText, Identifier


class HealthReported(Data):
    """A server of the client's told of its storage, its devices or itself."""

    makes = commands.HealthReported

    server: Identifier = Field(description="As the tenants file names it.")
    subject: Identifier = Field(description="What it is about: storage, devices or server.")
    condition: Identifier = Field(description="As the client's contract names it, such as warning or critical.")
    detail: FreeText = ""

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The sensor."""
        return (TenantKey(sensor=source),)
