"""The inputs that were published again from dead letters: each counts once, also long after the deduplication window.

They are part of the state, a record `redriven/TENANT/DIGEST` each, so that a restart knows them.
"""

from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from tocsin.domain.commands.inbound import Input
from tocsin.domain.instant import DAY, Instant

REMEMBERED = 90 * DAY
"""Time for which one is remembered after it was last seen. Dead letters are kept for 30 days."""

REMEMBERED_MAX = 100_000
"""Inputs of one tenant that are remembered. Of more the oldest are forgotten, so that no tenant can fill the state."""


class RedrivenInput(msgspec.Struct, frozen=True):
    """An input that was published again, and when it was last seen."""

    at: Instant


class RedrivenInputs:
    """Those of a partition, by tenant and digest, each tenant's in the order in which they were last seen."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, Instant]] = {}

    def is_repeat(self, message: Input, now: Instant) -> bool:
        """Returns True if `message`, which was published again, is one that was seen, and sees it now."""
        seen, digest = self._seen.setdefault(message.tenant, {}), _digest(message)
        known = seen.pop(digest, None) is not None
        seen[digest] = now
        return known

    def changed(self, message: Input, now: Instant) -> Iterator[tuple[str, RedrivenInput | None]]:
        """The records of state that seeing `message` changes, by key: its own, and those that are forgotten now."""
        seen = self._seen[message.tenant]
        yield _key(message.tenant, _digest(message)), RedrivenInput(now)
        while (oldest := next(iter(seen))) and (seen[oldest] < now - REMEMBERED or len(seen) > REMEMBERED_MAX):
            del seen[oldest]
            yield _key(message.tenant, oldest), None

    def load(self, tenant: str, digest: str, record: RedrivenInput | None) -> None:
        """Take back a record of the state, in log order; None is a tombstone."""
        seen = self._seen.setdefault(tenant, {})
        seen.pop(digest, None)
        if record is not None:
            seen[digest] = record.at


def _digest(message: Input) -> str:
    parts = (message.source, message.id, message.redriven)
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _key(tenant: str, digest: str) -> str:
    return f"redriven/{tenant}/{digest}"
