"""`soc.security-events` in our own schema."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from tocsin.domain.commands import inbound as commands
from tocsin.domain.vocabulary import SEVERITIES, Severity, as_word
from tocsin.messages.known_tenants import TenantKey
from tocsin.messages.models.base import Data, Identifier, Line


def _in_any_case(word: object) -> object:
    return as_word(word) if isinstance(word, str) and word not in SEVERITIES else word


class Detection(Data):
    """A sensor saw something. Repeats of one `key`, or of one signature on one asset, belong to one ticket."""

    makes = commands.Detection

    signature: Identifier
    severity: Annotated[Severity, Field(strict=False), BeforeValidator(_in_any_case)]
    asset: Identifier
    title: Line
    key: Identifier | None = Field(None, description="The sensor's own correlation key.")
    risk: Identifier | None = Field(None, description="low, medium or high, or as the contract's response levels say.")
    sophistication: Identifier | None = Field(None, description="As `risk`.")
    resolved: bool = Field(default=False, description="What was seen under that key is over, as the sensor says.")

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The sensor."""
        return (TenantKey(sensor=source),)
