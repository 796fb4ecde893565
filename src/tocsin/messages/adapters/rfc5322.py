"""Raw mail, as RFC 5322 writes it and as it is really written. None of its headers has to be there.

A mail that we sent counts as a response. It is one on the topic for these, or where a server that the tenants file
trusts has found that it comes from an address of ours. Any other that claims so is spoofed: it stops nothing. One that
goes to nobody but ourselves answers nobody: it is taken as automatic, unless it brings another's word: of a list, a
form, or as a forward. What a header brings that could deceive is neutralised. Bodies are not kept; what is needed of
them is read here.
"""

from collections.abc import Iterable
from hashlib import sha256
from itertools import chain
from typing import Any

from msgspec.structs import replace

from tocsin.contracts.notation.spelling import UNASSIGNED
from tocsin.domain.commands.inbound import EmailReceived, EmailSent
from tocsin.domain.tlp import strictest, tlp_in, tlp_of
from tocsin.domain.vocabulary import Purpose
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.mail.addresses import addresses
from tocsin.messages.mail.authentication import FIELD, is_proven
from tocsin.messages.mail.author import Author, author, is_through_our_list
from tocsin.messages.mail.concerned import by_received, by_report, by_sent, is_staff
from tocsin.messages.mail.delivery import DeliveryReport, delivery_report
from tocsin.messages.mail.headers import Headers, looks_like_mail
from tocsin.messages.mail.machine import is_automatic
from tocsin.messages.models.base import IDENTIFIER_LENGTH_MAX, LINE_LENGTH_MAX
from tocsin.messages.persons import MESSAGE_ID_LENGTH_MAX, client_ticket_number, message_ids, ticket_number
from tocsin.messages.record import Topic
from tocsin.messages.sent import Sent
from tocsin.messages.text import neutralise

TLP_HEADER = "X-TLP"
"""The header in which a gateway or a client marks a mail by the Traffic Light Protocol; its subject may, too."""

CLIENT_TICKET_HEADER = "X-Client-Ticket"
"""The header in which a gateway or the client's system names its ticket; else the subject may (`ref: INC001`)."""

_TO = ("to", "cc")
_ENVELOPE = ("delivered-to", "x-original-to")
_STRANGERS_MAX = 100
_RECIPIENTS_MAX = 1_000
_REFERENCES_MAX = 50
_DIGEST_LENGTH = 16
_UNPROVEN = "/unproven"
"""Behind the id of a spoofed mail: the same mail, proven, is another input."""

_RECEIVED = ("received", *_ENVELOPE, "return-path", FIELD)
"""Headers of which a server writes one when it receives a mail."""


def recognises(arrival: Arrival) -> bool:
    """True if the value has headers as a mail does, or the `content-type` header says that it is one."""
    return arrival.content_type == "message/rfc822" or looks_like_mail(arrival.value)


def adapt(arrival: Arrival) -> Accepted:
    """The mail, dated by its arrival, for each tenant that it concerns. Raises `Rejected` where it is no mail."""
    if not looks_like_mail(arrival.value):
        raise Rejected(DeadLetterReason.UNKNOWN_SHAPE, "no mail: it has none of the headers that mails have")
    headers = Headers(arrival.value)
    visible = _addresses(headers, *_TO)
    recipients = _bounded(arrival, dict.fromkeys((*visible, *_addresses(headers, *_ENVELOPE))))
    is_ours = arrival.tenants.is_ours
    writer = author(headers, visible, _nobody if arrival.record.topic is Topic.SENT else is_ours)
    sender = neutralise(writer.address, IDENTIFIER_LENGTH_MAX)
    fields = _fields(headers) | {
        "sender": sender or f"nobody ({_content_digest(headers, sender)})",
        "automatic": is_automatic(headers, through_our_list=is_through_our_list(headers, is_ours)),
    }
    received = EmailReceived(**fields, recipients=recipients)
    mail: EmailReceived | EmailSent = received
    tenants = by_received(arrival, sender, recipients)
    message_id = _id(headers, sender)
    report = delivery_report(headers)
    if report is not None:
        mail, tenants = _returned(arrival, received, report)
    elif _claims_too_much(arrival, headers, writer, visible):
        mail, tenants = replace(received, spoofed=True), by_received(arrival, "", recipients)
        message_id = message_id and f"{message_id}{_UNPROVEN}"
    elif _is_sent(arrival, writer, visible):
        mail, tenants = _sent(arrival, headers, fields)
    tlp = strictest(tlp_of(headers.decoded(TLP_HEADER.lower()) or None), tlp_in(mail.subject))
    first, *others = (
        Accepted(tenant=tenant, source="rfc5322", id=message_id, time=None, body=_numbered(mail, tenant), tlp=tlp)
        for tenant in tenants or (UNASSIGNED,)
    )
    return replace(first, also=tuple(others)) if others else first


def _nobody(_address: str) -> bool:
    """What we sent is by whom it says: it brings nobody else's word."""
    return False


def _fields(headers: Headers) -> dict[str, Any]:
    """The members that a mail received and a mail sent share."""
    subject = neutralise(headers.decoded("subject"), LINE_LENGTH_MAX)
    client_ticket = neutralise(headers.decoded(CLIENT_TICKET_HEADER.lower()).strip(), IDENTIFIER_LENGTH_MAX)
    return {
        "message_id": _message_id(headers) or "",
        "subject": subject,
        "in_reply_to": next(iter(_ids(headers, "in-reply-to")), None),
        "references": _ids(headers, "references")[-_REFERENCES_MAX:],
        "client_ticket": client_ticket or client_ticket_number(subject),
    }


