"""Twilio's proof that a callback is from Twilio: a keyed digest of the address and the form."""

import base64
import hmac
from hashlib import sha1
from urllib.parse import parse_qsl

SIGNATURE = "X-Twilio-Signature"
"""The header with the proof."""

_FIELDS_MAX = 200


def is_signed(form: bytes, url: str, token: str, shown: str) -> bool:
    """True if `shown` is the signature of `form` at `url` under `token`: SHA-1 of the address and the sorted fields."""
    try:
        fields = parse_qsl(form.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError:
        return False
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    made = base64.b64encode(hmac.new(token.encode(), signed.encode("utf-8", "surrogatepass"), sha1).digest())
    return hmac.compare_digest(made, shown.encode("utf-8", "surrogateescape"))
