"""Numbers and addresses in one spelling each, so that a callback finds the call that it answers."""

import re
from functools import lru_cache

from tocsin.messages.mail.addresses import address_in

MESSAGE_ID_LENGTH_MAX = 512

_CLIENT_TICKET_NUMBER = re.compile(
    r"\bref(?:erence)?[:#] ?(?=[\w./-]{0,63}\d)(\w[\w./-]{1,62}\w)", re.ASCII | re.IGNORECASE
)
_TICKET_NUMBER = re.compile(r"(?<![\w./-])(\w[\w.-]{0,62})-\d{6,12}(?![\w-])", re.ASCII)
_MESSAGE_ID = re.compile(f"<([^<>\\s]{{1,{MESSAGE_ID_LENGTH_MAX}}})>")


def mail_address(text: str) -> str:
    """The bare address in `text` (which may have a name beside it), in lower case; `text` itself if there is none."""
    return address_in(text)


def message_ids(text: str) -> tuple[str, ...]:
    """The ids in a header such as `References`, without their angle brackets; one too long to be an id is left out."""
    return tuple(_MESSAGE_ID.findall(text)) or tuple(it for it in text.split() if len(it) <= MESSAGE_ID_LENGTH_MAX)


def message_id(text: str) -> str:
    """The first id in a header such as `In-Reply-To`; empty if there is none."""
    return next(iter(message_ids(text)), "")


def ticket_number(subject: str, tenant: str) -> str | None:
    """The first number of a ticket of `tenant` in a mail's subject, as in `Re: [ACME-000123] Odd log-ins`.

    One in brackets comes before one without. The numbers of other systems are none of ours.
    """
    if "-" not in subject:
        return None
    in_brackets, alone = _numbers_of(tenant)
    match = in_brackets.search(subject) or alone.search(subject)
    return f"{tenant.upper()}-{match[1]}" if match else None


def tenants_named(subject: str) -> tuple[str, ...]:
    """What may be names of tenants in a mail's subject: what stands before the number of a ticket."""
    return tuple(_TICKET_NUMBER.findall(subject))


@lru_cache(maxsize=4_096)
def _numbers_of(tenant: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    number = rf"{re.escape(tenant)}-(\d{{6,12}})"
    patterns = (rf"\[ ?{number} ?\]", rf"(?<![\w./-]){number}(?![\w-])")
    in_brackets, alone = (re.compile(pattern, re.ASCII | re.IGNORECASE) for pattern in patterns)
    return in_brackets, alone


def client_ticket_number(subject: str) -> str | None:
    """The client's own number in a mail's subject, as in `Odd log-ins (ref: INC0012345)`. It has a digit."""
    match = _CLIENT_TICKET_NUMBER.search(subject)
    return match[1] if match else None
