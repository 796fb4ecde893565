"""What a notify says of the alerts that a `Driver` has had, in the words of its receipts."""

from typing import Any

from driver import Driver

from tocsin.domain.commands.deliveries import (
    DeliveryAccepted,
    DeliveryAnswered,
    DeliveryAttempted,
    DeliveryFailed,
)
from tocsin.domain.vocabulary import DeliveryFailure

MIA = "mia"


class Notify:
    """Says what became of the alert at `place` among those of some kinds; -1: of the last one."""

    def __init__(self, desk: Driver, *kinds: str, page: bool = True) -> None:
        self.desk = desk
        self._kinds = kinds or ("escalated",)
        self._page = page

    def _about(self, place: int, more: dict[str, Any]) -> dict[str, Any]:
        alert = self.desk.alerts(*self._kinds)[place]
        told = {"alert": alert["id"], "dedup_key": alert["dedup_key"], "ticket": alert["ticket"]}
        return {**told, "sink": "mail", "way": "mail/1", "person": MIA, "attempt": 1, "page": self._page} | more

    def attempted(self, place: int = -1, **more: Any) -> Driver:
        """A way is being tried."""
        return self.desk.publish(DeliveryAttempted(**self._about(place, more)))

    def accepted(self, place: int = -1, **more: Any) -> Driver:
        """The sink took it."""
        return self.desk.publish(DeliveryAccepted(**self._about(place, more)))

    def failed(self, place: int = -1, ways_left: int = 0, **more: Any) -> Driver:
        """A way has ended; with no way left nobody received it."""
        about = {"reason": DeliveryFailure.REFUSED, **self._about(place, more)}
        return self.desk.publish(DeliveryFailed(**about, ways_left=ways_left))

    def answered(self, place: int = -1, by: str = MIA, **more: Any) -> Driver:
        """The person took it."""
        return self.desk.publish(DeliveryAnswered(**self._about(place, more), by=by))
