"""The small parts of a ticket that are kept as they arrived, and never change."""

from typing import NamedTuple

import msgspec

from tocsin.domain.instant import Instant


class SourceOver(NamedTuple):
    """A source says that what it saw under a key is over: when we learned of it, and the inbox offset of that."""

    key: str
    at: Instant
    offset: int


class Received(NamedTuple):
    """A call, mail or request of the client on a ticket: its offset, its own id, and who it came from."""

    offset: int
    id: str
    contact: str


class Answer(NamedTuple):
    """A mail of ours that counts, and those of the client who may have got it. `at` is when it was sent."""

    message: str
    at: Instant
    offset: int
    recipients: tuple[str, ...]
    to_others: bool


class Bounce(NamedTuple):
    """A mail of ours that did not reach those in `failed`; none: it is not said whom."""

    message: str
    failed: tuple[str, ...]


class Absorbed(NamedTuple):
    """The names of a ticket that was merged into another one."""

    id: str
    number: str
    correlation_key: str | None
    client_ticket: str | None
    follows: str | None = None


class Page(msgspec.Struct, frozen=True, array_like=True, gc=False):  # a named tuple takes longer to make
    """The page that was raised last for a promise, by what its alert is known by, and what became of it."""

    ticket: str  # the id of the ticket on which it was raised: another one has absorbed that, or was split off
    cycle: int
    step: int
    repetition: int
    reopenings: int
    accepted_at: Instant | None = None  # when we learned that one of this step was received
    failed_at: Instant | None = None  # when we learned that nobody could receive it
    receipt: int | None = None  # the inbox offset of the receipt by which it would climb
