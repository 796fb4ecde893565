"""The settings of how long topics keep what they hold."""

from typing import Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings

from tocsin.messages.record import Topic

_DAYS_MAX = 36_500

_WHY_NO_LONGER = {
    "input_days": "where the offsets of a group are lost, inbox and dead letters tell which inputs were taken in; one "
    "that outlives them would be taken in twice",
    "alert_days": "where the offsets of notify are lost, receipts tell which alerts were sent; one that outlives them "
    "would be sent twice",
}


class RetentionSettings(BaseSettings):
    """The days after which Kafka deletes a record. State is compacted and never deleted by age."""

    audit_days: int = Field(
        400,
        ge=1,
        le=_DAYS_MAX,
        description="`topics create`: days that inbox, journal and receipts are kept; a yearly audit and a month",
    )
    dead_letter_days: int = Field(
        30, ge=1, le=_DAYS_MAX, description="`topics create`: days that dead letters are kept"
    )
    input_days: int = Field(
        7,
        ge=1,
        le=_DAYS_MAX,
        description="`topics create`: days that raw inputs are kept; no more than `audit_days` and `dead_letter_days`",
    )
    alert_days: int = Field(
        30,
        ge=8,  # an answer link holds for up to 7 days, and what remembers that it was used are receipts of these days
        le=_DAYS_MAX,
        description="`topics create`: days that alerts are kept, and receipts remembered by notify; no more than "
        "`audit_days`",
    )

    @field_validator("input_days", "alert_days")
    @classmethod
    def _no_longer_than_what_tells_of_them(cls, days: int, field: ValidationInfo) -> int:
        """Those before it stand in `field.data` if they are right themselves."""
        longest: dict[str, Any] = field.data
        others = ("audit_days", "dead_letter_days") if field.field_name == "input_days" else ("audit_days",)
        for other in others:
            if other in longest and days > longest[other]:
                raise PydanticCustomError(
                    "relation",
                    "it is {days}, and {other} is {longest}: {why}. Lower the one or raise the other",
                    {
                        "days": days,
                        "other": other,
                        "longest": longest[other],
                        "why": _WHY_NO_LONGER[str(field.field_name)],
                    },
                )
        return days

    def days_kept(self, topic: Topic) -> int | None:
        """The days after which the cluster deletes what stands on `topic`; None for state, which is never too old."""
        match topic:
            case Topic.TICKETS | Topic.TENANTS:
                return None
            case Topic.INBOX | Topic.TICKET_EVENTS | Topic.DELIVERIES:
                return self.audit_days
            case Topic.ALERTS:
                return self.alert_days
            case Topic.DEAD_LETTERS:
                return self.dead_letter_days
            case _:
                return self.input_days
