"""What can be read in bytes and text: encodings of mail, JSON, forms and pages are undone, one within another, too."""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from html import unescape
from urllib.parse import unquote_plus

from tocsin.messages.mail.words import decoded

_DEPTH_MAX = 5
_READINGS_MAX = 300
_TIMES_MAX = 200
_CHARACTERS_ALWAYS = 1_000_000
"""Bounds of what is read of one text, which a stranger may have written: so many times its length.

Each layer of bytes that say no character set is read in all of them, and may be twenty times as long as the one before.
"""

_CHARACTER_SETS = (
    *("cp1252", "gb18030", "cp932", "euc_jp", "cp949", "big5hkscs", "koi8_r", "cp1251", "cp1250", "iso8859_2"),
    *("iso8859_7", "cp1253", "cp1254", "cp1255", "cp1256"),
)
"""Of bytes that are no UTF-8 and do not say what they are: each may be meant."""

_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

_RUN_MIN = 12
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}(?:\s{1,3}[A-Za-z0-9+/_-]+)*")
_KNOWN_LENGTH_MAX = 100
_HEX = frozenset("0123456789ABCDEF")
_FROM_URL = str.maketrans("-_", "+/")
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_SIGNS = re.compile(r"[%&=\\]")
_CODED = re.compile(rb"[^\x20-\x7e\r\n\t]|[%&=\\]")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_PRINTABLE = re.compile(rb"[\x20-\x7e]{6,}")
_BYTES_MIN = 6


def is_what_it_says(data: bytes) -> bool:
    """True if `data` reads as it stands, but for what may be base64 in it."""
    return _CODED.search(data) is None


def may_encode(text: str) -> bool:
    """True if something within `text` may have to be decoded."""
    return _SIGNS.search(text) is not None or any(_from_base64(match[0]) for match in _BASE64.finditer(text))


def texts_of(data: bytes) -> Iterator[str]:
    """`data` as text; after it, in one text, what it would be in other character sets, where it may be of one."""
    others: list[str] = []
    try:
        yield data.decode()
    except UnicodeDecodeError:
        yield data.decode("cp1252", "replace")
        others += (data.decode(name, "replace") for name in (*_CHARACTER_SETS, *_WIDE[:2]))
    if b"\x1b" in data:
        others.append(data.decode("iso2022_jp_ext", "replace"))
    if b"\0" in data:
        others += (data.decode(name, "replace") for name in _WIDE)
    if others:
        yield "\n".join(others)


def readings(text: str) -> Iterator[str]:
    """`text`, and what it says once what may be encoded in it is decoded, layer by layer."""
    yield text
    seen, layer, left = {text}, [text], max(_CHARACTERS_ALWAYS, _TIMES_MAX * len(text))
    for _ in range(_DEPTH_MAX):
        below = []
        for inner in (inner for outer in layer for inner in _decoded_once(outer)):
            left -= len(inner)
            if left < 0 or len(seen) > _READINGS_MAX:
                return
            if inner not in seen:
                seen.add(inner)
                below.append(inner)
                yield inner
        layer = below


def _decoded_once(text: str) -> Iterator[str]:
    for sign, decode in _LAYERS:
        if sign in text:
            yield from decode(text)
    for match in _BASE64.finditer(text):
        yield from _from_base64(match[0])


def _words(text: str) -> Iterator[str]:
    yield decoded(text)


def _quoted(text: str) -> Iterator[str]:
    yield from texts_of(a2b_qp(text.encode("utf-8", "surrogatepass")))


def _percent(text: str) -> Iterator[str]:
    yield unquote_plus(text, errors="replace")
    yield unquote_plus(text, encoding="cp1252", errors="replace")


def _entities(text: str) -> Iterator[str]:
    yield unescape(text)


def _escapes(text: str) -> Iterator[str]:
    whole = _ESCAPED.sub(_unescaped, text)
    yield whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a pair of surrogates is one character


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else {"n": "\n", "t": "\t", "r": "\r"}.get(match[3], match[3])


_LAYERS: tuple[tuple[str, Callable[[str], Iterator[str]]], ...] = (
    ("=?", _words),
    ("=", _quoted),
    ("%", _percent),
    ("&", _entities),
    ("\\", _escapes),
)
"""By the sign without which there is nothing to decode."""


@lru_cache(maxsize=10_000)
def _known(found: str) -> tuple[str, ...]:
    return tuple(_of_pieces(found))


def _from_base64(found: str) -> tuple[str, ...]:
    """The texts that a run of base64 may be, over several lines, too. Names of types come again and again."""
    return _known(found) if len(found) <= _KNOWN_LENGTH_MAX else tuple(_of_pieces(found))


def _of_pieces(found: str) -> Iterator[str]:
    pieces = found.split()
    for run in dict.fromkeys(("".join(pieces), *_wrapped(pieces), *pieces)):
        if len(run) >= _RUN_MIN and not _is_no_base64(run):
            yield from _of_run(run.translate(_FROM_URL))


def _wrapped(pieces: list[str]) -> Iterator[str]:
    """Lines of one length with the shorter one behind them, as mail wraps base64: a word may follow it."""
    start = 0
    while start < len(pieces):
        end = start + 1
        while end < len(pieces) and len(pieces[end]) == len(pieces[start]):
            end += 1
        end += end < len(pieces) and len(pieces[end]) < len(pieces[start])
        yield "".join(pieces[start:end])
        start = end


def _of_run(bare: str) -> Iterator[str]:
    """What a run says from each place where its first group may begin: other text may stand before it."""
    for start in range(4):
        shifted = bare[start:]
        shifted = shifted[: len(shifted) - (len(shifted) % 4 == 1)]
        try:
            data = a2b_base64(shifted + "=" * (-len(shifted) % 4))
        except Error:
            continue
        if len(data) >= _BYTES_MIN and _may_be_text(data):
            yield from texts_of(data)
        else:
            yield from (run.decode("ascii") for run in _PRINTABLE.findall(data))
            yield from _if_printable(data)


def _is_no_base64(run: str) -> bool:
    """True for a hash, a number or a word: base64 of a text of that length has capitals, and more than those of hex."""
    return run.islower() or _HEX.issuperset(run)


def _if_printable(data: bytes) -> Iterator[str]:
    for name in _WIDE[:2]:
        with suppress(UnicodeDecodeError):
            text = data[: len(data) & ~1].decode(name)
            if text.replace("\n", "").replace("\r", "").isprintable():
                yield text


def _may_be_text(data: bytes) -> bool:
    """False for what comes of reading a word as base64."""
    return _NO_TEXT.search(data) is None or 3 * data.count(0) >= len(data)
