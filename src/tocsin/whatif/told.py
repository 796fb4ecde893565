"""An alert as far as the comparison needs it."""

from typing import NamedTuple

import msgspec

from tocsin.domain.instant import Instant
from tocsin.domain.vocabulary import PagingAction
from tocsin.messages.record import Output


class Told(NamedTuple):
    """An alert: when it came, whom it told, and what it is about. `at` is the time of the partition's clock."""

    id: str
    at: Instant
    kind: str
    tenant: str
    ticket: str | None  # None: of the tenant as a whole
    number: str | None
    objective: str | None
    priority: str | None
    role: str | None
    deadline: str | None
    incident: str  # the key by which a paging system knows it
    calls: bool  # it opens an incident, so that it calls people to work


class _Data(msgspec.Struct):
    kind: str
    action: str
    dedup_key: str
    tenant: str
    ticket: str | None
    number: str | None
    objective: str | None
    priority: str | None
    role: str | None
    deadline: str | None


class _Alert(msgspec.Struct):
    id: str
    data: _Data


_decode = msgspec.json.Decoder(_Alert).decode


def told(output: Output) -> Told:
    """The alert in a record of `soc.alerts`."""
    alert = _decode(output.value or b"")
    data = alert.data
    return Told(
        alert.id,
        output.timestamp,
        data.kind,
        data.tenant,
        data.ticket,
        data.number,
        data.objective,
        data.priority,
        data.role,
        data.deadline,
        data.dedup_key,
        data.action == PagingAction.TRIGGER,
    )
