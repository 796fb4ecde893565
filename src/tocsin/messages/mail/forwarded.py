"""The mail that another one forwards: attached as a whole, or quoted in the text.

Of a body this alone is read, and only of what our own people send on to our mailboxes; nothing of it is kept.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator

from tocsin.messages.mail.addresses import addresses
from tocsin.messages.mail.headers import Headers

_DEPTH_MAX = 3
_PARTS_MAX = 20
_SUBJECT = re.compile(r"\s*(?:\[[^\]]{0,60}\]\s*)?(?:fwd?|wg|tr|rv|enc|i|vs|vb|vl|pd|doorst)\s?:", re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s";]{1,200}))', re.IGNORECASE)
_FROM_LINE = re.compile(
    r"^[> \t*]{0,20}(?:From|Von|De|Da|Van|Från|Fra|Od|Reply-To)[ \t*]{0,5}:[ \t*]{0,5}([^\r\n]{1,500})$", re.MULTILINE
)


def is_forward(headers: Headers) -> bool:
    """True if the subject or the kind of the mail says that it sends another one on."""
    subject = headers.decoded("subject")
    return _SUBJECT.match(subject) is not None or _media_type(headers) == "message/rfc822"


def original_senders(headers: Headers, depth: int = 0) -> Iterator[str]:
    """The addresses from which the mails came that this one forwards, the attached ones first."""
    parts = list(_parts(headers, depth))
    for part in parts:
        if _media_type(part) == "message/rfc822":
            yield from addresses(Headers(_content(part)).text("from"))
    for part in parts:
        if _media_type(part) in ("", "text/plain"):
            for line in _FROM_LINE.finditer(_content(part).replace(b"\r\n", b"\n").decode("utf-8", "replace")):
                yield from addresses(line[1])


def _parts(headers: Headers, depth: int) -> Iterator[Headers]:
    """The parts that are not multipart themselves."""
    kind = headers.text("content-type")
    boundary = _BOUNDARY.search(kind)
    if not kind.lower().startswith("multipart/") or boundary is None:
        yield headers
    elif depth < _DEPTH_MAX:
        line = b"\n--" + (boundary[1] or boundary[2]).encode("utf-8", "replace")
        for part in (b"\n" + headers.body).split(line, _PARTS_MAX)[1:]:
            if not part.startswith(b"--"):
                yield from _parts(Headers(part), depth + 1)


def _media_type(headers: Headers) -> str:
    return headers.text("content-type").partition(";")[0].strip().lower()


def _content(part: Headers) -> bytes:
    """The part's bytes before they were encoded for transport."""
    encoding = part.text("content-transfer-encoding").strip().lower()
    try:
        if encoding == "base64":
            return a2b_base64(part.body)
        return a2b_qp(part.body) if encoding == "quoted-printable" else part.body
    except Error:
        return part.body
