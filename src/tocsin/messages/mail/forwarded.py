"""The mail that another one forwards: attached as a whole, or quoted in the text.

Of a body this alone is read, and only of what our own people send on to our mailboxes; nothing of it is kept.
"""

import re
from collections.abc import Iterator

from tocsin.messages.mail.addresses import addresses
from tocsin.messages.mail.headers import Headers
from tocsin.messages.mail.parts import content, media_type, parts

_SUBJECT = re.compile(r"\s*(?:\[[^\]]{0,60}\]\s*)?(?:fwd?|wg|tr|rv|enc|i|vs|vb|vl|pd|doorst)\s?:", re.IGNORECASE)
_FROM_LINE = re.compile(
    r"^[> \t*]{0,20}(?:From|Von|De|Da|Van|Från|Fra|Od|Reply-To)[ \t*]{0,5}:[ \t*]{0,5}([^\r\n]{1,500})$", re.MULTILINE
)


def is_forward(headers: Headers) -> bool:
    """True if the subject or the kind of the mail says that it sends another one on."""
    subject = headers.decoded("subject")
    return _SUBJECT.match(subject) is not None or media_type(headers) == "message/rfc822"


def original_senders(headers: Headers) -> Iterator[str]:
    """The addresses from which the mails came that this one forwards, the attached ones first."""
    found = list(parts(headers))
    for part in found:
        if media_type(part) == "message/rfc822":
            yield from addresses(Headers(content(part)).text("from"))
    for part in found:
        if media_type(part) in ("", "text/plain"):
            for line in _FROM_LINE.finditer(content(part).replace(b"\r\n", b"\n").decode("utf-8", "replace")):
                yield from addresses(line[1])
