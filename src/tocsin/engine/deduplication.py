"""The deduplication window: the last N inputs of an inbox partition, and at most 24 h of it.

A pure function of the log: ticks do not count, and what the window holds can be read again from `start` on.
"""

from collections import deque
from hashlib import blake2b

from tocsin.domain.commands import Input
from tocsin.domain.instant import DAY, Instant

_AGE_MAX = DAY


class Deduplication:
    """Recognises an input that has been seen: the same tenant, source and id."""

    def __init__(self, inputs_max: int) -> None:
        self._inputs_max = inputs_max
        self._seen: set[bytes] = set()
        self._window: deque[tuple[Instant, int, bytes]] = deque()

    @property
    def start(self) -> int | None:
        """The inbox offset of the oldest input in the window."""
        return self._window[0][1] if self._window else None

    def is_repeat(self, asked: Input, now: Instant) -> bool:
        """Whether `asked` stands in the window at the partition's clock `now`; if not, it does from here on."""
        while self._window and self._window[0][0] < now - _AGE_MAX:
            self._drop_oldest()
        key = f"{asked.tenant}\0{asked.source}\0{asked.id}".encode("utf-8", "surrogatepass")
        digest = blake2b(key, digest_size=16).digest()
        if digest in self._seen:
            return True
        self._seen.add(digest)
        self._window.append((now, asked.offset, digest))
        if len(self._window) > self._inputs_max:
            self._drop_oldest()
        return False

    def _drop_oldest(self) -> None:
        self._seen.discard(self._window.popleft()[2])
