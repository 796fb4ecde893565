"""Records in the log what an operator has done with it."""

import json
import time
from collections.abc import Sequence
from uuid import uuid4

import msgspec

from tocsin.client.publishing import NewRecord, publish
from tocsin.contracts.notation.spelling import UNASSIGNED
from tocsin.domain.commands.operation import RecordOperation
from tocsin.domain.instant import show
from tocsin.messages.record import Topic
from tocsin.settings import Settings

_SOURCE = "tocsin-cli"


async def record_operation(
    settings: Settings, operation: RecordOperation, tenants: Sequence[str] | None = None
) -> None:
    """Publish what an operator does, for the journal of each of `tenants`.

    None: it is about all of them, and stands in the journal of `unassigned`. It does not wait for a worker, so that a
    cluster whose workers are gone can be exported. Raises what Kafka raises.
    """
    await publish(settings, Topic.DESK, [_record(operation, tenant) for tenant in tenants or (UNASSIGNED,)])


def _record(operation: RecordOperation, tenant: str) -> NewRecord:
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": _SOURCE,
        "type": RecordOperation.TYPE,
        "time": show(time.time_ns() // 1_000_000),
        "tenant": tenant,
        "data": msgspec.to_builtins(operation),
    }
    key = tenant.encode()
    return NewRecord(json.dumps(event).encode(), key, (("tenant", key),))
