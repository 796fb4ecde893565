"""`soc.deliveries`: what `tocsin notify` says became of alerts. Nobody else may write there."""

from typing import Annotated

from pydantic import Field

from tocsin.domain.commands import deliveries as commands
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.messages.models.base import CutFreeText, Data, Identifier

_COUNT_MAX = 1_000_000
_DAY_SECONDS = 86_400


class Receipt(Data):
    """Something became of an alert on its way to people."""

    alert: Identifier = Field(description="The CloudEvents `id` of the alert.")
    dedup_key: Identifier = Field(description="That of the alert: it names the incident.")
    ticket: Identifier | None = Field(None, description="The id of the ticket that the alert is about, if it is.")
    sink: Identifier = Field(description="The sink by its name in the notify file.")
    way: Identifier = Field(description="Tells the ways of a sink apart, and never says a number or an address.")
    person: Identifier | None = Field(None, description="Who was chosen, by the name in the roster.")
    role: Identifier | None = Field(None, description="The role for which the person was chosen.")
    roster: Identifier | None = Field(None, description="The hash of the roster that chose the person.")
    attempt: int = Field(ge=1, le=_COUNT_MAX, description="1 for the first one on this way.")
    page: bool = Field(
        description="The way reaches a person, or a service with rosters of its own; false for a copy. Only what "
        "became of pages, and answers, count."
    )
    digest: bool = Field(default=False, description="The alert was named in a digest.")


class DeliveryAttempted(Receipt):
    """A way is being tried."""

    makes = commands.DeliveryAttempted


class DeliveryAccepted(Receipt):
    """The sink took it."""

    makes = commands.DeliveryAccepted


class DeliveryFailed(Receipt):
    """A way has ended without success."""

    makes = commands.DeliveryFailed

    reason: Annotated[DeliveryFailure, Field(strict=False)]
    detail: CutFreeText = ""
    ways_left: int = Field(
        ge=0, le=_COUNT_MAX, description="Ways that are still tried; 0: nobody received it and nothing is left to try."
    )


class DeliveryAnswered(Receipt):
    """A person has taken what the alert is about."""

    makes = commands.DeliveryAnswered

    by: Identifier = Field(description="Who it was: it becomes an acknowledgement by that person.")


class NotifyAlive(Data):
    """A notify makes progress. It says so again within the time that it gives."""

    makes = commands.NotifyAlive

    name: Identifier = Field(description="Its consumer group.")
    next_within_seconds: Annotated[int, Field(ge=1, le=_DAY_SECONDS)] | None = Field(
        description="By then it says so again; null: it stops for good."
    )
