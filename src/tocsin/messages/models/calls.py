"""`soc.calls`: calls received and placed, as telephony tells them."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from tocsin.contracts.notation.telephone import phone_number
from tocsin.domain.commands import inbound as commands
from tocsin.domain.vocabulary import CallOutcome
from tocsin.messages.known_tenants import TenantKey
from tocsin.messages.models.base import CutFreeText, CutLine, Data, Identifier, Line, PurposeName


def _or_nothing(number: object) -> object:
    return "" if number is None else number


Phone = Annotated[Line, AfterValidator(phone_number)]
CallerPhone = Annotated[Phone, BeforeValidator(_or_nothing, json_schema_input_type=Line | None)]


class CallReceived(Data):
    """The client rang."""

    always_taken = True

    call: Identifier = Field(description="Telephony's id of the call.")
    caller: CallerPhone = Field("withheld", alias="from", description="E.164; empty or absent if withheld.")
    line: Phone = Field(alias="to", description="The number that was dialled, E.164.")
    contact: CutLine | None = None
    ticket: Identifier | None = Field(None, description="Our ticket's id or number, where the caller named it.")
    client_ticket: Identifier | None = Field(None, description="The client's own ticket number.")
    priority: Identifier | None = Field(None, description="As the client's contract names it.")
    summary: CutFreeText | None = None
    server: Identifier | None = Field(None, description="The server that it is about, as the tenants file names it.")

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """The number that was dialled, then the caller's."""
        return TenantKey(phone=self.line), TenantKey(phone=self.caller)


class CallAnswered(CallReceived):
    """The client rang and an analyst took the call."""

    makes = commands.CallAnswered
    analyst: Identifier | None = Field(None, description="Who took it.")


class CallMissed(CallReceived):
    """The client rang and nobody took the call: it has to be returned."""

    makes = commands.CallMissed


class CallPlaced(Data):
    """An analyst rang the client."""

    makes = commands.CallPlaced
    always_taken = True

    call: Identifier = Field(description="Telephony's id of the call.")
    line: Phone = Field(alias="from", description="Our number, E.164.")
    callee: Phone = Field(alias="to", description="The number that was dialled, E.164.")
    outcome: Annotated[CallOutcome, Field(strict=False)]
    purpose: PurposeName
    analyst: Identifier
    ticket: Identifier | None = Field(None, description="Our ticket's id or number.")
    returns: Identifier | None = Field(None, description="The id of the call that this one answers.")
    contact: CutLine | None = Field(None, description="Who was spoken to, as the caller had given the name.")

    def tenant_keys(self, source: str) -> tuple[TenantKey, ...]:
        """Our number, then the client's."""
        return TenantKey(phone=self.line), TenantKey(phone=self.callee)
