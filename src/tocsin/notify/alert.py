"""An alert as it stands on `soc.alerts`, read with forbearance: a newer worker may say more."""

from typing import NamedTuple

import msgspec

from tocsin.domain.instant import Instant


class AlertContent(msgspec.Struct, frozen=True):
    """The members that notify knows; the others pass through unread. Names and meanings: `AlertData`."""

    kind: str
    action: str
    dedup_key: str
    tenant: str
    ticket: str | None = None
    number: str | None = None
    client_ticket: str | None = None
    title: str = ""
    priority: str | None = None
    stage: str | None = None
    objective: str | None = None
    deadline: str | None = None
    tier: int | None = None
    role: str | None = None
    clause: str = ""
    source: str | None = None
    contract: str = ""
    actions: tuple[str, ...] = ()
    opinion: str = ""
    advice: str = ""
    client_reachable: bool = False
    tlp: str | None = None
    present: str | None = None


class Alert(msgspec.Struct, frozen=True):
    """The CloudEvent."""

    id: str
    time: str
    data: AlertContent


class Place(NamedTuple):
    """Where an alert stands."""

    partition: int
    offset: int


class Received(NamedTuple):
    """An alert, its place, the broker's stamp, and the bytes that stood there."""

    alert: Alert
    place: Place
    stamp: Instant
    raw: bytes


_decoder = msgspec.json.Decoder(Alert)


def read_alert(value: bytes | None, place: Place, stamp: Instant) -> Received | None:
    """The alert in `value`; None for what is none."""
    try:
        return Received(_decoder.decode(value or b""), place, stamp, value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return None
