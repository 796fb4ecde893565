"""The Traffic Light Protocol 2.0 of FIRST: with whom what is known of a matter may be shared."""

import re
from enum import StrEnum

from msgspec import UnsetType

from tocsin.domain.vocabulary import as_word


class Tlp(StrEnum):
    """A marking, from the one that allows most to the one that allows least."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"


TLPS = tuple(Tlp)
"""From the mildest to the strictest."""

_NAMED = {as_word(tlp): tlp for tlp in Tlp} | {"white": Tlp.CLEAR}  # `white` is the name that version 1 had for it
_NOTHING = ("", "none", "unknown")
_IN_TEXT = re.compile(r"(?<!\w)TLP(?:: ?|[ -])(CLEAR|WHITE|GREEN|AMBER(?:[+ _-]STRICT)?|RED)(?!\w)", re.IGNORECASE)


def tlp_named(word: str) -> Tlp | None:
    """The marking that `word` names, in any case, such as `amber+strict` or `TLP:AMBER+STRICT`; None for no marking."""
    return _NAMED.get(as_word(word).removeprefix("tlp_"))


def tlp_of(member: object) -> Tlp | None:
    """The marking in a member of a message; None where nothing stands there.

    What is no marking counts as red: nobody knows who may see it.
    """
    if member is None or (isinstance(member, str) and as_word(member) in _NOTHING):
        return None
    return (tlp_named(member) if isinstance(member, str) else None) or Tlp.RED


def tlp_in(text: str) -> Tlp | None:
    """The strictest marking in a line of text, such as `Re: [TLP:AMBER] Odd log-ins`; None if it has none."""
    return strictest(*map(tlp_named, _IN_TEXT.findall(text))) if "tlp" in text.lower() else None


def is_stricter(one: Tlp | UnsetType | None, other: Tlp | UnsetType | None) -> bool:
    """True if `one` allows less than `other`. No marking is the mildest."""
    return bool(one) and (not other or TLPS.index(one) > TLPS.index(other))


def strictest(*markings: Tlp | UnsetType | None) -> Tlp | None:
    """The strictest of these, of which any may be missing."""
    if not any(markings):
        return None  # nearly always
    return max((tlp for tlp in markings if tlp), key=TLPS.index, default=None)
