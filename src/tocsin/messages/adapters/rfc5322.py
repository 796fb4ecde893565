"""Raw mail, as RFC 5322 writes it. Only the headers are read, and none of them may be missing but `From`.

A mail from one of our own addresses is one that we sent, and counts as a response; so the mail gateway must refuse
mail from outside that claims such an address. One that goes to nobody but ourselves answers nobody: it is taken as
automatic. What a header brings that could deceive is neutralised.
"""

import re
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from tocsin.domain.commands.inbound import EmailReceived, EmailSent
from tocsin.domain.vocabulary import Purpose
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.models.base import IDENTIFIER_LENGTH_MAX, LINE_LENGTH_MAX
from tocsin.messages.models.emails import mail_keys
from tocsin.messages.persons import client_ticket_number, mail_address, message_ids, ticket_number
from tocsin.messages.text import neutralise

_MAIL = re.compile(rb"\s*(?:From [^\n]*\n)?[A-Za-z][A-Za-z0-9-]{0,75}[ \t]*:")
CLIENT_TICKET_HEADER = "X-Client-Ticket"
"""The header in which a gateway or the client's system names its ticket; else the subject may (`ref: INC001`)."""

_PARSED_LENGTH_MAX = 2_048
"""Of one header: parsing time grows with its square, 50 ms for the worst of this length."""
_RECIPIENTS_MAX = 100
_REFERENCES_MAX = 50

_parser = BytesHeaderParser(policy=policy.compat32)  # keeps headers as they are, so that garbage raises nothing


def recognises(arrival: Arrival) -> bool:
    """True if the value begins as a mail does, or the `content-type` header says so."""
    return arrival.content_type == "message/rfc822" or _MAIL.match(arrival.value) is not None


def adapt(arrival: Arrival) -> Accepted:
    """The mail, dated by its arrival. Raises `Rejected` only where there is no sender."""
    headers = _parser.parsebytes(arrival.value.lstrip())
    message_id = _message_id(headers)
    fields = _fields(headers) | {"message_id": message_id or ""}
    if not fields["sender"]:
        raise Rejected(DeadLetterReason.UNKNOWN_SHAPE, "no mail: it has no From")
    mail: EmailReceived | EmailSent
    if arrival.tenants.is_ours(fields["sender"]):
        fields["automatic"] |= all(map(arrival.tenants.is_ours, fields["recipients"]))
        mail = EmailSent(**fields, purpose=Purpose.RESPONSE, analyst=fields["sender"])
        keys = mail_keys([mail.sender], mail.recipients)
    else:
        mail = EmailReceived(**fields)
        keys = mail_keys(mail.recipients, [mail.sender])
    tenant = arrival.tenant_of_contact(None, *keys)
    return Accepted(tenant=tenant, source="rfc5322", id=message_id, time=None, body=mail)


def _fields(headers: Message) -> dict[str, Any]:
    """The members that a mail received and a mail sent share."""
    subject = neutralise(_decoded(headers, "Subject"), LINE_LENGTH_MAX)
    client_ticket = neutralise(_decoded(headers, CLIENT_TICKET_HEADER).strip(), IDENTIFIER_LENGTH_MAX)
    return {
        "sender": next(iter(_addresses(headers, "From")), ""),
        "recipients": (_addresses(headers, "To") + _addresses(headers, "Cc"))[:_RECIPIENTS_MAX],
        "subject": subject,
        "in_reply_to": next(iter(_ids(headers, "In-Reply-To")), None),
        "references": _ids(headers, "References")[-_REFERENCES_MAX:],
        "ticket": ticket_number(subject),
        "client_ticket": client_ticket or client_ticket_number(subject),
        "automatic": _decoded(headers, "Auto-Submitted").strip().lower() not in ("", "no"),
    }


def _message_id(headers: Message) -> str | None:
    """The mail's own id, unless it is longer than ids may be."""
    own = next(iter(_ids(headers, "Message-ID")), None)
    return own if own is not None and len(own) <= IDENTIFIER_LENGTH_MAX else None


def _ids(headers: Message, name: str) -> tuple[str, ...]:
    raw = _raw(headers, name)
    return message_ids(neutralise(raw, len(raw)))


def _addresses(headers: Message, name: str) -> tuple[str, ...]:
    """The bare addresses of a header, in lower case; what cannot be parsed stands as one address."""
    raw = _raw(headers, name)
    parsed = getattr(_parsed(name, raw), "addresses", ())
    found = [address.addr_spec for address in parsed if address.addr_spec not in ("", "<>")]
    safe = (
        neutralise(address.strip().lower(), IDENTIFIER_LENGTH_MAX)
        for address in found or [mail_address(raw[:_PARSED_LENGTH_MAX])]
    )
    return tuple(address for address in safe if address)


def _decoded(headers: Message, name: str) -> str:
    """The text of a header, encoded words decoded."""
    raw = _raw(headers, name)
    parsed = _parsed(name, raw)
    return raw if parsed is None else str(parsed)


def _parsed(name: str, raw: str) -> object:
    """The header as `email` understands it, or None."""
    try:
        return policy.default.header_fetch_parse(name, raw[:_PARSED_LENGTH_MAX])
    except Exception:  # noqa: BLE001 - on garbage its parser raises IndexError, AttributeError and others
        return None


def _raw(headers: Message, name: str) -> str:
    """The first header of that name as it stands, unfolded; empty if there is none."""
    wanted = name.lower()
    for found, content in headers.raw_items():
        if found.lower() == wanted:
            return str(content).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return ""
