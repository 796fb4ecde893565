"""Delivery reports (RFC 3464): which mail of ours did not arrive, and for whom.

Of its body nothing is read but the fields of the report and the headers of the mail that it returns.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from tocsin.messages.mail.addresses import addresses
from tocsin.messages.mail.headers import Headers
from tocsin.messages.mail.parts import content, media_type, parts
from tocsin.messages.persons import message_ids

_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_RECIPIENTS_MAX = 1_000
_EMPTY_LINE = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_COMMENT = re.compile(r"\([^()]*\)")


class DeliveryReport(NamedTuple):
    """What a mail system says about a mail of ours.

    `original` is that mail's id, empty if it is not told; `subject` and `recipients` are the mail's own. `is_failure`:
    somebody will not get it, which a delay does not say. `concerned` are the addresses of those whom the report is
    about, by every name that it has for them, `failed` of those who will not get it.
    """

    original: str
    subject: str
    recipients: tuple[str, ...]
    concerned: tuple[str, ...]
    is_failure: bool
    failed: tuple[str, ...]


def delivery_report(headers: Headers) -> DeliveryReport | None:
    """The report in a mail; None if it is none."""
    if media_type(headers) != "multipart/report":
        return None
    found = list(parts(headers))
    status = next((part for part in found if media_type(part) in _STATUS), None)
    if status is None:
        return None
    returned = next((Headers(content(part)) for part in found if media_type(part) in _RETURNED), Headers(b""))
    answered = [headers.text(name) for name in ("in-reply-to", "references")]
    ids = (message_ids(text)[-1:] for text in (returned.text("message-id"), *answered))
    concerned = [Headers(block) for block in _EMPTY_LINE.split(content(status).strip(), _RECIPIENTS_MAX)]
    failures = [fields for fields in concerned[:_RECIPIENTS_MAX] if _has_failed(fields)]
    return DeliveryReport(
        original=next((named[0] for named in ids if named), ""),
        subject=returned.decoded("subject"),
        recipients=tuple(it for name in ("to", "cc") for it in addresses(returned.text(name))),
        concerned=_addresses(concerned[:_RECIPIENTS_MAX]),
        is_failure=bool(failures),
        failed=_addresses(failures),
    )


def _has_failed(fields: Headers) -> bool:
    return _COMMENT.sub("", fields.text("action")).strip().lower() == "failed"


def _addresses(recipients: Iterable[Headers]) -> tuple[str, ...]:
    """The addresses of recipients: those that we wrote to, where the report has them, and where that was sent on to."""
    fields = (each.text(name) for each in recipients for name in ("original-recipient", "final-recipient"))
    return tuple(dict.fromkeys(address for field in fields for address in addresses(field.rpartition(";")[2])))
