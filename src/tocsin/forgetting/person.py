"""A person as somebody names them, and how that is found in text, however it is written there.

What is found may be too much (a number within a longer one, a name that two people have), so that nothing is missed.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from tocsin.contracts.notation.telephone import is_normal, phone_number

_DIGITS_MIN = 3
_LETTERS_MIN = 2
_BOUND_BELOW = 8
"""A number with fewer digits may be the end of any other, so there it has to begin."""

_BETWEEN_DIGITS = r"[\s().\-/+]{0,3}"
_BETWEEN_WORDS = r"[\W_]{0,3}"
_INITIAL = r"(?:[\W_]{1,3}[^\W_])?"
_BEGINS, _ENDS = r"(?<![^\W_])", r"(?![^\W_])"
_AT = r"""(?:\+[^@\s]{0,64})?["']?\s{0,2}[@=]\s{0,2}"""
_NUMBER = re.compile(r"(?:tel:|sips?:)?[\d\s().\-/+]+(?:;ext=\d+)?", re.IGNORECASE)


class _Plain(dict[int, str]):
    """Translates one character at a time, each worked out once."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code))
        return plain


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Mn", "Cf", "Me"):  # accents, and what is not seen: joiners, marks of direction, soft hyphens
        return ""
    if kind == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    return str(unicodedata.decimal(character)) if kind == "Nd" else character


_PLAIN = _Plain()


def plain(text: str) -> str:
    """`text` as texts are compared: without accents and unseen characters, digits of any script as 0 to 9, in small."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).translate(_PLAIN).casefold())


class Person(NamedTuple):
    """A person by one number, address or name, as it was given. `within` stands wherever the pattern does."""

    written: str
    pattern: re.Pattern[str]
    within: str = ""

    def stands_in(self, text: str) -> bool:
        """True if the person is named in `text`, which is plain."""
        return self.within in text and self.pattern.search(text) is not None


@lru_cache(maxsize=256)
def person(written: str, region: str | None = None) -> Person:
    """The person whom that number, address or name means; a number without its country is one of `region` (ISO 3166).

    Raises `ValueError` for what is too short to be looked for.
    """
    text = written.strip()
    if "@" in text:
        return Person(written, re.compile("|".join(_address(plain(text)))), plain(text).rpartition("@")[0])
    if _NUMBER.fullmatch(text) and any(character.isdecimal() for character in text):
        return Person(written, re.compile(_number(text, region)))
    words = re.findall(r"[^\W_]+", plain(text))
    if sum(map(len, words)) < _LETTERS_MIN:
        raise ValueError(f"{written!r} is too short to look for")
    return Person(written, re.compile("|".join(_name(words))), max(words, key=len))


def _address(address: str) -> Iterator[str]:
    """The address, also with a tag (`+x`) or in a return address (`jo=acme.example@`), by both names of its domain."""
    local, _, domain = address.rpartition("@")
    for each in dict.fromkeys((domain, *_idna(domain))):
        yield rf"(?<![a-z0-9]){re.escape(local)}{_AT}{re.escape(plain(each))}(?![a-z0-9-])"


def _idna(domain: str) -> Iterator[str]:
    try:
        yield domain.encode("idna").decode()
        yield domain.encode().decode("idna")
    except UnicodeError:
        return  # it is no domain


def _number(text: str, region: str | None) -> str:
    found = phone_number(text, region)
    digits = re.sub(r"\D", "", plain(text)).lstrip("0")
    if is_normal(found) and found.startswith("+"):
        digits = str(phonenumbers.parse(found).national_number)
    if len(digits) < _DIGITS_MIN:
        raise ValueError(f"{text!r} is too short to look for")
    begins = "" if len(digits) >= _BOUND_BELOW else rf"(?<![0-9])0{{0,2}}{_BETWEEN_DIGITS}"
    return begins + _BETWEEN_DIGITS.join(digits) + r"(?![0-9])"


def _name(words: Sequence[str]) -> Iterator[str]:
    """The words in their order, and with the last one first."""
    for order in dict.fromkeys((tuple(words), (words[-1], *words[:-1]))):
        inner = rf"{_INITIAL}{_BETWEEN_WORDS}".join(map(re.escape, order))
        yield f"{_BEGINS}{inner}{_ENDS}"
