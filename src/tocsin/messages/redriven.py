"""What marks an input that was published again from a dead letter, and the name by which such an input is known.

Whoever may write to a topic can set these headers. They give no right and choose no tenant. They date an input that
has no time of its own, which its sender could do by giving it one; and they name the input, so that the same one,
published again, is a repeat however late it comes. The name holds a digest of the whole message, and the fold takes it
together with the tenant, the source and the id: what a stranger writes there makes nothing a repeat but the very same
message of the same tenant, which has been accepted by then.
"""

import re
from hashlib import sha256
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.messages.record import HEADER_PREFIX, Headers, Record

REDRIVEN_FROM = f"{HEADER_PREFIX}redriven-from"
"""The header with the place at which the input first stood: topic, partition, offset, and its place in an array."""

FIRST_REFUSED = f"{HEADER_PREFIX}first-refused"
"""The header with the time, in milliseconds since 1970, at which it was refused first."""

_PLACE = re.compile(rb"(?P<topic>[A-Za-z0-9._-]{1,249})/[0-9]{1,10}/[0-9]{1,19}(?:/[0-9]+(?:\.[0-9]+)*)?")
_STAMP = re.compile(rb"[0-9]{1,14}")


class Redriven(NamedTuple):
    """An input that was published again: where it first stood, when it was refused there, and a digest of all of it."""

    place: str
    refused_at: Instant
    digest: str

    @property
    def name(self) -> str:
        """The name by which the same message is known when it is published once more."""
        return f"{self.place}/{self.digest}"

    @property
    def headers(self) -> Headers:
        """The headers that say so."""
        return ((REDRIVEN_FROM, self.place.encode()), (FIRST_REFUSED, str(self.refused_at).encode()))


def redriven(record: Record) -> Redriven | None:
    """The input that `record` is once more; None for any other, and where the headers name another topic than its own.

    What cannot be read says nothing; nobody is refused for it.
    """
    told = {name: content or b"" for name, content in record.headers if name in (REDRIVEN_FROM, FIRST_REFUSED)}
    place = _PLACE.fullmatch(told.get(REDRIVEN_FROM, b""))
    stamp = _STAMP.fullmatch(told.get(FIRST_REFUSED, b""))
    if place is None or stamp is None or place["topic"] != record.name.encode():
        return None
    return named(place[0].decode(), int(stamp[0]), record.value or b"", without_marks(record.headers))


def named(place: str, refused_at: Instant, value: bytes, headers: Headers) -> Redriven:
    """The input of these bytes and sender's headers that first stood at `place`, and was refused at that time."""
    digest = sha256()
    parts = [str(refused_at).encode(), value]
    for name, content in headers:
        if content is not None:  # for intake, one without a value is none
            parts += name.encode("utf-8", "surrogatepass"), content
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return Redriven(place, refused_at, digest.hexdigest()[:32])


def without_marks(headers: Headers) -> Headers:
    """The sender's headers: all but ours."""
    return tuple(header for header in headers if not header[0].startswith(HEADER_PREFIX))
