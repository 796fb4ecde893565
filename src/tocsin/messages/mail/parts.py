"""The parts of a mail: what its body is made of, within bounds."""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator

from tocsin.messages.mail.headers import Headers

_DEPTH_MAX = 3
_PARTS_MAX = 20
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s";]{1,200}))', re.IGNORECASE)


def parts(headers: Headers, depth: int = 0) -> Iterator[Headers]:
    """The parts that are not multipart themselves."""
    kind = headers.text("content-type")
    boundary = _BOUNDARY.search(kind)
    if not kind.lower().startswith("multipart/") or boundary is None:
        yield headers
    elif depth < _DEPTH_MAX:
        line = b"\n--" + (boundary[1] or boundary[2]).encode("utf-8", "replace")
        for part in (b"\n" + headers.body).split(line, _PARTS_MAX)[1:]:
            if not part.startswith(b"--"):
                yield from parts(Headers(part), depth + 1)


def media_type(headers: Headers) -> str:
    """Of a mail or a part, without parameters, in lower case; empty if it does not say."""
    return headers.text("content-type").partition(";")[0].strip().lower()


def content(part: Headers) -> bytes:
    """The part's bytes before they were encoded for transport."""
    encoding = part.text("content-transfer-encoding").strip().lower()
    try:
        if encoding == "base64":
            return a2b_base64(part.body)
        return a2b_qp(part.body) if encoding == "quoted-printable" else part.body
    except Error:
        return part.body
