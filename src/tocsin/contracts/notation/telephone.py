"""The spelling of telephone numbers, in the tenants file and in messages: E.164 wherever it can be told.

An extension is another telephone than the number that it is reached by: it stays, as `+14165550100;ext=22`.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from tocsin.domain.state.persons import WITHHELD

_SPELT = ("anonymous", "blocked", "restricted", "unavailable", "unknown")
_NOBODY = frozenset((*_SPELT, "anonymous.invalid", "no number", "none", "not available", "null", "private", WITHHELD))
_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_NOBODYS_NUMBERS = frozenset(f"+{word.translate(_KEYS)}" for word in _SPELT)
"""Some services show `anonymous` by the keys on which it is spelt: +266696687. No country has such numbers."""

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_NORMAL = re.compile(r"\+[1-9]\d{6,14}(;ext=\d{1,20})?", re.ASCII)
_WITHIN = re.compile(r"<([^<>]+)>")
_SIP = re.compile(r"sips?:", re.IGNORECASE)
_BY_ANY_PREFIX = re.compile(r"00\s*(?=[1-9])")


def _is_nobodys(text: str) -> bool:
    """True for what stands in the place of a number where there is none."""
    bare = text.casefold().strip(" <>\"'()[]")
    user, _, host = _SIP.sub("", bare.removeprefix("tel:")).partition(";")[0].partition("@")
    return user in _NOBODY or host in _NOBODY or user in _NOBODYS_NUMBERS or not re.search(r"\w", user)


def is_region(name: str) -> bool:
    """True for the two capital letters of a country that has telephone numbers (ISO 3166), such as `CA`."""
    return name in phonenumbers.SUPPORTED_REGIONS


def is_normal(number: str) -> bool:
    """True for a number in its one spelling, and for a withheld one; others are compared as they are written."""
    return number == WITHHELD or _NORMAL.fullmatch(number) is not None


def without_extension(number: str) -> str:
    """The number by which that telephone is reached."""
    return number.partition(";")[0]


@lru_cache(maxsize=10_000)
def phone_number(text: str, region: str | None = None) -> str:
    """`text` as E.164; `withheld` if it is nobody's, and as it stands where it is no number that can be told.

    Numbers without their country are told only where the `region` is known in which they were dialled.
    """
    text = text.strip()
    if _E164.fullmatch(text) and text not in _NOBODYS_NUMBERS:
        return text
    within = _WITHIN.search(text)
    bare = within[1].strip() if within else text
    if _is_nobodys(bare):
        return WITHHELD
    written = _user(bare)
    international = _BY_ANY_PREFIX.sub("+", written)
    found = _parsed(written, region) or (_parsed(international, None) if international != written else None)
    return _shown(found) if found else text


def _user(text: str) -> str:
    """The part of a SIP address that may be a number, as `sip:+14165550100@pbx.example;user=phone` has one."""
    if not _SIP.match(text):
        return text
    return _SIP.sub("", text).partition("@")[0].partition(";")[0]


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    """The number that `text` is. Without its country more is asked of it: `1001` may be a telephone next door."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    abroad = text.casefold().removeprefix("tel:").lstrip(" (").startswith("+")
    fits = phonenumbers.is_possible_number(number) if abroad else phonenumbers.is_valid_number(number)
    return number if fits else None


def _shown(number: PhoneNumber) -> str:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164
