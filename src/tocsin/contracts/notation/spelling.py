"""The spelling of tenant names and telephone numbers, in the tenants file and in messages."""

import re
from functools import lru_cache

import phonenumbers

TENANT_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"

UNASSIGNED = "unassigned"
"""The tenant of a message from an unknown client, and the contract of that tenant."""

WITHHELD = "withheld"
"""The number of a caller without a known number."""

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


@lru_cache(maxsize=10_000)
def phone_number(text: str) -> str:
    """`text` as E.164 where it is a number with its country code; otherwise as it stands, or `withheld` if empty."""
    text = text.strip()
    if _E164.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return text or WITHHELD
    if not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
