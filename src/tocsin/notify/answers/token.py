"""The token of an answer link: who may take what until when, signed with a key that only notify has.

It is `1.CLAIM.SIGNATURE`, both in URL-safe Base64. The claim is JSON, compressed since a link may go by SMS; the
signature is HMAC-SHA256 of version and claim.
"""

import base64
import hmac
import json
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from tocsin.domain.instant import Instant

ANSWER = "/answer/"
"""The path of answer links."""

VERSION = "1"
TOKEN_LENGTH_MAX = 1_500
"""Longer ones are no tokens of ours; a request line has 2 KB."""

_RAW = -15  # without header and checksum: the signature says more

KEY_LENGTH_MIN = 32
"""The shortest key that is not easily guessed, in characters."""


class Claim(NamedTuple):
    """What a link says: this page, to this person, by this way, for an answer until `expires`."""

    expires: Instant
    alert: str
    tenant: str
    dedup_key: str
    ticket: str | None
    number: str | None
    role: str
    person: str
    sink: str
    way: str
    roster: str | None

    @property
    def about(self) -> str:
        """What the page is about, for people."""
        return self.number or self.dedup_key


class TokenError(Exception):
    """The link answers nothing."""


class ForgedError(TokenError):
    """It was not made by us, or was changed, or the key is another one by now."""


class ExpiredError(TokenError):
    """It was ours; its time is over."""


def keys_of(secret: str) -> tuple[bytes, ...]:
    """The keys in `secret`, KEY[,KEY...]: the first one signs, all are accepted.

    Raises `ValueError` for one that is easily guessed.
    """
    keys = tuple(key.strip().encode() for key in secret.split(","))
    if any(len(key) < KEY_LENGTH_MIN for key in keys):
        raise ValueError(f"a key has {KEY_LENGTH_MIN} characters or more")
    return keys


def sign(claim: Claim, key: bytes) -> str | None:
    """The token for `claim`; None where it would be too long for a link."""
    said = json.dumps(claim, separators=(",", ":"), ensure_ascii=False).encode()
    body = f"{VERSION}.{_encode(zlib.compress(said, 9, _RAW))}"
    token = f"{body}.{_signature(body, key)}"
    return token if len(token) <= TOKEN_LENGTH_MAX else None


def read(token: str, keys: Sequence[bytes], now: Instant) -> Claim:
    """The claim of `token`. Raises `ForgedError` or `ExpiredError`. Nothing unsigned is parsed."""
    body, _, shown = token.rpartition(".")
    if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
        raise ForgedError
    genuine = [hmac.compare_digest(_signature(body, key), shown) for key in keys]
    if not any(genuine) or not body.startswith(f"{VERSION}."):
        raise ForgedError
    claim = Claim(*json.loads(zlib.decompress(_decode(body.removeprefix(f"{VERSION}.")), _RAW)))
    if claim.expires <= now:
        raise ExpiredError
    return claim


def _signature(body: str, key: bytes) -> str:
    return _encode(hmac.digest(key, body.encode(), "sha256"))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
