"""The spelling of tenant names and telephone numbers, in the tenants file and in messages."""

import re
from functools import lru_cache

import phonenumbers

TENANT_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"

UNASSIGNED = "unassigned"
"""The tenant of a message from an unknown client, and the contract of that tenant."""

WITHHELD = "withheld"
"""The number of a caller without a known number."""

_SPELT = ("anonymous", "blocked", "restricted", "unavailable", "unknown")
_NOBODY = frozenset((*_SPELT, "anonymous.invalid", "no number", "none", "not available", "null", "private", WITHHELD))
_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_NOBODYS_NUMBERS = frozenset(f"+{word.translate(_KEYS)}" for word in _SPELT)
"""Some services show `anonymous` by the keys on which it is spelt: +266696687. No country has such numbers."""

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


def _is_nobodys(text: str) -> bool:
    """True for what stands in the place of a number where there is none."""
    bare = text.casefold().strip(" <>\"'()[]")
    user, _, host = bare.removeprefix("sips:").removeprefix("sip:").removeprefix("tel:").partition("@")
    return user in _NOBODY or host in _NOBODY or user in _NOBODYS_NUMBERS or not re.search(r"\w", user)


@lru_cache(maxsize=10_000)
def phone_number(text: str) -> str:
    """`text` as E.164 where it is a number with its country code; `withheld` if it is nobody's, else as it stands."""
    text = text.strip()
    if _is_nobodys(text):
        return WITHHELD
    if _E164.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
