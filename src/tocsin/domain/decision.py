"""What deciding gives: events, each with the ticket that it belongs to."""

from hashlib import sha1
from json.encoder import encode_basestring_ascii
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from tocsin.domain.commands import Input
from tocsin.domain.events import Event, WorkDone
from tocsin.domain.vocabulary import Channel, Evidence

_NAMESPACE = uuid5(NAMESPACE_URL, "https://tocsin.example/").bytes


def derived_id(name: str) -> str:
    """The id of the ticket or alert of that name: a UUID of version 5. `uuid.uuid5` takes twice as long."""
    octets = bytearray(sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x50
    octets[8] = octets[8] & 0x3F | 0x80
    digits = octets.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def ticket_id(tenant: str, source: str, input_id: str) -> str:
    """The id of the ticket that this input opens, if it opens one."""
    parts = ", ".join(map(encode_basestring_ascii, (tenant, source, input_id)))
    return derived_id(f"[{parts}]")  # a JSON array


class Decision(NamedTuple):
    """An event and the id of the ticket that it belongs to; None for one of the tenant's own."""

    ticket: str | None
    event: Event


def work_done(  # noqa: PLR0913 - the facts of one event, by name
    evidence: Evidence, asked: Input, channel: Channel, analyst: str, *, note: str = "", message: str | None = None
) -> WorkDone:
    """Work as it shows itself in a call, a mail or at the desk."""
    return WorkDone(
        evidence=evidence,
        happened_at=asked.happened_at,
        channel=channel,
        analyst=analyst,
        note=note,
        message=message,
    )
