"""Numbers and addresses in one spelling each, so that a callback finds the call that it answers."""

import re

MESSAGE_ID_LENGTH_MAX = 512

_NUMBER = r"([A-Z0-9][A-Z0-9._-]{0,62}-\d{6,12})"
_TICKET_NUMBERS = [  # in brackets rather than somewhere
    re.compile(pattern, re.ASCII | re.IGNORECASE) for pattern in (rf"\[{_NUMBER}\]", rf"(?<![\w./-]){_NUMBER}(?![\w-])")
]

_CLIENT_TICKET_NUMBER = re.compile(
    r"\bref(?:erence)?[:#] ?(?=[\w./-]{0,63}\d)(\w[\w./-]{1,62}\w)", re.ASCII | re.IGNORECASE
)
_MESSAGE_ID = re.compile(f"<([^<>\\s]{{1,{MESSAGE_ID_LENGTH_MAX}}})>")
_ADDRESS = re.compile(r"""(?<![^\s<>()",;:])[^\s<>()",;:@]+@[^\s<>()",;:@]+""")


def mail_address(text: str) -> str:
    """The bare address in `text` (which may have a name beside it), in lower case; `text` itself if there is none.

    The standard library's parser is not used here: it recurses with every bracket that a stranger opens.
    """
    match = _ADDRESS.search(text)
    return (match[0] if match else text.strip()).lower()


def message_ids(text: str) -> tuple[str, ...]:
    """The ids in a header such as `References`, without their angle brackets; one too long to be an id is left out."""
    return tuple(_MESSAGE_ID.findall(text)) or tuple(it for it in text.split() if len(it) <= MESSAGE_ID_LENGTH_MAX)


def message_id(text: str) -> str:
    """The first id in a header such as `In-Reply-To`; empty if there is none."""
    return next(iter(message_ids(text)), "")


def ticket_number(subject: str) -> str | None:
    """Our ticket's number in a mail's subject, as in `Re: [ACME-000123] Odd log-ins`, also without the brackets."""
    matches = (pattern.search(subject) for pattern in _TICKET_NUMBERS)
    return next((match[1].upper() for match in matches if match), None)


def client_ticket_number(subject: str) -> str | None:
    """The client's own number in a mail's subject, as in `Odd log-ins (ref: INC0012345)`. It has a digit."""
    match = _CLIENT_TICKET_NUMBER.search(subject)
    return match[1] if match else None