def _claims_too_much(arrival: Arrival, headers: Headers, writer: Author, visible: tuple[str, ...]) -> bool:
    """True if it says that it is from us, or from a client whose mail must prove it, and nothing proves that."""
    if arrival.record.topic is Topic.SENT:
        return False
    tenants = arrival.tenants
    must_prove = tenants.must_prove(writer.address)
    if not must_prove and not _is_sent(arrival, writer, visible):
        return False
    if not must_prove:
        if arrival.record.own:
            return True  # what a client may write proves nothing about us
        if arrival.sent is Sent.AS_RECORDED and not any(mark in headers for mark in _RECEIVED):
            return False
    return not is_proven(writer.address, headers, tenants.authserv_ids, tenants.is_mail_domain)


def _is_sent(arrival: Arrival, writer: Author, visible: tuple[str, ...]) -> bool:
    """True if it says that it is a mail of ours: from our address, and no client's who is one of our own staff."""
    if arrival.record.topic is Topic.SENT:
        return True
    tenants = arrival.tenants
    if writer.on_behalf or not tenants.is_ours(writer.address):
        return False
    return not (visible and is_staff(tenants, writer.address) and tenants.is_our_mailbox(visible[0]))


def _sent(arrival: Arrival, headers: Headers, fields: dict[str, Any]) -> tuple[EmailSent, tuple[str, ...]]:
    """The mail as one that we sent, and the tenants that it may answer."""
    recipients = _bounded(arrival, dict.fromkeys(_addresses(headers, *_TO, "bcc", "resent-to")), _RECIPIENTS_MAX)
    sender = fields["sender"]
    is_to_us = all(arrival.tenants.is_ours(it) and not is_staff(arrival.tenants, it) for it in recipients)
    fields["automatic"] |= is_to_us
    mail = EmailSent(**fields, recipients=recipients, purpose=Purpose.RESPONSE, analyst=sender)
    tenants = by_sent(arrival, sender, recipients, mail.subject, replies=bool(mail.in_reply_to or mail.references))
    return mail, tenants


def _returned(arrival: Arrival, mail: EmailReceived, report: DeliveryReport) -> tuple[EmailReceived, tuple[str, ...]]:
    """The mail as a report about one of ours, and the tenants whom that concerns."""
    original = neutralise(report.original, MESSAGE_ID_LENGTH_MAX)
    failed = _bounded(arrival, (neutralise(it, IDENTIFIER_LENGTH_MAX) for it in report.failed), _RECIPIENTS_MAX)
    tenants = by_report(arrival, mail.sender, mail.recipients, report)
    references = (*mail.references, original)[-_REFERENCES_MAX:] if original else mail.references
    mail = replace(mail, automatic=True, references=references)
    return (replace(mail, bounces=original, failed=failed) if original and report.is_failure else mail), tenants


def _numbered(mail: EmailReceived | EmailSent, tenant: str) -> EmailReceived | EmailSent:
    """`mail` with the number of that tenant's ticket that its subject names."""
    return replace(mail, ticket=ticket_number(mail.subject, tenant))


def _bounded(arrival: Arrival, found: Iterable[str], strangers: int = _STRANGERS_MAX) -> tuple[str, ...]:
    """The addresses, in their order: of very many, ours and those of clients before so many `strangers`'."""
    every = tuple(found)
    if len(every) <= strangers:
        return every
    tenants = arrival.tenants
    known = [it for it in every if tenants.is_ours(it) or tenants.tenant_of(mailbox=it, mail_address=it)]
    kept = {*known[:_RECIPIENTS_MAX], *[it for it in every if it not in set(known)][:strangers]}
    return tuple(it for it in every if it in kept)


def _id(headers: Headers, sender: str) -> str | None:
    """The id of the input: its Message-ID and its content, since broken senders give one to different mails."""
    own = _message_id(headers)
    return f"{own}/{_content_digest(headers, sender)}" if own else None


def _content_digest(headers: Headers, sender: str) -> str:
    """A digest of what makes two mails the same: who wrote what and when, not the way that it came."""
    parts = (sender, headers.text("date"), headers.decoded("subject"))
    content = b"\0".join((*(part.encode("utf-8", "replace") for part in parts), headers.body.strip()))
    return sha256(content).hexdigest()[:_DIGEST_LENGTH]


def _message_id(headers: Headers) -> str | None:
    """The mail's own id, unless it is longer than ids may be."""
    own = next(iter(_ids(headers, "message-id")), None)
    return own if own and len(own) < IDENTIFIER_LENGTH_MAX - _DIGEST_LENGTH - len(_UNPROVEN) else None


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    text = headers.text(name)
    return message_ids(neutralise(text, len(text)))


def _addresses(headers: Headers, *names: str) -> tuple[str, ...]:
    """The addresses of every header of those names."""
    fields = chain.from_iterable(map(headers.all, names))
    return tuple(neutralise(address, IDENTIFIER_LENGTH_MAX) for field in fields for address in addresses(field))
