"""Texts that only this board can have written: sessions, and the tokens that its forms carry.

Such a text is `CONTENT.SIGNATURE`, both in URL-safe Base64; the signature is HMAC-SHA256 over a purpose and the
content, so that a text for one purpose is worth nothing for another.
"""

import base64
import hmac
from collections.abc import Sequence

KEY_LENGTH_MIN = 32
"""The shortest key that is not easily guessed, in characters."""

_LENGTH_MAX = 4_000


def sign(content: bytes, purpose: str, key: bytes) -> str:
    """`content`, signed."""
    body = _encode(content)
    return f"{body}.{_signature(body, purpose, key)}"


def verified(text: str, purpose: str, keys: Sequence[bytes]) -> bytes | None:
    """The content of a text that one of `keys` has signed for this purpose; None for any other text."""
    body, _, shown = text.partition(".")
    if len(text) > _LENGTH_MAX or not text.isascii():
        return None
    genuine = [hmac.compare_digest(_signature(body, purpose, key), shown) for key in keys]
    if not any(genuine):
        return None
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


def _signature(body: str, purpose: str, key: bytes) -> str:
    return _encode(hmac.digest(key, f"{purpose}\0{body}".encode(), "sha256"))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
