"""The deduplication window: the last N inputs of an inbox partition, and at most 24 h of it.

A pure function of the log: every input counts, a repeat too; ticks do not. So what the window holds is found again by
reading the inbox from `start` on.
"""

from collections import deque
from hashlib import blake2b

from tocsin.domain.commands.inbound import OUR_OWN, AdoptContract, Body, Input
from tocsin.domain.instant import DAY, Instant

_AGE_MAX = DAY


class Deduplication:
    """Recognises an input that has been seen: the same tenant, source and id."""

    def __init__(self, inputs_max: int) -> None:
        self._inputs_max = inputs_max
        self._window: deque[tuple[Instant, int, bytes]] = deque()
        self._last: dict[bytes, int] = {}  # the offset at which each stands last in the window

    @property
    def start(self) -> int | None:
        """The inbox offset of the oldest input in the window."""
        return self._window[0][1] if self._window else None

    def is_repeat(self, message: Input) -> bool:
        """Returns True if `message` stands in the window already, and puts it there."""
        while self._window and self._window[0][0] < message.recorded_at - _AGE_MAX:
            self._drop_oldest()
        key = f"{message.tenant}\0{message.source}\0{message.id}".encode("utf-8", "surrogatepass")
        digest = blake2b(key, digest_size=16).digest()
        repeat = digest in self._last
        self._window.append((message.recorded_at, message.offset, digest))
        self._last[digest] = message.offset
        if len(self._window) > self._inputs_max:
            self._drop_oldest()
        return repeat

    def _drop_oldest(self) -> None:
        _, offset, digest = self._window.popleft()
        if self._last[digest] == offset:
            del self._last[digest]


def may_not_repeat(body: Body) -> bool:
    """Returns False for a tick or switch, and for an adoption by intake: repeated, it changes nothing."""
    return not isinstance(body, OUR_OWN) and not (isinstance(body, AdoptContract) and body.unless_adopted)
