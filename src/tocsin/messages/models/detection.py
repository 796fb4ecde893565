"""`soc.security-events` in our own schema."""

from typing import Annotated

from pydantic import Field

from tocsin.domain.commands import inbound as commands
from tocsin.domain.vocabulary import Severity
from tocsin.messages.arrival import TenantKey
from tocsin.messages.models.base import Data, Identifier, Line


class Detection(Data):
    """A sensor saw something. Repeats of one `key`, or of one signature on one asset, belong to one ticket."""

    makes = commands.Detection

    signature: Identifier
    severity: Annotated[Severity, Field(strict=False)]
    asset: Identifier
    title: Line
    key: Identifier | None = Field(None, description="The sensor's own correlation key.")
    risk: Identifier | None = None
    sophistication: Identifier | None = None

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The sensor."""
        return (TenantKey(sensor=source),)
