"""What a lane is for: the work with its alerts."""

from collections.abc import Iterable
from typing import Protocol

from tocsin.notify.alert import Received


class Work(Protocol):
    """What a lane does with its alerts."""

    name: str
    """Of the lane; its group is `<app_id>-notify-<name>`."""

    limit: int
    """The most alerts in hand."""

    async def begin(self, partitions: Iterable[int]) -> None:
        """The alerts of these partitions are ours from now on; the memory is up to date."""

    def end(self, partition: int) -> None:
        """They are another's."""

    async def attend(self) -> None:
        """Whatever goes on beside the alerts, without an end."""

    def sequence(self, received: Received) -> str:
        """Alerts that share it are handled one after the other, in their order; others side by side."""

    def hear(self, received: Received) -> None:
        """An alert has come; it is handled when those before it in its sequence have been."""

    def owed(self, received: Received) -> bool:
        """Returns whether an alert in hand has reached nobody yet."""

    async def handle(self, received: Received) -> None:
        """See to an alert; returns when nothing more is owed for it. May be given again what it has seen to."""
