"""Receipts: what became of alerts on their way to people, as `tocsin notify` says."""

from tocsin.domain.commands.base import BaseBody
from tocsin.domain.vocabulary import DeliveryFailure


class Receipt(BaseBody):
    """Something became of the alert with the CloudEvents id `alert`, on the way `way` by the sink `sink`.

    `page`: that way reaches a person, or a service that has rosters of its own; without it it is a copy. `person` is
    who was chosen for `role`, `roster` the hash of the roster that chose. `digest`: the alert was named in a digest.
    """

    alert: str
    dedup_key: str
    sink: str
    way: str
    attempt: int
    page: bool
    ticket: str | None = None
    person: str | None = None
    role: str | None = None
    roster: str | None = None
    digest: bool = False


class DeliveryAttempted(Receipt):
    """The way is being tried."""

    TYPE = "tocsin.delivery.attempted"


class DeliveryAccepted(Receipt):
    """The sink took the alert."""

    TYPE = "tocsin.delivery.accepted"


class DeliveryFailed(Receipt, kw_only=True):
    """The way has ended without success. `ways_left` 0: nobody received the page, and nothing is left to try."""

    TYPE = "tocsin.delivery.failed"
    reason: DeliveryFailure
    ways_left: int
    detail: str = ""


class DeliveryAnswered(Receipt, kw_only=True):
    """A person has taken what the alert is about."""

    TYPE = "tocsin.delivery.answered"
    by: str


class NotifyAlive(BaseBody):
    """The notify of that name makes progress, and says so again within as many seconds; None: it stops for good."""

    TYPE = "tocsin.notify.alive"
    name: str
    next_within_seconds: int | None = None
