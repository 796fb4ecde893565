"""What a sink is."""

from collections.abc import Collection, Iterable
from typing import Protocol, runtime_checkable

from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.notify.alert import Received
from tocsin.notify.message import Message


class SinkError(Exception):
    """A sink has not taken a message.

    `detail` is shown and written down: it holds no secret and no text of the other side. `retryable`: another attempt
    may succeed; `after` are the seconds that the other side asks to wait.
    """

    def __init__(self, reason: DeliveryFailure, detail: str, *, retryable: bool, after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retryable = retryable
        self.after = after


class Sink(Protocol):
    """Takes messages. Whoever calls bounds the time; a cancelled `send` leaves nothing behind."""

    gathers: bool
    """One message may name several alerts."""

    actions: frozenset[str]
    """What it can be told of an incident: `PagingAction`."""

    async def send(self, message: Message) -> None:
        """Hand over `message`; it has been taken when this returns. Raises `SinkError`.

        The same message may be sent again: `message.id` tells the other side so.
        """

    async def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class KeepingSink(Sink, Protocol):
    """A sink that forgets what is not told again: it keeps what is open, and tells it again."""

    def restore(self, triggers: Iterable[Received]) -> None:
        """These are open there; they were sent before this process began."""

    def release(self, partition: int) -> None:
        """Alerts of this partition are another's now."""

    async def end(self, dedup_keys: Collection[str]) -> None:
        """These incidents were ended by another process: what is open of them here ends."""

    async def tend(self) -> None:
        """Tell again what is open, without an end."""
