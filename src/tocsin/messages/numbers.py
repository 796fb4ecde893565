"""The telephone numbers of an input in one spelling, once its tenant and so its country is known."""

from msgspec.structs import replace

from tocsin.contracts.notation.telephone import is_normal, phone_number
from tocsin.domain.commands.inbound import (
    AdoptContract,
    Body,
    CallPlaced,
    CallReceived,
    Contact,
    DeletionDemanded,
    EquipmentFailed,
    RequestSubmitted,
    StatusRequested,
)


def in_region(body: Body, region: str | None) -> Body:
    """`body` with the numbers of a client of that country (ISO 3166), None for one whose country is not known.

    A number of a caller or callee that cannot be told is marked: it is compared as it is written.
    """
    match body:
        case CallReceived():
            caller = phone_number(body.caller, region)
            return replace(body, caller=caller, line=phone_number(body.line, region), as_written=not is_normal(caller))
        case CallPlaced():
            callee = phone_number(body.callee, region)
            return replace(body, callee=callee, line=phone_number(body.line, region), as_written=not is_normal(callee))
        case RequestSubmitted() | StatusRequested() | EquipmentFailed() | DeletionDemanded():
            return body if "@" in body.contact else replace(body, contact=phone_number(body.contact, region))
        case AdoptContract():
            return replace(body, contacts=tuple(_contact(each, region) for each in body.contacts))
        case _:
            return body


def _contact(contact: Contact, region: str | None) -> Contact:
    return replace(contact, phones=tuple(phone_number(each, region) for each in contact.phones))


def not_told(body: Body) -> str | None:
    """The number of a caller or callee that is compared as it is written; None if it has its one spelling."""
    match body:
        case CallReceived() if body.as_written:
            return body.caller
        case CallPlaced() if body.as_written:
            return body.callee
        case _:
            return None
