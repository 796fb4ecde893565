"""Decisions about what became of a page: an alert on its way to a person."""

from typing import ClassVar

from tocsin.domain.events.base import BaseEvent
from tocsin.domain.vocabulary import DeliveryFailure


class BasePageEvent(BaseEvent):
    """What became of the page `alert`, of the incident `dedup_key`, on the way `way` by the sink `sink`.

    `person` was chosen for `role` by the roster with that hash. `digest`: the alert was named in a digest. `rule` and
    `cycle` name the promise whose last page this was; only that one counts for what happens next.
    """

    PERSONAL: ClassVar[tuple[str, ...]] = ("person",)
    alert: str
    dedup_key: str
    sink: str
    way: str
    attempt: int
    person: str | None = None
    role: str | None = None
    roster: str | None = None
    digest: bool | None = None
    rule: str | None = None
    cycle: int | None = None


class PageAttempted(BasePageEvent):
    """A way to somebody was tried."""

    TYPE = "PageAttempted"


class PageAccepted(BasePageEvent):
    """The page was taken over by what brings it to somebody."""

    TYPE = "PageAccepted"


class PageFailed(BasePageEvent, kw_only=True):
    """A way ended without success. `ways_left` 0: nobody received the page, and nothing is left to try."""

    TYPE = "PageFailed"
    PERSONAL = ("person", "detail")
    reason: DeliveryFailure
    ways_left: int
    detail: str = ""


class PageAnswered(BasePageEvent, kw_only=True):
    """Somebody has taken what the page is about."""

    TYPE = "PageAnswered"
    PERSONAL = ("person", "by")
    by: str
