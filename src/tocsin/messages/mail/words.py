"""The text of headers: encoded words (RFC 2047), and bytes that are not ASCII.

The standard library decodes each encoded word by itself, which breaks a character that two of them share, and believes
the name of the character set, which senders often choose too small.
"""

import re
from binascii import Error, a2b_base64
from collections.abc import Iterator
from encodings.aliases import aliases

_NO_CHARACTER_SETS = {"base64", "bz2", "hex", "quopri", "rot_13", "uu", "zlib", "idna", "punycode", "mbcs", "oem"}
_CODECS = {re.sub(r"[-_.:]", "", name): codec for name, codec in aliases.items() if codec not in _NO_CHARACTER_SETS}
_CODECS |= {re.sub(r"_", "", codec): codec for codec in _CODECS.values()}
_WIDER = {
    **dict.fromkeys(("gb2312", "gbk", "xgbk", "eucgb2312cn", "hz8", "xeuccn", "cp936"), "gb18030"),
    **dict.fromkeys(("ksc56011987", "ksc5601", "euckr"), "cp949"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis"), "cp932"),
    **dict.fromkeys(("iso2022jp", "csiso2022jp"), "iso2022_jp_ext"),
    **dict.fromkeys(("iso88591", "latin1", "usascii", "ascii", "ansix3.41968"), "cp1252"),
    "big5": "big5hkscs",
    "iso88598i": "iso8859_8",
}
"""Character sets that hold the one that is named, and what its users really write."""

_ISO_2022_JP = re.compile(rb"\x1b\$[@B]|\x1b\([BIJ]")
_OPENING = re.compile(r"=\?([A-Za-z0-9][\w.:+-]{0,39})(?:\*[\w-]{0,20})?\?([BbQq])\?")
_QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def text(raw: bytes, charset: str = "") -> str:
    """`raw` as text: UTF-8, or the mail's own character set, or the bytes of Western Europe."""
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    if _ISO_2022_JP.search(raw):
        return raw.decode("iso2022_jp_ext", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _in_charset(raw, charset)


def decoded(header: str) -> str:
    """`header` with its encoded words decoded; what is no encoded word stands as it is."""
    if "=?" not in header:
        return header
    return "".join(_pieces(header))


def _pieces(header: str) -> Iterator[str]:
    """The text between encoded words, and each run of encoded words of one character set."""
    at, run = 0, _Run()
    while (opening := _OPENING.search(header, at)) and (end := header.find("?=", opening.end())) >= 0:
        between = header[at : opening.start()]
        if between and not (run.charset and not between.strip(" \t\r\n")):
            yield from (run.text(), between)
            run = _Run()
        charset, encoding = opening[1].lower(), opening[2].lower()
        if run.charset not in ("", charset):
            yield run.text()
            run = _Run()
        run.add(charset, encoding, header[opening.end() : end])
        at = end + 2
    yield from (run.text(), header[at:])


class _Run:
    """Encoded words of one character set that follow each other: a character may begin in one and end in the next."""

    def __init__(self) -> None:
        self.charset = ""
        self._bytes = bytearray()
        self._base64 = b""

    def add(self, charset: str, encoding: str, content: str) -> None:
        self.charset = charset
        written = content.encode("utf-8", "replace")
        if encoding == "b":
            self._base64 += _NOT_BASE64.sub(b"", written)
            if b"=" in written:
                self._flush()
            return
        self._flush()
        self._bytes += _QUOTED.sub(lambda match: bytes.fromhex(match[1].decode()), written.replace(b"_", b" "))

    def text(self) -> str:
        self._flush()
        return _in_charset(bytes(self._bytes), self.charset) if self._bytes else ""

    def _flush(self) -> None:
        written, self._base64 = self._base64, b""
        try:
            self._bytes += a2b_base64(written + b"=" * (-len(written) % 4))
        except Error:  # one character too many
            self._bytes += a2b_base64(written[:-1])


def _in_charset(raw: bytes, charset: str) -> str:
    """`raw` in the character set of that name; where it is none, or does not fit, in the first that does."""
    name = re.sub(r"[-_:]", "", charset.lower())
    for codec in (_WIDER.get(name) or _CODECS.get(name), "utf-8"):
        try:
            if codec:
                return raw.decode(codec)
        except (UnicodeError, LookupError):
            continue
    return raw.decode(_WIDER.get(name) or _CODECS.get(name) or "cp1252", "replace")
